"""The question that EIP-1271 lets anybody put to a contract wallet, and the only answer that counts as yes.

Sources: EIP-1271; the Solidity ABI specification, "Formal Specification of the Encoding".
"""

from bot.proof.contracts.deployless import CREATION_CODE
from bot.proof.contracts.envelope import Envelope

WORD = 32
_IS_VALID_SIGNATURE = bytes.fromhex("1626ba7e")
"""The selector of `isValidSignature(bytes32,bytes)`."""

YES = bytes.fromhex("1626ba7e").ljust(WORD, b"\0")
"""The magic value as the ABI returns it, exactly.

Since it equals the selector, whatever repeats its input would pass a check of the first four bytes only.
"""
NOTHING_DEPLOYED = (1).to_bytes(WORD)
"""What `Deployless.sol` says when the deployment left no code at the wallet's address."""


def question(digest: bytes, signature: bytes) -> bytes:
    """Encode the call `isValidSignature(digest, signature)`."""
    return _IS_VALID_SIGNATURE + digest + _number(2 * WORD) + _tail(signature)


def question_before_deployment(wallet: str, envelope: Envelope, asked: bytes) -> bytes:
    """Encode the creation code that deploys the wallet as its envelope says and puts a `question` to it.

    It answers `YES`, `NOTHING_DEPLOYED` or another word. `wallet` is an address in hex with 0x.
    """
    deployment = _tail(envelope.deployment)
    head = 4 * WORD
    return (
        CREATION_CODE
        + bytes.fromhex(wallet[2:]).rjust(WORD, b"\0")
        + envelope.factory.rjust(WORD, b"\0")
        + _number(head)
        + _number(head + len(deployment))
        + deployment
        + _tail(asked)
    )


def _number(value: int) -> bytes:
    return value.to_bytes(WORD)


def _tail(data: bytes) -> bytes:
    """Encode `bytes`: the length, then the data filled up to whole words."""
    return _number(len(data)) + data + b"\0" * (-len(data) % WORD)

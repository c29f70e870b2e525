"""Signatures of wallets that may not be deployed yet: an inner signature, and how the wallet comes to be.

Source: ERC-6492, "Signature Validation for Predeploy Contracts": `abi.encode(address factory, bytes factoryCalldata,
bytes signature)`, then a marker that no ordinary signature ends in.
"""

from dataclasses import dataclass

_MARKER = bytes.fromhex("6492" * 16)
_WORD = 32
_HEAD = 3 * _WORD
_ADDRESS = 20


class EnvelopeError(ValueError):
    """The signature is marked as an envelope, but holds none."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An EIP-6492 signature taken apart."""

    factory: bytes
    """The contract that deploys the wallet, 20 bytes."""
    deployment: bytes
    """What the factory is called with."""
    signature: bytes


def open_envelope(signature: bytes) -> Envelope | None:
    """Take an EIP-6492 signature apart; None for any other one. Raise `EnvelopeError` for a damaged one."""
    if not signature.endswith(_MARKER):
        return None
    body = signature[: -len(_MARKER)]
    if len(body) < _HEAD or any(body[: _WORD - _ADDRESS]):
        raise EnvelopeError("the envelope names no factory")
    return Envelope(
        factory=body[_WORD - _ADDRESS : _WORD],
        deployment=_bytes_at(body, _WORD),
        signature=_bytes_at(body, 2 * _WORD),
    )


def _bytes_at(body: bytes, pointer: int) -> bytes:
    start = _number_at(body, pointer)
    if start < _HEAD:
        raise EnvelopeError("the envelope points into its own head")
    length = _number_at(body, start)
    data = body[start + _WORD : start + _WORD + length]
    if len(data) != length:
        raise EnvelopeError("the envelope is cut off")
    return data


def _number_at(body: bytes, at: int) -> int:
    word = body[at : at + _WORD]
    if len(word) != _WORD:
        raise EnvelopeError("the envelope is cut off")
    return int.from_bytes(word)

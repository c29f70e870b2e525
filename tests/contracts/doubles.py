"""The contracts of `Doubles.sol`, ready to be deployed, and what their callers send."""

import json
from pathlib import Path

from eth_abi.abi import encode
from eth_utils.crypto import keccak

HERE = Path(__file__).parent
BYTECODE: dict[str, str] = json.loads((HERE / "bytecode.json").read_text())
"""Creation code by contract name, as `compile.mjs` prints it."""
MAGIC = bytes.fromhex("1626ba7e")
ENVELOPE_END = bytes.fromhex("6492649264926492649264926492649264926492649264926492649264926492")


def code(name: str) -> bytes:
    """The creation code of a contract without constructor arguments."""
    return bytes.fromhex(BYTECODE[name])


def owned_wallet(owner: str) -> bytes:
    return code("OwnedWallet") + encode(["address"], [owner])


def scripted(answer: bytes, *, reverts: bool = False) -> bytes:
    return code("Scripted") + encode(["bytes", "bool"], [answer, reverts])


def call(signature: str, *arguments: object) -> bytes:
    """Encode a call of `name(type,type)`."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(types.split(",") if types else [], arguments)


def deployment(owner: str, salt: bytes) -> bytes:
    return call("deploy(address,bytes32)", owner, salt)


def future_address(factory: str, creation_code: bytes, salt: bytes) -> str:
    """Where the factory will deploy that code (EIP-1014)."""
    hashed = keccak(b"\xff" + bytes.fromhex(factory[2:]) + salt + keccak(creation_code))
    return f"0x{hashed[12:].hex()}"


def enveloped(factory: str, deployment: bytes, signature: str) -> str:
    """Wrap a signature as ERC-6492 says."""
    inner = bytes.fromhex(signature.removeprefix("0x"))
    return "0x" + (encode(["address", "bytes", "bytes"], [factory, deployment, inner]) + ENVELOPE_END).hex()

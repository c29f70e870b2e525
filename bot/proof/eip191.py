"""What `personal_sign` signs. Source: EIP-191, version 0x45."""

from eth_utils.crypto import keccak


def spellings(text: str) -> tuple[bytes, ...]:
    """Spell a text as stored and as text boxes change it: Windows line ends, a line end added at the close.

    Each of them binds the whole text, so accepting them gives nothing away.
    """
    utf8 = text.encode()
    return utf8, utf8.replace(b"\n", b"\r\n"), utf8 + b"\n"


def digest(message: bytes) -> bytes:
    """Return the 32-byte hash of a message that is signed as text."""
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)

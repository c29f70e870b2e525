"""Chia's bech32m identifiers: 32 bytes behind a prefix (`xch`, `txch`, `nft`, `col`, `did:chia:`)."""

from chia_wallet_sdk import Address as Bech32m

NFT_PREFIX = "nft"
COLLECTION_PREFIX = "col"
DID_PREFIX = "did:chia:"


def decode(text: str) -> tuple[str, bytes] | None:
    """Return (prefix, 32 bytes) of a bech32m identifier, or None when it is not one.

    Checksum, case, padding and length are checked as BIP-350 says; a plain bech32 checksum is refused.
    """
    try:
        decoded = Bech32m.decode(text)
    except ValueError:
        return None
    return decoded.prefix, decoded.puzzle_hash


def encode(prefix: str, payload: bytes) -> str:
    """Write 32 bytes as a bech32m identifier with that prefix."""
    return Bech32m(payload, prefix).encode()


def canonical(text: str, prefix: str) -> str | None:
    """Return the one lower-case spelling of an identifier with that prefix, or None when it is not one."""
    decoded = decode(text.strip())
    if decoded is None or decoded[0] != prefix:
        return None
    return encode(*decoded)

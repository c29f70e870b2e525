"""Chia identifiers as they come in the rows of a balance API: checked by checksum, in one spelling, or not at all."""

from bot.domain import chia_ids
from bot.domain.networks import CHIA_PREFIX, Network
from bot.providers.json_body import JsonValue


def read_id(value: JsonValue, prefix: str) -> str | None:
    """Return the canonical spelling of an identifier with that prefix, or None when the value is not one."""
    return chia_ids.canonical(value, prefix) if isinstance(value, str) else None


def read_owner(value: JsonValue, network: Network) -> str | None:
    """Return the canonical address that a row names as an owner, or None when the value is not one.

    On the test network an address with the main network's prefix is taken for what it means: the same wallet. The
    APIs' own examples for test networks are written that way.
    """
    decoded = chia_ids.decode(value.strip()) if isinstance(value, str) else None
    if decoded is None:
        return None
    prefix, puzzle_hash = decoded
    own = CHIA_PREFIX[network]
    known = {own} if network is Network.CHIA_MAINNET else set(CHIA_PREFIX.values())
    return chia_ids.encode(own, puzzle_hash) if prefix in known else None

"""Requirements with a meaning of their own, written down here without the bot's grammar and logic.

What is certain is found by trying: a count that is only known to be at least n is every number from n upwards.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from bot.domain import chia_ids
from bot.domain.networks import Network

Asset = tuple[str, str | None, int]
"""(id, Chia collection, amount)"""
Bag = frozenset[Asset]
"""What one wallet holds."""
EMPTY: Bag = frozenset()

FRIENDS_ID = chia_ids.encode("col", bytes([7] * 32))
STRANGERS_ID = chia_ids.encode("col", bytes([8] * 32))
FRIENDS = tuple(chia_ids.encode("nft", number.to_bytes(32)) for number in range(1, 6))
BANNED = tuple(chia_ids.encode("nft", number.to_bytes(32)) for number in range(90, 92))
CANARY = chia_ids.encode("nft", (99).to_bytes(32))
TICKET, POSTER = f"0x{5:064x}", f"0x{6:064x}"
ITEMS = {"friends": FRIENDS_ID, "tickets": TICKET}
"""What a list of holders can be about, by the collection that it is all of."""
CHIA_NAMES = frozenset({"friends", "banned", "chia_any"})

_BEYOND = 5
"""More than any number that a requirement names: whoever has this many more has enough."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule's expression and, next to it, what it means."""

    text: str
    holds: Callable[[Mapping[str, int]], bool]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, or, when not exact, how many there are at least."""

    least: int
    is_exact: bool


REQUIREMENTS = (
    Requirement("friends", lambda n: n["friends"] >= 1, ("friends",)),
    Requirement("friends >= 2", lambda n: n["friends"] >= 2, ("friends",)),
    Requirement("tickets >= 2", lambda n: n["tickets"] >= 2, ("tickets",)),
    Requirement("friends and not banned", lambda n: n["friends"] >= 1 and n["banned"] < 1, ("friends", "banned")),
    Requirement("friends >= 2 or tickets", lambda n: n["friends"] >= 2 or n["tickets"] >= 1, ("friends", "tickets")),
    Requirement(
        "friends between 1 and 2 and tickets <= 3",
        lambda n: 1 <= n["friends"] <= 2 and n["tickets"] <= 3,
        ("friends", "tickets"),
    ),
    Requirement(
        "2 of (friends, tickets, chia_any >= 3)",
        lambda n: (n["friends"] >= 1) + (n["tickets"] >= 1) + (n["chia_any"] >= 3) >= 2,
        ("friends", "tickets", "chia_any"),
    ),
    Requirement("chia_any == 2", lambda n: n["chia_any"] == 2, ("chia_any",)),
)
BY_TEXT = {requirement.text: requirement for requirement in REQUIREMENTS}


def certainly(requirement: Requirement, counts: Mapping[str, Count]) -> bool | None:
    """Whether every world that fits the counts agrees, and on what; None when they differ."""
    ranges = [
        [counts[name].least] if counts[name].is_exact else range(counts[name].least, counts[name].least + _BEYOND)
        for name in requirement.names
    ]
    answers = {requirement.holds(dict(zip(requirement.names, world, strict=True))) for world in product(*ranges)}
    return answers.pop() if len(answers) == 1 else None


def amount(name: str, bags: Iterable[Bag]) -> int:
    """How many of a collection are in some wallets together. A Chia NFT exists once, wherever it was seen."""
    assets = [asset for bag in bags for asset in bag]
    match name:
        case "friends":
            return len({asset for asset, collection, _ in assets if collection == FRIENDS_ID})
        case "banned":
            return len({asset for asset, _, _ in assets if asset in BANNED})
        case "chia_any":
            return len({asset for asset, _, _ in assets if asset.startswith("nft1")})
        case "tickets":
            return sum(number for asset, _, number in assets if asset == TICKET)
    raise AssertionError(name)


def is_asked_about(name: str, address: str) -> bool:
    """Whether a wallet is on the network that a collection is on."""
    return (name in CHIA_NAMES) == address.startswith("xch")


def is_on(network: Network, address: str) -> bool:
    """Whether an address is one of a network."""
    return (network is Network.CHIA_MAINNET) == address.startswith("xch")

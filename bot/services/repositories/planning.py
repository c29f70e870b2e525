"""What the fetch planner asks of the database. Every answer is made of domain objects."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.fetch_plans import Asked, Group, PassRecord
from bot.domain.networks import Network


class Planning(Protocol):
    """What is asked about wallets, and what is known of collections."""

    async def asked(self, network: Network) -> Mapping[int, Asked]:
        """What each server's rules ask about wallets on a network."""

    async def groups(self, network: Network, asked: Mapping[int, Asked], now: datetime) -> Sequence[Group]:
        """The linked wallets of a network, by what the rules of their members' servers ask about them."""

    async def askers(
        self, network: Network, asked: Mapping[int, Asked], after: int, limit: int
    ) -> Sequence[tuple[int, Asked]]:
        """Linked wallets that a pass could confirm, by id from there on, each with what is asked about it."""

    async def read_what_is_asked(self, network: Network, asked: Mapping[int, Asked], now: datetime) -> int:
        """Make the wallets due about which more is asked than passes confirmed. Returns how many."""

    async def passes(self, network: Network) -> Mapping[str, PassRecord]:
        """What is known of the collections of a network."""

    async def note_passes(self, network: Network, items: AnyOf[str], record: PassRecord) -> None:
        """Write down how it went with collections. A size that is None leaves the one that is known."""

    async def lively(self, network: Network, since: datetime) -> tuple[int, int]:
        """How many linked wallets a network has, and how many of them changed since then."""

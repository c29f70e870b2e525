"""What an honest observer may believe of a wallet after some readings, written without the bot's own code."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.readings import Complete, Reading
from tests.fuzz.requirements import EMPTY, Bag


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of one wallet."""

    bag: Bag = EMPTY
    read_at: datetime | None = None
    """When a complete reading last showed the bag."""
    is_doubted: bool = False
    """The latest attempt brought no complete reading."""
    vanished_at: datetime | None = None
    """When everything was first said to be gone, until that is confirmed."""
    confirmed: tuple[tuple[str, datetime], ...] = ()
    """Collections of which lists have shown since that the wallet still holds the same, and when."""

    def seen_at(self, item: str | None) -> datetime | None:
        """When the bag was last shown to be right about a collection, or about everything (None)."""
        return max([at for name, at in self.confirmed if name == item], default=self.read_at)

    def is_evidence(self, item: str | None, at: datetime, stale_after: timedelta) -> bool:
        """Whether the bag may be acted upon, where it is about a collection, or about everything (None)."""
        seen_at = self.seen_at(item)
        if seen_at is None or self.is_doubted or self.vanished_at is not None:
            return False
        return at < seen_at + stale_after

    def after_list(self, item: str, shown: Bag, at: datetime) -> "Belief | None":
        """The belief after a list of who holds a collection; None when that confirms nothing."""
        mine = frozenset(asset for asset in self.bag if item in asset[:2])
        if self.read_at is None or self.is_doubted or self.vanished_at is not None or mine != shown:
            return None
        return replace(self, confirmed=(*(one for one in self.confirmed if one[0] != item), (item, at)))

    def after(self, reading: Reading, confirm_after: timedelta) -> "Belief":
        """The belief after one more reading."""
        if not isinstance(reading, Complete):
            return replace(self, is_doubted=True)
        if self.read_at is not None and reading.observed_at < self.read_at:
            return self
        bag = bag_of(reading)
        if self.bag and not bag:
            first = self.vanished_at or reading.observed_at
            if reading.observed_at - first < confirm_after:
                return replace(self, is_doubted=False, vanished_at=first)
        return Belief(bag, reading.observed_at)


def bag_of(reading: Complete) -> Bag:
    """What a complete reading says."""
    return frozenset((holding.asset, holding.collection, holding.amount) for holding in reading.holdings)

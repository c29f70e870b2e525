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

    def is_evidence(self, at: datetime, stale_after: timedelta) -> bool:
        """Whether the bag may be acted upon."""
        if self.read_at is None or self.is_doubted or self.vanished_at is not None:
            return False
        return at < self.read_at + stale_after

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

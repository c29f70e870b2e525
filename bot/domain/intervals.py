"""What is known of a count: a range that surely holds the true number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Interval:
    """All whole numbers from `low` to `high`, both included; `high` None means there is no upper bound.

    Raise `ValueError` for a negative or empty range.
    """

    low: int
    high: int | None

    def __post_init__(self) -> None:
        if self.low < 0:
            raise ValueError(f"a count is never below 0, not even {self.low}")
        if self.high is not None and self.high < self.low:
            raise ValueError(f"no number lies between {self.low} and {self.high}")

    @classmethod
    def exact(cls, number: int) -> "Interval":
        """Return the interval of a count that is known."""
        return cls(number, number)

    @property
    def is_exact(self) -> bool:
        """Whether only one number is possible."""
        return self.low == self.high

    def contains(self, number: int) -> bool:
        """Tell whether the true count may be that number."""
        return self.low <= number and (self.high is None or number <= self.high)

    def within(self, other: "Interval") -> bool:
        """Tell whether every number of this interval is in the other one: the same knowledge, or more."""
        return other.low <= self.low and (other.high is None or (self.high is not None and self.high <= other.high))

    def intersection(self, other: "Interval") -> "Interval | None":
        """Return what both intervals allow, or None when they contradict each other."""
        low = max(self.low, other.low)
        highs = [high for high in (self.high, other.high) if high is not None]
        high = min(highs) if highs else None
        if high is not None and high < low:
            return None
        return Interval(low, high)

    def __add__(self, other: "Interval") -> "Interval":
        if self.high is None or other.high is None:
            return Interval(self.low + other.low, None)
        return Interval(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low}" if self.low else "unknown"
        return str(self.low) if self.is_exact else f"{self.low} to {self.high}"


UNKNOWN: Final = Interval(0, None)
"""Nothing is known: what a wallet without a complete reading contributes."""


def total(intervals: Iterable[Interval]) -> Interval:
    """Add up intervals, for example of all wallets of a member; nothing adds up to exactly 0."""
    return sum(intervals, start=Interval.exact(0))

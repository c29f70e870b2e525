"""Three-valued logic after Kleene: an answer is given only if every possible state of the world agrees on it."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """Yes, no, or not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool) -> "Truth":
        """Return the truth of something that is known."""
        return cls.YES if value else cls.NO

    def negated(self) -> "Truth":
        """Return the opposite; the opposite of unknown is unknown."""
        if self is Truth.UNKNOWN:
            return self
        return Truth.NO if self is Truth.YES else Truth.YES


def at_least(needed: int, truths: Iterable[Truth]) -> Truth:
    """Tell whether `needed` or more of them are true."""
    yes = unknown = 0
    for truth in truths:
        yes += truth is Truth.YES
        unknown += truth is Truth.UNKNOWN
    if yes >= needed:
        return Truth.YES
    return Truth.UNKNOWN if yes + unknown >= needed else Truth.NO


def every(truths: Iterable[Truth]) -> Truth:
    """Tell whether all of them are true (`and`)."""
    return some(truth.negated() for truth in truths).negated()


def some(truths: Iterable[Truth]) -> Truth:
    """Tell whether one or more of them are true (`or`)."""
    return at_least(1, truths)

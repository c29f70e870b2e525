"""What a benchmark says: two sides that did the same work, their ratio, and the limit it must keep."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum


class Bound(Enum):
    """On which side of the limit the ratio must be."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


class UnequalWorkError(Exception):
    """The two sides of a benchmark did different work, so that their ratio says nothing."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a benchmark: what was measured, and how much."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value:,.4g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ratio of two sides."""

    title: str
    ours: Side
    against: Side
    bound: Bound
    limit: float

    @property
    def ratio(self) -> float:
        """Our side divided by the other."""
        return self.ours.value / self.against.value

    @property
    def holds(self) -> bool:
        """Whether the ratio keeps its limit."""
        return self.ratio >= self.limit if self.bound is Bound.AT_LEAST else self.ratio <= self.limit

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "FAILS"
        return (
            f"{verdict}  {self.ratio:.3f} {self.bound.value} {self.limit}  {self.title}  ({self.ours}; {self.against})"
        )


Benchmark = Callable[[], Coroutine[None, None, list[Outcome]]]
"""Measures, and returns what came out. Raises `UnequalWorkError`."""


def same_work(what: str, ours: object, theirs: object) -> None:
    """Raise `UnequalWorkError` unless both sides did the same."""
    if ours != theirs:
        raise UnequalWorkError(f"{what}: {ours!r} on our side, {theirs!r} on the other")

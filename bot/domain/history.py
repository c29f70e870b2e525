"""Figures over time: how many hold a role, how readings went, how many roles were given and taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Point:
    """How a server stands at one time. It holds until the next point."""

    at: datetime
    complete: int
    """Wallets whose last reading is complete."""
    unknown: int
    """Wallets that could not be read when it was last tried, or were not read yet."""
    given: int = 0
    """Roles given since the point before, as far as Discord confirmed them."""
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Holders:
    """How many members hold a rule's role from Holdfast, from a time on."""

    role_id: int
    at: datetime
    holders: int


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a server between two times; both ends have a value for everything that is known there."""

    since: datetime
    until: datetime
    points: Sequence[Point]
    """Oldest first. The first one may be older than `since`: it tells how things stood then."""
    holders: Sequence[Holders]
    """Of all roles, oldest first; as with points."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.points and not self.holders


@dataclass(frozen=True, slots=True)
class Series:
    """How one number went, as steps: each value holds until the next time."""

    role_id: int | None
    """None for all others together."""
    times: tuple[datetime, ...]
    values: tuple[int, ...]
    roles: int = 1
    """How many roles these are."""

    @property
    def last(self) -> int:
        """How it stands now."""
        return self.values[-1]


def series_of(history: History, most: int) -> Sequence[Series]:
    """Return the holders of each role, those with most holders now first, the rest of them together at the end.

    At most `most` series come back, the rest included. Roles that nobody held all the time are left out.
    """
    of_role: dict[int, list[Holders]] = {}
    for entry in history.holders:
        of_role.setdefault(entry.role_id, []).append(entry)
    held = [role_id for role_id, entries in of_role.items() if any(entry.holders for entry in entries)]
    ranked = sorted(held, key=lambda role_id: (-of_role[role_id][-1].holders, role_id))
    alone = ranked if len(ranked) <= most else ranked[: most - 1]
    rest = ranked[len(alone) :]
    shown = [_steps(role_id, of_role[role_id], history) for role_id in alone]
    if rest:
        shown.append(_sum([_steps(role_id, of_role[role_id], history) for role_id in rest]))
    return shown


@dataclass(frozen=True, slots=True)
class Changes:
    """How many roles were given and taken from a time on, for one step."""

    since: datetime
    given: int
    taken: int


def changes_of(history: History, step: timedelta) -> Sequence[Changes]:
    """Return how many roles were given and taken in each of the equal steps that end with `until`, oldest first."""
    count = max(-(-(history.until - history.since) // step), 1)
    begins = [history.until - step * (count - number) for number in range(count)]
    given, taken = [0] * count, [0] * count
    for point in history.points:
        number = count - 1 - (history.until - point.at) // step
        if point.at > history.since and 0 <= number < count:
            given[number] += point.given
            taken[number] += point.taken
    return [Changes(*each) for each in zip(begins, given, taken, strict=True)]


def _steps(role_id: int, entries: Sequence[Holders], history: History) -> Series:
    times = [max(entry.at, history.since) for entry in entries]
    values = [entry.holders for entry in entries]
    return Series(role_id, (*times, history.until), (*values, values[-1]))


def _sum(parts: Sequence[Series]) -> Series:
    moves: dict[datetime, int] = {}
    for part in parts:
        before = 0
        for at, value in zip(part.times, part.values, strict=True):
            moves[at] = moves.get(at, 0) + value - before
            before = value
    times, values, total = sorted(moves), [], 0
    for at in times:
        total += moves[at]
        values.append(total)
    return Series(None, tuple(times), tuple(values), len(parts))

"""What services ask of the database about sweeps and their undoing, and the installation's own notes.

Every answer is made of domain objects.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.members import MemberKey
from bot.domain.sweeps import Sweep, SweepChanges, SweepFigures, SweepKind, SweepProgress
from bot.domain.undos import SkipReason, UndoAction, UndoState, UndoStep


class Sweeps(Protocol):
    """Sweeps, what they changed, and the figures of all re-verification."""

    async def start(self, guild_id: int | None, requested_by: int | None, now: datetime) -> Sweep:
        """Record a requested sweep."""

    async def running(self, guild_id: int | None) -> Sweep | None:
        """The unfinished requested sweep of a server (or of all), if there is one."""

    async def unfinished(self, kind: SweepKind = SweepKind.REQUESTED) -> Sequence[Sweep]:
        """All sweeps of a kind that are not over yet, oldest first."""

    async def latest(self, guild_id: int | None) -> Sweep | None:
        """The newest requested sweep, finished or not."""

    async def get(self, sweep_id: int) -> Sweep | None:
        """One sweep of any kind."""

    async def current(self, guild_id: int, now: datetime, interval: timedelta) -> Sweep:
        """What a change of roles now belongs to: a requested sweep under way, or the present interval's own."""

    async def cut(self, guild_id: int, now: datetime) -> None:
        """End the interval's own sweep early: what follows belongs to another one."""

    async def start_undo(self, undone: Sweep, requested_by: int, now: datetime) -> Sweep:
        """Record that a sweep is being undone. Returns the undo, which is a sweep of its own."""

    async def undo_of(self, sweep_id: int) -> Sweep | None:
        """The newest undo of a sweep."""

    async def with_changes(self, guild_id: int, since: datetime, limit: int) -> Sequence[SweepChanges]:
        """A server's newest sweeps that changed roles since then, newest first."""

    async def progress(self, sweep: Sweep, now: datetime) -> SweepProgress:
        """Count what is done."""

    async def finish(self, sweep: Sweep, now: datetime) -> None:
        """Record that it is over; the first time counts."""

    async def close(self, sweep: Sweep, now: datetime) -> bool:
        """Like `finish`; True for the one caller who ended it, so that it is told of once."""

    async def cancel(self, sweep: Sweep, cancelled_by: int, now: datetime) -> bool:
        """Record that a requested sweep was called off; False when it was over already."""

    async def add_calls(self, calls: int) -> None:
        """Count calls to balance services for all requested sweeps that run."""

    async def figures(self, guild_id: int | None, now: datetime) -> SweepFigures:
        """How re-verification stands."""


class Undos(Protocol):
    """What undone sweeps do about each role of each member."""

    async def add(self, steps: Sequence[UndoStep]) -> None:
        """Remember the steps of a new undo."""

    async def open_of(self, guild_id: int, user_id: int) -> Sequence[UndoStep]:
        """What is still to be done, or to be seen to be done, about a member's roles, newest undo first."""

    async def open_of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[UndoStep]]:
        """The same of each of several members."""

    async def save(self, step: UndoStep) -> None:
        """Write a step's new state."""

    async def settle_written(self, guild_id: int) -> None:
        """Take all written steps of a server as done, as a newer undo is about to decide."""

    async def skip_absent(self, sweep_id: int) -> int:
        """Skip what waits for members who are not in the server any more. Returns how many steps that were."""

    async def counts(self, sweep_id: int) -> Sequence[tuple[UndoAction, UndoState, SkipReason | None, int]]:
        """Count an undo's steps by what they do and how far they are."""


class Notes(Protocol):
    """Small facts about the installation, by name."""

    async def get(self, name: str) -> str | None:
        """What was noted."""

    async def set(self, name: str, text: str) -> None:
        """Note something, replacing what was noted before."""

    async def ensure(self, name: str, text: str) -> str:
        """Note something unless there is such a note already. Returns what is noted now."""

    async def starting_with(self, prefix: str) -> Mapping[str, str]:
        """All notes whose names begin like that: their texts by name."""

    async def drop(self, name: str) -> None:
        """Forget what was noted."""

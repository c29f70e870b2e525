"""Sweeps: what changes of roles belong to, and the figures that describe how re-verification is going."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.readings import UnknownReason


class SweepKind(StrEnum):
    """Why a sweep takes place."""

    REQUESTED = "requested"
    """Somebody asked for it."""
    SCHEDULED = "scheduled"
    """What changes by itself within one interval, or from one change of a rule to the next. It is not ended when its
    interval is over: the next change of a role then opens the next one."""
    UNDO = "undo"
    """It gives back and takes back what another sweep took and gave."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One pass over a server's wallets or roles (of all servers when `guild_id` is None).

    The progress of a requested one is not stored: a wallet is done once it was tried after `started_at`. So a restart
    loses nothing.
    """

    id: int
    guild_id: int | None
    requested_by: int | None
    started_at: datetime
    finished_at: datetime | None = None
    kind: SweepKind = SweepKind.REQUESTED
    undoes: int | None = None
    """The sweep that an undo is about."""
    cancelled: bool = False
    """Whether it was called off before its end."""
    cancelled_by: int | None = None


@dataclass(frozen=True, slots=True)
class SweepChanges:
    """A sweep that changed roles, and how many; what Discord confirmed counts."""

    sweep: Sweep
    given: int
    taken: int
    undone_at: datetime | None = None
    """When it was last undone."""


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is, in wallets and in members whose roles still wait to be reconciled."""

    wallets_total: int
    wallets_done: int
    members_waiting: int
    wallets_unknown: int = 0
    """Of those done: how many could not be read."""
    members_total: int = 0
    calls: int = 0
    """Calls to balance services made since it began, whatever for."""

    @property
    def members_done(self) -> int:
        """How many members' roles are in line, as far as known."""
        return max(self.members_total - self.members_waiting, 0)

    def remaining(self, elapsed: timedelta) -> timedelta | None:
        """How much longer it takes at the speed so far; None while that cannot be told."""
        if self.wallets_done <= 0 or elapsed <= timedelta(0):
            return None
        return elapsed * ((self.wallets_total - self.wallets_done) / self.wallets_done)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.wallets_done >= self.wallets_total and self.members_waiting == 0


@dataclass(frozen=True, slots=True)
class SweepFigures:
    """How re-verification stands for a server, or for the whole installation."""

    wallets: int
    wallets_due: int
    wallets_unknown: tuple[tuple[UnknownReason, int], ...]
    oldest_reading: datetime | None
    next_due: datetime | None
    members: int
    members_waiting: int
    roles_held: int
    given_last_day: int
    taken_last_day: int

"""Sweeps that somebody asked for, and the figures that describe how re-verification is going."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.readings import UnknownReason


@dataclass(frozen=True, slots=True)
class Sweep:
    """One requested pass over a server's wallets (all servers when `guild_id` is None).

    Its progress is not stored: a wallet is done once it was tried after `started_at`. So a restart loses nothing.
    """

    id: int
    guild_id: int | None
    requested_by: int | None
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is, in wallets and in members whose roles still wait to be reconciled."""

    wallets_total: int
    wallets_done: int
    members_waiting: int

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

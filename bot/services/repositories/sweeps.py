"""What services ask of the database about sweeps, and the installation's own notes.

Every answer is made of domain objects.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress


class Sweeps(Protocol):
    """Requested sweeps and the figures of all re-verification."""

    async def start(self, guild_id: int | None, requested_by: int | None, now: datetime) -> Sweep:
        """Record a requested sweep."""

    async def running(self, guild_id: int | None) -> Sweep | None:
        """The unfinished sweep of a server (or of all), if there is one."""

    async def unfinished(self) -> Sequence[Sweep]:
        """All sweeps that are not over yet, oldest first."""

    async def latest(self, guild_id: int | None) -> Sweep | None:
        """The newest sweep, finished or not."""

    async def progress(self, sweep: Sweep, now: datetime) -> SweepProgress:
        """Count what is done."""

    async def finish(self, sweep: Sweep, now: datetime) -> None:
        """Record that it is over."""

    async def figures(self, guild_id: int | None, now: datetime) -> SweepFigures:
        """How re-verification stands."""


class Notes(Protocol):
    """Small facts about the installation, by name."""

    async def get(self, name: str) -> str | None:
        """What was noted."""

    async def set(self, name: str, text: str) -> None:
        """Note something, replacing what was noted before."""

"""What services ask of the database about figures over time.

Every answer is made of domain objects.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.history import Holders, Point


class FiguresOverTime(Protocol):
    """How servers stood at earlier times, written down only where it changed."""

    async def guilds(self, after: int, limit: int) -> Sequence[int]:
        """Ids of servers with something to note, above `after`, in order."""

    async def now(self, guild_id: int, now: datetime) -> tuple[Point, Sequence[Holders]]:
        """How a server stands, with what was given and taken since its last noted point."""

    async def note(self, guild_id: int, at: datetime) -> None:
        """Write down how a server stands, as of `at`. Who comes second with the same `at` changes nothing."""

    async def points(self, guild_id: int, since: datetime, until: datetime) -> Sequence[Point]:
        """What was noted between two times, and the last point before, oldest first."""

    async def holders(self, guild_id: int, since: datetime, until: datetime) -> Sequence[Holders]:
        """What was noted of all roles between two times, and the last of each before, oldest first."""

    async def purge(self, before: datetime) -> int:
        """Delete what is older, except for what still tells how things stand. Returns how many rows."""

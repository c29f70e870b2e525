"""Figures over time, for the picture that shows how a server's rules and readings are going."""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.history import History, Holders
from bot.services.ports import Clock, Store

KEPT: Final = timedelta(days=90)
"""How long figures are kept; what still tells how things stand stays."""
SHOWN: Final = timedelta(days=30)
"""How far back the picture goes, once there is so much."""
_SHORTEST: Final = timedelta(days=1)
_GUILDS_PER_PAGE: Final = 100


class Histories:
    """Notes figures once an hour, and tells how they went."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note_all(self) -> int:
        """Write down how every server stands at this full hour, and delete what is old. Returns how many servers.

        Doing it twice within an hour changes nothing. Every server is a unit of work of its own, so that nobody has to
        wait for all of them.
        """
        at = self._clock.now().replace(minute=0, second=0, microsecond=0)
        noted, after = 0, 0
        while True:
            async with self._store.unit() as unit:
                guild_ids = await unit.history.guilds(after, _GUILDS_PER_PAGE)
            if not guild_ids:
                break
            for guild_id in guild_ids:
                async with self._store.unit() as unit:
                    await unit.history.note(guild_id, at)
                noted += 1
            after = guild_ids[-1]
        async with self._store.unit() as unit:
            await unit.history.purge(at - KEPT)
        return noted

    async def of(self, guild_id: int) -> History:
        """How a server's figures went up to this moment. Raises `StoreBusyError`."""
        now = self._clock.now()
        async with self._store.reading() as unit:
            points = await unit.history.points(guild_id, now - SHOWN, now)
            holders = await unit.history.holders(guild_id, now - SHOWN, now)
            point, entries = await unit.history.now(guild_id, now)
        gone = {entry.role_id for entry in holders} - {entry.role_id for entry in entries}
        return History(
            since=_since(min([each.at for each in points] + [each.at for each in holders], default=now), now),
            until=now,
            points=[*points, point],
            holders=[*holders, *entries, *(Holders(role_id, now, 0) for role_id in sorted(gone))],
        )


def _since(oldest: datetime, now: datetime) -> datetime:
    return min(max(oldest, now - SHOWN), now - _SHORTEST)

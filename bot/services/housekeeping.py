"""Small regular chores: throw away what is old, and show that the bot is alive."""

from datetime import datetime, timedelta

from bot.services.ports import Clock, Store

HEARTBEAT = "heartbeat"
LONGEST_SILENCE = timedelta(minutes=3)
"""A bot that has not shown a heartbeat for this long is not well."""
CHALLENGES_KEPT = timedelta(days=1)
"""How long an expired challenge, link or session is remembered, so that who comes late can be told why it fails."""

DECISIONS_KEPT = timedelta(days=30)
"""How long decisions about held removals, ended protections, and roles that somebody else changed back, are kept."""


class Housekeeping:
    """Chores that nobody asks for."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def clean(self) -> int:
        """Delete old decisions, challenges, previews, links to the verify page and sessions. Returns how many."""
        expired_before = self._clock.now() - CHALLENGES_KEPT
        decided_before = self._clock.now() - DECISIONS_KEPT
        async with self._store.unit() as unit:
            purged = [
                await unit.challenges.purge(expired_before),
                await unit.web_links.purge(expired_before),
                await unit.drafts.purge(expired_before),
                await unit.brake_holds.purge(decided_before),
                await unit.role_flips.purge(decided_before),
                await unit.protections.purge(decided_before),
            ]
        return sum(purged)

    async def beat(self) -> None:
        """Note that the bot is connected and at work."""
        async with self._store.unit() as unit:
            await unit.notes.set(HEARTBEAT, self._clock.now().isoformat())

    async def last_beat(self) -> datetime | None:
        """When the bot last was connected and at work, as far as noted."""
        async with self._store.unit() as unit:
            noted = await unit.notes.get(HEARTBEAT)
        return None if noted is None else datetime.fromisoformat(noted)

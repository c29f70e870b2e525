"""Throwing away what nobody needs any more: people and servers that are gone, records that have grown old."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.services.forgetting import new_pseudonym
from bot.services.ports import Clock, DiscordGateway, Store

log = structlog.get_logger(__name__)

PEOPLE_PER_PASS = 50
SERVERS_PER_PASS = 50


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long things are kept."""

    absent: timedelta
    """Data of people who are in no server any more, and of servers that the bot was removed from."""
    records: timedelta
    """Journal and audit lines, ended links, finished sweeps."""


class Retention:
    """Regular cleaning up, in bounded batches: whatever is left over waits for the next pass."""

    def __init__(self, store: Store, gateway: DiscordGateway, clock: Clock, policy: RetentionPolicy) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._policy = policy
        self._looked_until = 0

    async def clean(self) -> bool:
        """Clean up one batch of everything. Returns whether there is more to do at once."""
        now = self._clock.now()
        people = await self._forget_absent(now)
        servers = await self._forget_departed(now)
        async with self._store.unit() as unit:
            records = await unit.retention.prune(now - self._policy.records)
        return people + servers + records > 0

    async def look_at_servers(self) -> None:
        """Note which servers the bot is not in any more, and in which it is again, for who missed Discord's event."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            known = await unit.retention.known_guilds(self._looked_until, SERVERS_PER_PASS)
        self._looked_until = known[-1] if len(known) == SERVERS_PER_PASS else 0
        for guild_id in known:
            match await self._gateway.is_in(guild_id):
                case True:
                    await self._arrived(guild_id)
                case False:
                    await self._departed(guild_id, now)
                case _:
                    pass  # Discord cannot be asked, which says nothing

    async def _arrived(self, guild_id: int) -> None:
        async with self._store.unit() as unit:
            await unit.retention.note_return(guild_id, self._clock.now())

    async def _departed(self, guild_id: int, now: datetime) -> None:
        async with self._store.unit() as unit:
            await unit.retention.note_departure(guild_id, now)
            await unit.members.forget_guild(guild_id)

    async def _forget_absent(self, now: datetime) -> int:
        before = now - self._policy.absent
        async with self._store.unit() as unit:
            await unit.retention.note_absences(now)
            absent = await unit.retention.absent_since(before, PEOPLE_PER_PASS)
        for user_id in absent:
            async with self._store.unit() as unit:
                # They may have come back a moment ago.
                if await unit.retention.is_absent_since(user_id, before):
                    await unit.personal.forget(user_id, new_pseudonym())
        if absent:
            log.info("privacy.absent_forgotten", people=len(absent))
        return len(absent)

    async def _forget_departed(self, now: datetime) -> int:
        async with self._store.unit() as unit:
            departed = await unit.retention.departed_before(now - self._policy.absent, SERVERS_PER_PASS)
        gone = 0
        for guild_id in departed:
            match await self._gateway.is_in(guild_id):
                case True:
                    await self._arrived(guild_id)
                case False:
                    async with self._store.unit() as unit:
                        rows = await unit.retention.forget_guild(guild_id)
                    log.info("privacy.server_forgotten", guild_id=guild_id, rows=rows)
                    gone += rows
                case _:
                    pass
        return gone

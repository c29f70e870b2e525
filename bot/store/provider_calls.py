"""How many calls of a provider's monthly quota are spent."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.budgets import for_sweeps
from bot.domain.paces import LATEST
from bot.domain.urgency import Urgency
from bot.store.failures import trouble_told
from bot.store.models import ProviderCallsRow
from bot.store.planning_models import ProviderPaceRow
from bot.store.statements import insert_for

_MOST_AT_ONCE: Final = 1_000
_SHARE_OF_WHAT_IS_LEFT: Final = 100
"""At most one part in so many of the rest of a quota is taken at once: a process that dies wastes no more."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the current time, aware."""


_TURNS_SECONDS: Final = 0.25
"""For how long turns at a provider's pace are taken together at most."""
_NO_PACE: Final = 1e-6
"""A spacing below that, in seconds, is how a host says that there is no limit."""
_LATEST: Final = timedelta(seconds=LATEST)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_LONGEST_WAIT: Final = timedelta(minutes=2)


@dataclass(slots=True)
class _Lease:
    """Calls that are counted in the database already and not made yet."""

    month: str = ""
    left: int = 0
    next_size: int = 1


@dataclass(slots=True)
class _Turns:
    """Turns that this process holds ready: as many as it is likely to use, since nobody else can."""

    left: int = 0
    next_at: datetime = _LONG_AGO
    size: int = 0
    """How many were taken the last time."""

    def is_over(self, now: datetime) -> bool:
        """Whether none is left that can be used now or later."""
        return self.left == 0 or self.next_at < now - _LATEST

    def next_size(self, now: datetime, most: int) -> int:
        """How many to take now that they are over: more if they did not last, fewer if some were left over."""
        if self.left == 0 and now <= self.next_at + _LATEST / 2:
            return min(max(1, 2 * self.size), most)
        return max(1, min(self.size - self.left, most))

    def use(self, now: datetime, spacing: timedelta) -> float:
        """Use one; return the seconds until it comes. Who is late by a moment does not make the next one late."""
        wait = (self.next_at - now).total_seconds()
        self.left -= 1
        self.next_at += spacing
        return max(0.0, wait)


class SqlCallMeter:
    """Counts calls per provider and calendar month (UTC), across restarts and processes.

    A quota of None means unlimited; the calls are counted all the same. So are those of a provider without a quota.
    A sweep may not spend all of a quota: a part is kept for people who wait.

    Calls are taken from the database a few at a time, so that a fast API does not cost a transaction per call. Who is
    done gives back what was not used (`close`). A process that dies leaves some counted that were never made, which
    errs on the safe side of the quota.
    """

    def __init__(
        self, engine: AsyncEngine, quotas: Mapping[str, int | None], clock: Clock, *, is_shared: bool = False
    ) -> None:
        """`is_shared`: other processes call the same providers, so that their pace is kept in the database too."""
        self._engine = engine
        self._quotas = dict(quotas)
        self._clock = clock
        self._is_shared = is_shared
        self._leases: dict[tuple[str, Urgency], _Lease] = defaultdict(_Lease)
        self._turns: dict[str, _Turns] = defaultdict(_Turns)
        self._turn = asyncio.Lock()

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        """Count one call; False, and nothing counted, when the month's quota is spent. May raise `StoreBusyError`."""
        lease, month = self._leases[provider, urgency], self._month()
        if lease.left == 0 or lease.month != month:
            quota = self._quotas.get(provider)
            if quota is not None and urgency is Urgency.SWEEP:
                quota = for_sweeps(quota)
            async with self._turn:
                if (lease.left == 0 or lease.month != month) and not await self._take(provider, lease, month, quota):
                    return False
        lease.left -= 1
        return True

    async def close(self) -> None:
        """Give back what was taken and not used. May raise `StoreBusyError`."""
        async with self._turn:
            for (provider, _), lease in self._leases.items():
                left, lease.left, lease.next_size = lease.left, 0, 1
                if left:
                    await self._give_back(provider, lease.month, left)

    async def spent(self, provider: str) -> int:
        """Return how many calls were counted this month, without those that this process holds ready.

        May raise `StoreBusyError`.
        """
        month = self._month()
        held = sum(lease.left for (name, _), lease in self._leases.items() if name == provider and lease.month == month)
        query = select(ProviderCallsRow.calls).where(
            ProviderCallsRow.provider == provider, ProviderCallsRow.month == month
        )
        with trouble_told():
            async with self._engine.connect() as connection:
                counted = (await connection.scalar(query)) or 0
        return counted - held

    async def turn(self, provider: str, spacing: float) -> float:
        """Take the next turn of all processes; return the seconds until it comes. May raise `StoreBusyError`.

        For a fast API several turns are taken together. Those that go unused while they last are nobody's.
        """
        if not self._is_shared or spacing < _NO_PACE:
            return 0.0
        turns, now, step = self._turns[provider], self._clock.now(), timedelta(seconds=spacing)
        if turns.is_over(now):
            turns.size = turns.next_size(now, int(_TURNS_SECONDS / spacing) or 1)
            turns.left = 0
            turns.next_at = await self._next_turns(provider, step * turns.size)
            turns.left = turns.size
        return turns.use(self._clock.now(), step)

    async def _next_turns(self, provider: str, span: timedelta) -> datetime:
        """Keep the provider to ourselves for a span, and return when that begins."""
        row = ProviderPaceRow.provider == provider
        free = select(ProviderPaceRow.free_at).where(row).with_for_update()
        new = insert_for(self._engine.dialect.name, ProviderPaceRow)
        with trouble_told():
            async with self._engine.begin() as connection:
                free_at = await connection.scalar(free)
                if free_at is None:
                    await connection.execute(
                        new.values(provider=provider, free_at=self._clock.now()).on_conflict_do_nothing()
                    )
                    free_at = await connection.scalar(free)
                now = self._clock.now()
                # A machine whose clock was far ahead must not stop all others until then.
                begins_at = min(max(free_at or now, now - _LATEST), now + _LONGEST_WAIT)
                await connection.execute(update(ProviderPaceRow).where(row).values(free_at=begins_at + span))
        return begins_at

    async def _take(self, provider: str, lease: _Lease, month: str, quota: int | None) -> bool:
        if lease.month != month:
            lease.month, lease.left, lease.next_size = month, 0, 1
        counted = await self._count(provider, month, lease.next_size, quota)
        if counted is None and lease.next_size > 1:
            lease.next_size = 1
            counted = await self._count(provider, month, 1, quota)
        if counted is None:
            return False
        lease.left = lease.next_size
        left = None if quota is None else (quota - counted) // _SHARE_OF_WHAT_IS_LEFT
        lease.next_size = _MOST_AT_ONCE if left is None else max(1, min(left, _MOST_AT_ONCE))
        return True

    async def _count(self, provider: str, month: str, calls: int, quota: int | None) -> int | None:
        """Count calls and return how many are counted now; None, and nothing counted, when that is too many."""
        if quota is not None and quota < calls:
            return None
        new = insert_for(self._engine.dialect.name, ProviderCallsRow).values(
            provider=provider, month=month, calls=calls
        )
        counted = new.on_conflict_do_update(
            index_elements=["provider", "month"],
            set_={"calls": ProviderCallsRow.calls + calls},
            where=None if quota is None else ProviderCallsRow.calls <= quota - calls,
        )
        with trouble_told():
            async with self._engine.begin() as connection:
                result = await connection.execute(counted.returning(ProviderCallsRow.calls))
                row = result.one_or_none()
                return None if row is None else row[0]

    async def _give_back(self, provider: str, month: str, calls: int) -> None:
        unused = update(ProviderCallsRow).where(ProviderCallsRow.provider == provider, ProviderCallsRow.month == month)
        with trouble_told():
            async with self._engine.begin() as connection:
                await connection.execute(unused.values(calls=ProviderCallsRow.calls - calls))

    def _month(self) -> str:
        now = self._clock.now().astimezone(UTC)
        return f"{now.year:04}-{now.month:02}"

"""How many calls of a provider's monthly quota are spent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.failures import trouble_told
from bot.store.models import ProviderCallsRow
from bot.store.statements import insert_for


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the current time, aware."""


class SqlCallMeter:
    """Counts calls per provider and calendar month (UTC), across restarts and processes.

    A quota of None means unlimited; the calls are counted all the same. So are those of a provider without a quota.
    """

    def __init__(self, engine: AsyncEngine, quotas: Mapping[str, int | None], clock: Clock) -> None:
        self._engine = engine
        self._quotas = dict(quotas)
        self._clock = clock

    async def spend(self, provider: str) -> bool:
        """Count one call; False, and nothing counted, when the month's quota is spent. May raise `StoreBusyError`."""
        quota = self._quotas.get(provider)
        if quota is not None and quota < 1:
            return False
        new = insert_for(self._engine.dialect.name, ProviderCallsRow).values(
            provider=provider, month=self._month(), calls=1
        )
        counted = new.on_conflict_do_update(
            index_elements=["provider", "month"],
            set_={"calls": ProviderCallsRow.calls + 1},
            where=None if quota is None else ProviderCallsRow.calls < quota,
        )
        with trouble_told():
            async with self._engine.begin() as connection:
                result = await connection.execute(counted.returning(ProviderCallsRow.calls))
                return result.one_or_none() is not None

    async def spent(self, provider: str) -> int:
        """Return how many calls were counted this month. May raise `StoreBusyError`."""
        query = select(ProviderCallsRow.calls).where(
            ProviderCallsRow.provider == provider, ProviderCallsRow.month == self._month()
        )
        with trouble_told():
            async with self._engine.connect() as connection:
                return (await connection.scalar(query)) or 0

    def _month(self) -> str:
        return self._clock.now().astimezone(UTC).strftime("%Y-%m")

"""How many calls to balance services are made while a sweep runs."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from bot.domain.errors import StoreBusyError
from bot.domain.urgency import Urgency
from bot.store.store import SqlStore

_EVERY: Final = 5.0
"""Seconds between two notes in the database while calls are made."""


class CallMeter(Protocol):
    """Asked before each single call."""

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        """Count one call; False, and nothing counted, when the month's quota is spent."""

    async def turn(self, provider: str, spacing: float) -> float:
        """Take the next turn that all processes together have. Returns the seconds until it comes."""

    async def close(self) -> None:
        """Put what was counted in order at the end."""


class SweepCalls:
    """A call meter that counts for the sweeps besides.

    Each process adds what it counted to all requested sweeps that run, every few seconds and when it is asked to. So
    the number is that of all processes, survives a restart, and lags behind a little.
    """

    def __init__(self, meter: CallMeter, store: SqlStore, monotonic: Callable[[], float]) -> None:
        self._meter = meter
        self._store = store
        self._monotonic = monotonic
        self._noted_at = monotonic()
        self._unnoted = 0
        self.made = 0
        """Calls that this process made."""

    async def turn(self, provider: str, spacing: float) -> float:
        """Take the next turn at the meter behind."""
        return await self._meter.turn(provider, spacing)

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        """Count one call if the quota has room for it. May raise `StoreBusyError`, as the meter behind does."""
        if not await self._meter.spend(provider, urgency):
            return False
        self.made += 1
        self._unnoted += 1
        if self._monotonic() - self._noted_at >= _EVERY:
            with suppress(StoreBusyError):  # it stays counted here, and is noted the next time
                await self.note()
        return True

    async def note(self) -> None:
        """Add what was counted to the sweeps that run. May raise `StoreBusyError`; nothing is lost then."""
        self._noted_at = self._monotonic()
        calls, self._unnoted = self._unnoted, 0
        if not calls:
            return
        try:
            async with self._store.unit() as unit:
                await unit.sweeps.add_calls(calls)
        except BaseException:
            self._unnoted += calls
            raise

    async def close(self) -> None:
        """Note the rest, and close the meter behind. May raise `StoreBusyError`."""
        with suppress(StoreBusyError):
            await self.note()
        await self._meter.close()

"""Counting calls against the month's quota of an API."""

from datetime import datetime, timedelta
from typing import Protocol


class CallMeter(Protocol):
    """Asked before each single HTTP request, so that retries and pages count as what they cost."""

    async def spend(self, provider: str) -> bool:
        """Count one call of a provider; False, and nothing counted, when the month's quota is spent."""

    async def close(self) -> None:
        """Put what was counted in order at the end. May raise `StoreBusyError`."""


class Unmetered:
    """The meter of a host without a quota."""

    async def spend(self, provider: str) -> bool:
        """Let every call pass."""
        del provider
        return True

    async def close(self) -> None:
        """Nothing was counted."""


def until_next_month(now: datetime) -> timedelta:
    """Return the time from `now` (aware, UTC) to the first moment of the next month, when quotas start again."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1) - now

"""Counting calls against the month's quota of an API, and sharing its pace between processes."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.urgency import Urgency


class CallMeter(Protocol):
    """Asked before each single HTTP request, so that retries and pages count as what they cost."""

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        """Count one call of a provider; False, and nothing counted, when the month's quota is spent.

        For a sweep it is spent earlier: a part of it is kept for people who wait.
        """

    async def turn(self, provider: str, spacing: float) -> float:
        """Take the next turn that all processes together have, `spacing` seconds after the one before.

        Returns the seconds until it comes.
        """

    async def close(self) -> None:
        """Put what was counted in order at the end. May raise `StoreBusyError`."""


class Unmetered:
    """The meter of a host without a quota."""

    async def spend(self, provider: str, urgency: Urgency = Urgency.PERSON) -> bool:
        """Let every call pass."""
        del provider, urgency
        return True

    async def turn(self, provider: str, spacing: float) -> float:
        """Nobody else calls."""
        del provider, spacing
        return 0.0

    async def close(self) -> None:
        """Nothing was counted."""


def until_next_month(now: datetime) -> timedelta:
    """Return the time from `now` (aware, UTC) to the first moment of the next month, when quotas start again."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1) - now

"""A clock that moves only when a schedule lets it."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


class ManualClock:
    """Every look at the time of day is a millisecond later than the one before, so that no two events tie."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += _TICK
        return self.at

    def timestamp(self) -> float:
        """The time as the sandbox wants it."""
        return self.now().timestamp()

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds, microseconds=1)  # never a little too short
        await asyncio.sleep(0)

    def advance(self, span: timedelta) -> None:
        self.at += span

    def restart(self) -> None:
        """Begin anew, so that a schedule does not depend on those before it."""
        self.at = START

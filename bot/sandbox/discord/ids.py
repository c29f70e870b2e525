"""Time and identifiers: the injectable clock, Discord's snowflakes, ISO timestamps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970, as `time.time` gives them."""

DISCORD_EPOCH_MS = 1_420_070_400_000
_WORKER_BITS = (1 << 17) | (1 << 12)


class Snowflakes:
    """Makes ids as Discord does: milliseconds since 2015 shifted left by 22, never twice the same, always growing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new id, larger than every one given before."""
        milliseconds = max(0, int(self._clock() * 1000) - DISCORD_EPOCH_MS)
        self._last = max(self._last + 1, (milliseconds << 22) | _WORKER_BITS)
        return self._last


def isoformat(at: float) -> str:
    """A moment as Discord writes it: UTC, microseconds, with offset."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")

"""One pace per API: a minimum spacing, and pauses when it asks for them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.providers.clock import Clock


@dataclass(frozen=True, slots=True)
class Crowded:
    """There is no room for this call within the caller's patience; `seconds` is when there should be."""

    seconds: float


class Pace:
    """Lets calls through one at a time, in the order in which they came, at least `spacing` seconds apart.

    Nobody waits longer than `patience` seconds: who would have to is told so at once, or as soon as a pause makes it
    so. A caller that is cancelled leaves the queue without using up a turn.
    """

    def __init__(self, clock: Clock, *, spacing: float, patience: float) -> None:
        self._clock = clock
        self._spacing = spacing
        self._patience = patience
        self._free_at = clock.monotonic()
        self._waiting = 0
        self._under_way = 0
        self._turn = asyncio.Lock()

    async def take(self, admit: Callable[[], Awaitable[bool]]) -> bool | Crowded:
        """Wait for a turn, then ask `admit`: True when the call may go out now, False when `admit` refused.

        A refused call does not use up the turn.
        """
        now = self._clock.monotonic()
        deadline = now + self._patience
        expected = max(0.0, self._free_at - now) + self._waiting * self._spacing
        if expected > self._patience:
            return Crowded(expected)
        self._waiting += 1
        try:
            async with self._turn:
                while (wait := self._until_free()) > 0:
                    if self._free_at > deadline:
                        return Crowded(wait)
                    await self._clock.sleep(wait)
                admitted = await admit()
                if admitted:
                    self._free_at = self._clock.monotonic() + self._spacing
                return admitted
        finally:
            self._waiting -= 1

    @contextmanager
    def under_way(self) -> Iterator[Callable[[], int]]:
        """Count a call while it is under way; what comes out tells how many others are at that moment."""
        self._under_way += 1
        try:
            yield lambda: self._under_way - 1
        finally:
            self._under_way -= 1

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long, whoever is waiting."""
        self._free_at = max(self._free_at, self._clock.monotonic() + seconds)

    def slow_to(self, spacing: float) -> None:
        """Widen the spacing; two users of one API go at the pace of the slower."""
        self._spacing = max(self._spacing, spacing)

    def _until_free(self) -> float:
        return max(0.0, self._free_at - self._clock.monotonic())

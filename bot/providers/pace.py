"""One pace per API: a minimum spacing, and pauses when it asks for them. Calls for people go ahead of a sweep's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.domain.paces import LATEST
from bot.domain.urgency import Urgency
from bot.providers.clock import Clock


@dataclass(frozen=True, slots=True)
class Crowded:
    """There is no room for this call within the caller's patience; `seconds` is when there should be."""

    seconds: float


@dataclass(slots=True)
class _Line:
    """Those who wait, in the order in which they came; the first of them has the lock."""

    first: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Pace:
    """Lets calls through every `spacing` seconds: those for people first, in the order in which they came.

    Who goes up to `LATEST` seconds late does not make the next one late.

    Nobody waits longer than `patience` seconds: who would have to is told so at once, or as soon as a pause makes it
    so. A caller that is cancelled leaves the queue without using up a turn.
    """

    def __init__(self, clock: Clock, *, spacing: float, patience: float) -> None:
        self._clock = clock
        self._spacing = spacing
        self._patience = patience
        self._free_at = clock.monotonic()
        self._paused_until = self._free_at
        self._thrift = 0.0
        self._thrift_until = self._free_at
        self._went_at = float("-inf")
        self._under_way = 0
        self._lines = {each: _Line() for each in Urgency}
        self._gate = asyncio.Lock()
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()

    @property
    def spacing(self) -> float:
        """The least time between two calls, in seconds."""
        return self._spacing

    @property
    def paused_for(self) -> float:
        """For how many seconds more the API wants no call at all."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    @property
    def sweep_spacing(self) -> float:
        """The least time between two calls of a sweep: longer while the API says that few calls are left."""
        is_short = self._clock.monotonic() < self._thrift_until
        return max(self._spacing, self._thrift) if is_short else self._spacing

    async def take(self, admit: Callable[[], Awaitable[bool]], urgency: Urgency = Urgency.PERSON) -> bool | Crowded:
        """Wait for a turn, then ask `admit`: True when the call may go out now, False when `admit` refused.

        A refused call does not use up the turn.
        """
        deadline = self._clock.monotonic() + self._patience
        in_front = sum(line.waiting for each, line in self._lines.items() if each <= urgency)
        expected = self._until_free() + in_front * self._spacing
        if expected > self._patience:
            return Crowded(expected)
        line = self._lines[urgency]
        with self._waiting(line, urgency):
            async with line.first:
                while True:
                    if urgency is Urgency.SWEEP:
                        await self._nobody_waits.wait()
                    if (wait := self._until_free(urgency)) > 0:
                        if self._clock.monotonic() + wait > deadline:
                            return Crowded(wait)
                        await self._clock.sleep(wait)
                        continue
                    async with self._gate:
                        if self._until_free(urgency) > 0:
                            continue  # the other line was quicker
                        admitted = await admit()
                        if admitted:
                            self._went_at = self._clock.monotonic()
                            self._free_at = max(self._free_at, self._went_at - LATEST) + self._spacing
                        return admitted

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
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        self._free_at = max(self._free_at, self._paused_until)

    def slow_to(self, spacing: float) -> None:
        """Widen the spacing; two users of one API go at the pace of the slower."""
        self._spacing = max(self._spacing, spacing)

    def spread(self, calls: int, seconds: float) -> None:
        """Let a sweep's calls last: the API takes so many more within so many seconds. People need not wait."""
        self._thrift = min(seconds / max(calls, 1), self._patience / 2)
        self._thrift_until = self._clock.monotonic() + seconds

    @contextmanager
    def _waiting(self, line: _Line, urgency: Urgency) -> Iterator[None]:
        line.waiting += 1
        if urgency is Urgency.PERSON:
            self._nobody_waits.clear()
        try:
            yield
        finally:
            line.waiting -= 1
            if not self._lines[Urgency.PERSON].waiting:
                self._nobody_waits.set()

    def _until_free(self, urgency: Urgency = Urgency.PERSON) -> float:
        free_at = self._free_at
        if urgency is Urgency.SWEEP and self.sweep_spacing > self._spacing:
            free_at = max(free_at, self._went_at + self.sweep_spacing)
        return max(0.0, free_at - self._clock.monotonic())

"""Whose turn it is to change roles in a server.

Discord counts role changes per server: about ten in ten seconds. discord.py waits when that many are used up, but it
over-commits when several requests of one server start together, and it knows no order. So every server has a lane for
each of its two limits: one request at a time, people before sweeps, and a sweep spreads the last part of what Discord
allows, so that somebody who presses a button in the middle of it finds room.

What is left is learned from the headers of Discord's answers.
https://discord.com/developers/docs/topics/rate-limits#header-format-rate-limit-header-examples
"""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from bot.domain.urgency import Urgency
from bot.gateway.turnstile import Waiting

_RESERVED_PART = 5
"""One of so many requests is kept for people until the end of a window is near."""
_MARGIN = 0.002
"""Seconds between the end of a window and the next request; Discord rounds to milliseconds."""
_MANY_LANES = 256


class Lane(Enum):
    """The limits that role changes count towards, each by itself."""

    ONE_ROLE = "one role"
    """PUT and DELETE of one role."""
    ROLE_LIST = "role list"
    """PATCH of a member."""


@dataclass(frozen=True, slots=True)
class Room:
    """What Discord last said of a limit."""

    limit: int
    remaining: int
    resets_at: float
    """By the event loop's clock, in seconds."""

    def wait(self, urgency: Urgency, window: float, now: float) -> float:
        """How long the next request has to wait, in seconds; at most to the end of the window."""
        left = self.resets_at - now
        if left <= 0:
            return 0.0
        if self.remaining <= 0:
            return left + _MARGIN
        if urgency is Urgency.PERSON or self.remaining > math.ceil(self.limit / _RESERVED_PART):
            return 0.0
        # What is left goes out evenly, and early enough that all of it is used up at the end.
        return max(0.0, left - (self.remaining + 1) * window / self.limit)


@dataclass(slots=True)
class _Queue:
    waiting: list[Waiting] = field(default_factory=list)
    is_busy: bool = False
    room: Room | None = None
    window: float = 0.0
    """Seconds; the longest time to a reset that was seen."""
    timer: asyncio.TimerHandle | None = None


class RoleLanes:
    """The lanes of all servers."""

    def __init__(self) -> None:
        self._queues: dict[tuple[int, Lane], _Queue] = {}
        self._number = 0

    def __len__(self) -> int:
        """How many lanes are remembered."""
        return len(self._queues)

    @asynccontextmanager
    async def turn(self, guild_id: int, lane: Lane, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for the turn, and have it until the block ends."""
        queue = self._queues.setdefault((guild_id, lane), _Queue())
        self._number += 1
        mine = Waiting(urgency, self._number, asyncio.get_running_loop().create_future())
        heapq.heappush(queue.waiting, mine)
        self._advance(queue)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if not mine.turn.cancelled():  # cancelled just when its turn had come
                self._release(queue)
            raise
        try:
            yield
        finally:
            self._release(queue)

    def learn(self, guild_id: int, lane: Lane, headers: Mapping[str, str]) -> None:
        """Note what the headers of an answer say. Ones that do not fit are passed over."""
        queue = self._queues.get((guild_id, lane))
        try:
            limit = int(headers["X-RateLimit-Limit"])
            remaining = int(headers["X-RateLimit-Remaining"])
            resets_in = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return
        if queue is None or limit < 1 or not math.isfinite(resets_in):
            return
        queue.room = Room(limit, remaining, asyncio.get_running_loop().time() + resets_in)
        queue.window = max(queue.window, resets_in)

    def _release(self, queue: _Queue) -> None:
        queue.is_busy = False
        self._advance(queue)
        if len(self._queues) > _MANY_LANES:
            self._forget_idle()

    def _forget_idle(self) -> None:
        """Drop lanes that nobody uses and of which nothing is worth remembering."""
        now = asyncio.get_running_loop().time()
        for key, queue in list(self._queues.items()):
            is_over = queue.room is None or queue.room.resets_at <= now
            if is_over and not queue.is_busy and not queue.waiting:
                del self._queues[key]

    def _advance(self, queue: _Queue) -> None:
        """Give the turn to whoever is next, now or once there is room."""
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        while queue.waiting and queue.waiting[0].has_given_up:
            heapq.heappop(queue.waiting)
        if queue.is_busy or not queue.waiting:
            return
        loop = asyncio.get_running_loop()
        room = queue.room
        wait = 0.0 if room is None else room.wait(queue.waiting[0].urgency, queue.window, loop.time())
        if wait > 0:
            queue.timer = loop.call_later(wait, self._advance, queue)
            return
        queue.is_busy = True
        heapq.heappop(queue.waiting).turn.set_result(None)

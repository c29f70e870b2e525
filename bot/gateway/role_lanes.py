"""Whose turn it is to change roles in a server.

Discord counts role changes per server: about ten in ten seconds. discord.py waits when that many are used up, but it
over-commits when several requests of one server start together, and it knows no order. So every server has a lane for
each of its two limits: one request at a time, people before sweeps, and a sweep spreads the last part of what Discord
allows, so that somebody who presses a button in the middle of it finds room.

What is left is learned from the headers of Discord's answers. Where several processes change roles, each of them would
learn only of its own changes, so before each one they ask what all know together.
https://discord.com/developers/docs/topics/rate-limits#header-format-rate-limit-header-examples
"""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import structlog

from bot.domain.errors import HoldfastError
from bot.domain.role_rooms import Room
from bot.domain.urgency import Urgency
from bot.gateway.turnstile import Waiting

log = structlog.get_logger(__name__)

_MANY_LANES = 256


class Lane(Enum):
    """The limits that role changes count towards, each by itself."""

    ONE_ROLE = "one role"
    """PUT and DELETE of one role."""
    ROLE_LIST = "role list"
    """PATCH of a member."""


class SharedRooms(Protocol):
    """What all processes together know of the limits."""

    async def ask(self, guild_id: int, lane: str, urgency: Urgency) -> float:
        """Ask for one request. Returns the seconds to wait before asking again, 0 if it may go.

        Raises `StoreBusyError`.
        """

    async def tell(self, guild_id: int, lane: str, told: tuple[int, int, float] | None) -> None:
        """Say what the answer to a request told: limit, what remains, and seconds to the reset; None for nothing.

        Raises `StoreBusyError`.
        """


@dataclass(slots=True)
class _Queue:
    guild_id: int
    lane: Lane
    waiting: list[Waiting] = field(default_factory=list)
    is_busy: bool = False
    asking: asyncio.Task[None] | None = None
    room: Room | None = None
    news: Room | None = None
    """What others have not been told yet."""
    window: float = 0.0
    """Seconds; the longest time to a reset that was seen."""
    timer: asyncio.TimerHandle | None = None


class RoleLanes:
    """The lanes of all servers."""

    def __init__(self, rooms: SharedRooms | None = None) -> None:
        """`rooms`: shared with the other processes that change roles, if there may be any."""
        self._rooms = rooms
        self._queues: dict[tuple[int, Lane], _Queue] = {}
        self._number = 0

    def __len__(self) -> int:
        """How many lanes are remembered."""
        return len(self._queues)

    @asynccontextmanager
    async def turn(self, guild_id: int, lane: Lane, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for the turn, and have it until the block ends."""
        queue = self._queues.setdefault((guild_id, lane), _Queue(guild_id, lane))
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
            try:
                await self._tell(queue)
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
        queue.room = queue.news = Room(limit, remaining, asyncio.get_running_loop().time() + resets_in)
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
            if is_over and not (queue.is_busy or queue.waiting or queue.asking):
                del self._queues[key]

    def _advance(self, queue: _Queue) -> None:
        """Give the turn to whoever is next, now or once there is room."""
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        first = _first(queue)
        if queue.is_busy or queue.asking is not None or first is None:
            return
        loop = asyncio.get_running_loop()
        room = queue.room
        wait = 0.0 if room is None else room.wait(first.urgency, queue.window, loop.time())
        if wait > 0:
            queue.timer = loop.call_later(wait, self._advance, queue)
        elif self._rooms is None:
            _let_through(queue)
        else:
            queue.asking = asyncio.create_task(self._ask(self._rooms, queue, first.urgency), name="role lane")

    async def _ask(self, rooms: SharedRooms, queue: _Queue, urgency: Urgency) -> None:
        """Ask all processes for room, and give the turn to whoever is next by then."""
        try:
            wait = await rooms.ask(queue.guild_id, queue.lane.name, urgency)
        except HoldfastError:  # then what this process knows has to do
            wait = 0.0
        except Exception:  # whatever it is, nobody may be left waiting for good
            log.exception("discord.room_unknown")
            wait = 0.0
        finally:
            queue.asking = None
        first = _first(queue)
        if wait <= 0:
            _let_through(queue)
        elif first is not None and first.urgency is urgency:
            queue.timer = asyncio.get_running_loop().call_later(wait, self._advance, queue)
        else:
            self._advance(queue)

    async def _tell(self, queue: _Queue) -> None:
        if self._rooms is None:
            return
        room, queue.news = queue.news, None
        now = asyncio.get_running_loop().time()
        told = None if room is None else (room.limit, room.remaining, room.resets_at - now)
        with suppress(HoldfastError):
            await self._rooms.tell(queue.guild_id, queue.lane.name, told)


def _first(queue: _Queue) -> Waiting | None:
    while queue.waiting and queue.waiting[0].has_given_up:
        heapq.heappop(queue.waiting)
    return queue.waiting[0] if queue.waiting else None


def _let_through(queue: _Queue) -> None:
    if _first(queue) is not None:
        queue.is_busy = True
        heapq.heappop(queue.waiting).turn.set_result(None)

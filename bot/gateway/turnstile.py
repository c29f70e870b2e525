"""Letting requests through at a steady rate, the urgent ones first."""

import asyncio
import heapq
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from bot.domain.errors import HoldfastError
from bot.domain.urgency import Urgency

log = structlog.get_logger(__name__)

_TOGETHER = 4
"""As many turns are taken together where several processes share a rate."""
_CAUTION = 4
"""So many times as slowly requests go through while it is not known what other processes do."""


class SharedPace(Protocol):
    """The turns that all processes have together."""

    async def next_turns(self, turns: int, spacing: float, burst: int) -> float:
        """Take the next turns, `spacing` seconds apart; after a pause, `burst` of them at once.

        Returns the seconds until the first of them, negative for one that was due already. Raises `StoreBusyError`.
        """


@dataclass(order=True, slots=True)
class Waiting:
    """One request that waits for its turn: by urgency, then in the order of arrival."""

    urgency: Urgency
    number: int
    turn: "asyncio.Future[None]" = field(compare=False)

    @property
    def has_given_up(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.turn.done()


class Turnstile:
    """Lets `rate` requests a second through, and after a pause at most `burst` at once.

    So there are at most `rate + burst` in any second.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = 0.0
        self._waiting: list[Waiting] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, urgency: Urgency) -> None:
        """Wait for room for one request."""
        self._number += 1
        mine = Waiting(urgency, self._number, asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, mine)
        self._advance()
        try:
            await mine.turn
        except asyncio.CancelledError:
            if not mine.turn.cancelled():  # cancelled just when its turn had come
                self._tokens += 1
                self._advance()
            raise

    def _advance(self) -> None:
        now = asyncio.get_running_loop().time()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            if self._waiting[0].has_given_up:
                heapq.heappop(self._waiting)
            elif self._tokens < 1:
                wait = (1 - self._tokens) / self._rate
                self._timer = asyncio.get_running_loop().call_later(wait, self._advance)
                return
            else:
                self._tokens -= 1
                heapq.heappop(self._waiting).turn.set_result(None)


class SharedTurnstile:
    """A turnstile at a rate that several processes share. Here, too, the urgent ones go first."""

    def __init__(self, pace: SharedPace, rate: float, burst: int) -> None:
        self._pace = pace
        self._spacing = 1 / rate
        self._burst = burst
        self._waiting: list[Waiting] = []
        self._number = 0
        self._work: asyncio.Task[None] | None = None

    async def acquire(self, urgency: Urgency) -> None:
        """Wait for room for one request."""
        self._number += 1
        mine = Waiting(urgency, self._number, asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, mine)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._let_through(), name="turnstile")
        await mine.turn

    async def _let_through(self) -> None:
        """Go on for as long as somebody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._first() is not None:
                turns = min(_TOGETHER, len(self._waiting))
                due = loop.time() + await self._begins_in(turns)
                for number in range(turns):
                    await asyncio.sleep(due + number * self._spacing - loop.time())
                    if (first := self._first()) is not None:
                        first.turn.set_result(None)
                        heapq.heappop(self._waiting)
        except Exception as error:
            while (first := self._first()) is not None:  # nobody may be left waiting for good
                first.turn.set_exception(error)
            raise

    async def _begins_in(self, turns: int) -> float:
        try:
            return await self._pace.next_turns(turns, self._spacing, self._burst)
        except HoldfastError as error:
            log.debug("discord.pace_unknown", why=str(error))
            return turns * self._spacing * _CAUTION

    def _first(self) -> Waiting | None:
        while self._waiting and self._waiting[0].has_given_up:
            heapq.heappop(self._waiting)
        return self._waiting[0] if self._waiting else None

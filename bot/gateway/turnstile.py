"""Letting requests through at a steady rate, the urgent ones first."""

import asyncio
import heapq
from dataclasses import dataclass, field

from bot.domain.urgency import Urgency


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

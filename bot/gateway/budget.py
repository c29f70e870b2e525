"""Staying inside Discord's limits for the whole bot, which discord.py does not watch.

Requests: 50/s per bot token. Invalid requests: 10,000 answers of 401, 403 or 429 within ten minutes ban the host's
address. https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.domain.budgets import RefusalFigures
from bot.domain.urgency import Urgency
from bot.gateway.turnstile import SharedPace, SharedTurnstile, Turnstile

log = structlog.get_logger(__name__)

REQUESTS_PER_SECOND = 35
"""Holdfast's own cap, so that other traffic of the same token always finds room."""
BURST = 5
"""So many may go at once after a pause: together with the rate that is less than Discord's limit in any second."""
MOST_REFUSALS = 500
REFUSAL_WINDOW = 600.0
"""Seconds."""


class BudgetSpentError(OSError):
    """Discord refused so many requests lately that the bot stops asking for a while."""


class RequestBudget:
    """Watches all background requests of this process."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        on_refusal: Callable[[], None] = lambda: None,
        rate: float = REQUESTS_PER_SECOND,
        pace: SharedPace | None = None,
    ) -> None:
        """`rate`: requests a second, of this process alone or of all that share a `pace`."""
        self._monotonic = monotonic
        self._on_refusal = on_refusal
        self._turnstile = Turnstile(rate, BURST) if pace is None else SharedTurnstile(pace, rate, BURST)
        self._refusals: deque[float] = deque()

    async def spend(self, urgency: Urgency = Urgency.PERSON) -> None:
        """Wait for room for one request. Raises `BudgetSpentError` while too many were refused."""
        if not self.figures.is_open:
            raise BudgetSpentError("too many refused requests")
        await self._turnstile.acquire(urgency)

    @property
    def figures(self) -> RefusalFigures:
        """How many requests were refused lately, and how many may be."""
        now = self._monotonic()
        while self._refusals and now - self._refusals[0] > REFUSAL_WINDOW:
            self._refusals.popleft()
        return RefusalFigures(len(self._refusals), MOST_REFUSALS, timedelta(seconds=REFUSAL_WINDOW))

    def count_refusal(self) -> None:
        """Note a 401, 403 or 429."""
        self._on_refusal()
        self._refusals.append(self._monotonic())
        if len(self._refusals) == MOST_REFUSALS:
            log.error("discord.too_many_refusals", count=MOST_REFUSALS, window_seconds=REFUSAL_WINDOW)

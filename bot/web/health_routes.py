"""For the host's own programs: is it alive, is it at work, how is it doing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.domain.errors import StoreBusyError
from bot.domain.sweeps import SweepFigures
from bot.web.answers import json_answer
from bot.web.metrics import CONTENT_TYPE, PrometheusMetrics

FIGURES_LIFETIME = 5.0
"""Seconds for which figures are told again instead of counted again."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Where the answers come from. The first two raise `StoreBusyError` when the database does not answer."""

    figures: Callable[[], Awaitable[SweepFigures]]
    """Counts how re-verification stands."""
    touch_database: Callable[[], Awaitable[object]]
    """Reads something small."""
    is_connected: Callable[[], bool]
    """Whether the bot is connected to Discord."""
    monotonic: Callable[[], float]


class HealthRoutes:
    """`/healthz`: this process answers. `/readyz`: database and Discord are there. `/metrics`: Prometheus."""

    def __init__(self, probes: Probes, metrics: PrometheusMetrics) -> None:
        self._probes = probes
        self._metrics = metrics
        self._counted_at: float | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        """The routes."""
        return [
            web.get("/healthz", self._health),
            web.get("/readyz", self._readiness),
            web.get("/metrics", self._measure),
        ]

    async def _health(self, _request: web.Request) -> web.Response:
        return json_answer({"status": "alive"})

    async def _readiness(self, _request: web.Request) -> web.Response:
        has_database, is_connected = await self._has_database(), self._probes.is_connected()
        is_ready = has_database and is_connected
        body = {"status": "ready" if is_ready else "not ready", "database": has_database, "discord": is_connected}
        return json_answer(body, 200 if is_ready else 503)

    async def _measure(self, _request: web.Request) -> web.Response:
        self._metrics.connected(self._probes.is_connected())
        now = self._probes.monotonic()
        if self._counted_at is None or now - self._counted_at >= FIGURES_LIFETIME:
            self._counted_at = now
            self._metrics.figures(await self._count())
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    async def _has_database(self) -> bool:
        try:
            await self._probes.touch_database()
        except StoreBusyError:
            return False
        return True

    async def _count(self) -> SweepFigures | None:
        try:
            return await self._probes.figures()
        except StoreBusyError:
            return None

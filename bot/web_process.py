"""A process that serves the verify page and nothing else: no gateway, no jobs."""

import asyncio

import structlog

from bot.app import Holdfast, wire
from bot.config import JobEngine, Settings
from bot.domain.errors import ConfigError
from bot.jobs.schedule import Pace
from bot.providers.clock import Clock
from bot.serve import bot_token, cancelled_by_signals, log_in, prepare_database
from bot.services.signs_of_life import ProcessKind

log = structlog.get_logger(__name__)


async def serve_page(settings: Settings, clock: Clock, *, pace: Pace | None = None) -> None:
    """Serve the verify page until told to stop (SIGINT, SIGTERM, or cancellation). Raises as `serve` does.

    Whoever proves a wallet there is read and gets the roles at once, over REST. What does not work at once is left to
    whoever does the jobs, who finds the member due.
    """
    _check(settings)
    token = bot_token(settings)
    await prepare_database(settings.database.url.get_secret_value())
    with cancelled_by_signals() as signalled:
        try:
            await run_page(open_page(settings, clock, pace=pace), token, clock)
        except asyncio.CancelledError:
            if not signalled.is_set():
                raise
            log.info("stopped")


def open_page(settings: Settings, clock: Clock, *, pace: Pace | None = None) -> Holdfast:
    """Wire a process that serves the page. It does not listen yet."""
    return wire(settings, clock, members_intent=settings.discord.members_intent, pace=pace, is_worker=True)


async def run_page(holdfast: Holdfast, token: str, clock: Clock) -> None:
    """Serve the page of one wired process until cancelled, and close it. Raises `ConfigError` as `serve` does.

    Nobody comes in before Discord can be asked: who proves a wallet would see an error, and the roles only later.
    """
    try:
        await log_in(holdfast.client, token, clock)
        if holdfast.web is not None:
            await holdfast.web.start()
        holdfast.clockwork.attend(ProcessKind.WEB)
        await asyncio.Event().wait()
    finally:
        await holdfast.close()


def _check(settings: Settings) -> None:
    if not settings.web.enabled:
        raise ConfigError(
            "The verify page is switched off, so there is nothing to serve. Set web.enabled = true, for this process "
            "and for all others on the same database."
        )
    if settings.jobs.engine is not JobEngine.PROCRASTINATE:
        raise ConfigError(
            'A process for the verify page alone needs jobs.engine = "procrastinate", on PostgreSQL: otherwise two '
            "processes would not know of each other when they read wallets and change roles. `holdfast run` serves the "
            "page as well."
        )

"""A process that does jobs and never connects to the gateway."""

import asyncio

import structlog

from bot.app import wire
from bot.config import JobEngine, Settings
from bot.domain.errors import ConfigError
from bot.jobs.schedule import Pace
from bot.providers.clock import Clock
from bot.serve import HOW_TO_SET_IT, cancelled_by_signals, log_in, prepare_database

log = structlog.get_logger(__name__)


def check_engine(settings: Settings) -> None:
    """Raise `ConfigError` unless the jobs can be shared with other processes."""
    if settings.jobs.engine is not JobEngine.PROCRASTINATE:
        raise ConfigError('Jobs are shared with workers only with jobs.engine = "procrastinate", on PostgreSQL.')


async def work(settings: Settings, clock: Clock, *, pace: Pace | None = None) -> None:
    """Do jobs until told to stop (SIGINT, SIGTERM, or cancellation). Raises as `serve` does."""
    check_engine(settings)
    token = settings.discord.token.get_secret_value().strip()
    if not token:
        raise ConfigError(f"No Discord bot token is set (discord.token). {HOW_TO_SET_IT}")
    await prepare_database(settings.database.url.get_secret_value())
    with cancelled_by_signals() as signalled:
        holdfast = wire(settings, clock, members_intent=settings.discord.members_intent, pace=pace, is_worker=True)
        try:
            await log_in(holdfast.client, token, clock)
            holdfast.clockwork.start()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not signalled.is_set():
                raise
            log.info("stopped")
        finally:
            await holdfast.close()

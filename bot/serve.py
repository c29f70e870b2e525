"""Running the bot: from settings to a connected client, and back to a clean end."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import aiohttp
import discord
import structlog

from bot.app import Holdfast, wire
from bot.cogs import add_cogs
from bot.config import Settings
from bot.domain.errors import ConfigError
from bot.gateway.client import HoldfastClient
from bot.gateway.commands import sync_commands
from bot.jobs.schedule import Pace
from bot.providers.clock import Clock
from bot.services.signs_of_life import ProcessKind
from bot.store.migrations import MigrationState, state, upgrade

log = structlog.get_logger(__name__)

HOW_TO_SET_IT = (
    "Copy it from discord.com/developers/applications > your application > Bot > Reset Token, and set it as "
    "discord.token in config.toml or as HOLDFAST_DISCORD__TOKEN in the environment."
)
FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
"""Seconds between attempts to reach Discord at the start; every attempt counts towards its daily limit."""
_NOT_NOW = (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException, discord.GatewayNotFound)


async def serve(
    settings: Settings, clock: Clock, *, pace: Pace | None = None, with_jobs: bool = True, with_web: bool = True
) -> None:
    """Run the bot until it is told to stop (SIGINT, SIGTERM, or cancellation).

    Without jobs, workers do them; without web, another process serves the verify page, if there is one.

    Raises `ConfigError` for a missing or refused token and a database that does not fit, `StoreBusyError` when the
    database cannot be reached.
    """
    token = bot_token(settings)
    await prepare_database(settings.database.url.get_secret_value())
    with cancelled_by_signals() as signalled, long_lived_spared():
        try:
            await _run_with_or_without_members_intent(settings, clock, token, pace, with_jobs, with_web)
        except asyncio.CancelledError:
            if not signalled.is_set():
                raise
            log.info("stopped")


@contextmanager
def long_lived_spared() -> Iterator[None]:
    """Exempt what is there already, mostly code, from garbage collection meanwhile.

    Each full collection would look through all of it, and nobody is answered in that tenth of a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def bot_token(settings: Settings) -> str:
    """Return the bot's token. Raises `ConfigError` when none is set."""
    token = settings.discord.token.get_secret_value().strip()
    if not token:
        raise ConfigError(f"No Discord bot token is set (discord.token). {HOW_TO_SET_IT}")
    return token


async def prepare_database(url: str) -> None:
    """Set up an empty database. Raises `ConfigError` for one that is older or newer than this version."""
    match await state(url):
        case MigrationState.EMPTY:
            await upgrade(url)
        case MigrationState.BEHIND:
            raise ConfigError(
                "The database is from an older version of Holdfast. Make a backup, run `holdfast migrate`, start again."
            )
        case MigrationState.AHEAD:
            raise ConfigError(
                "The database was written by a newer version of Holdfast, which this version does not understand. "
                "Install that version again."
            )
        case MigrationState.CURRENT:
            pass


async def _run_with_or_without_members_intent(
    settings: Settings, clock: Clock, token: str, pace: Pace | None, with_jobs: bool, with_web: bool
) -> None:
    wants_members = settings.discord.members_intent
    try:
        holdfast = wire(settings, clock, members_intent=wants_members, pace=pace)
        await run_client(holdfast, token, clock, with_jobs=with_jobs, with_web=with_web)
    except discord.PrivilegedIntentsRequired:
        log.warning(
            "discord.members_intent_refused",
            meaning="going on without it: who re-joins gets the roles back at their next command",
            fix="switch on Server Members Intent in the developer portal, or set discord.members_intent = false",
        )
        holdfast = wire(settings, clock, members_intent=False, pace=pace)
        await run_client(holdfast, token, clock, with_jobs=with_jobs, with_web=with_web)


async def run_client(
    holdfast: Holdfast, token: str, clock: Clock, *, with_jobs: bool = True, with_web: bool = True
) -> None:
    """Run one wired bot until its connection ends, and close it. Raises `ConfigError` when Discord refuses it."""
    try:
        await add_cogs(holdfast.client, holdfast.services)
        if holdfast.web is not None and with_web:
            await holdfast.web.start()
        await log_in(holdfast.client, token, clock)
        await _patiently(lambda: _sync_commands(holdfast), clock)
        await _patiently(holdfast.client.find_gateway, clock)
        if with_jobs:
            holdfast.clockwork.start()
        else:
            holdfast.clockwork.attend(ProcessKind.RUN)
        await holdfast.client.connect()
    except discord.ConnectionClosed as error:
        raise _connection_refused(error) from None
    finally:
        await holdfast.close()


async def log_in(client: HoldfastClient, token: str, clock: Clock) -> None:
    """Log in over REST, waiting while Discord does not answer. Raises `ConfigError` when it refuses the token."""
    try:
        await _patiently(lambda: client.login(token), clock)
    except discord.LoginFailure:
        raise ConfigError(f"Discord refused the bot token (discord.token). {HOW_TO_SET_IT}") from None


async def _patiently(step: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Do a step of the start, again and again while Discord does not answer."""
    wait = FIRST_WAIT
    while True:
        try:
            await step()
        except _NOT_NOW as error:
            log.warning("discord.not_reachable", error=type(error).__name__, next_attempt_in_seconds=wait)
            await clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            return


async def _sync_commands(holdfast: Holdfast) -> None:
    name = f"commands:{holdfast.client.application_id}"
    async with holdfast.store.unit() as unit:
        known = await unit.notes.get(name)
    fingerprint = await sync_commands(holdfast.client, known)
    async with holdfast.store.unit() as unit:
        await unit.notes.set(name, fingerprint)


def _connection_refused(error: discord.ConnectionClosed) -> ConfigError:
    why = {
        4004: f"Discord refused the bot token (discord.token). {HOW_TO_SET_IT}",
        4010: "Discord refused the shard numbers. Check discord.shard_ids and discord.shard_count.",
        4011: "This bot is in so many servers that Discord requires sharding. Unset discord.shard_count, or raise it.",
    }.get(error.code, f"Discord closed the connection for good (close code {error.code}).")
    return ConfigError(why)


@contextmanager
def cancelled_by_signals() -> Iterator[asyncio.Event]:
    """Cancel the current task at SIGINT and SIGTERM, so that everything it owns is closed in order."""
    loop, task, signalled = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    if task is None:
        raise RuntimeError("signals can only end a task")

    def stop() -> None:
        signalled.set()
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield signalled
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

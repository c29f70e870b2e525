"""Examining an installation from the command line: over REST, beside a bot that runs or without one."""

import asyncio
from collections.abc import Sequence
from importlib.metadata import version

from bot.app import Holdfast, wire
from bot.config import Settings
from bot.doctor.log_in import check_log_in
from bot.doctor.redaction import Redactor
from bot.doctor.report import Report, ServerFindings
from bot.domain.errors import ConfigError, HoldfastError, StoreBusyError
from bot.domain.guilds import ServerName
from bot.domain.members import Unreachable
from bot.providers.clock import Clock
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad
from bot.store.migrations import MigrationState, state

MOST_EXAMINED = 200
"""How many servers are examined; those with rules come first."""
_MOST_LISTED = 5000
_AT_ONCE = 4


async def examine(settings: Settings, clock: Clock) -> Report:
    """Run all checks: of the installation, and of every server the bot is in."""
    holdfast = wire(settings, clock, members_intent=False)
    try:
        has_tables = await _has_tables(settings)
        host = list(await holdfast.services.doctor.examine_host(has_tables=has_tables))
        servers: Sequence[ServerFindings] = ()
        left_out = 0
        if settings.discord.token.get_secret_value().strip():
            is_in, findings = await check_log_in(settings, holdfast.client)
            host += findings
            if is_in and has_tables:
                servers, left_out = await _examine_servers(holdfast, host)
        redactor = Redactor(settings)
        return Report(version("holdfast"), clock.now(), host, servers, left_out, redactor.clean)
    finally:
        await holdfast.close()


async def _has_tables(settings: Settings) -> bool:
    try:
        return await state(settings.database.url.get_secret_value()) is MigrationState.CURRENT
    except (ConfigError, StoreBusyError):
        return False  # the check of the database says why


async def _examine_servers(holdfast: Holdfast, host: list[CheckResult]) -> tuple[Sequence[ServerFindings], int]:
    listed = await holdfast.gateway.servers(_MOST_LISTED)
    if isinstance(listed, Unreachable):
        reason = f"Discord does not say which servers the bot is in ({listed.detail}), so none was examined."
        host.append(bad("Servers", reason, "Try again later."))
        return (), 0
    async with holdfast.store.unit() as unit:
        ruled = frozenset(await unit.diagnosis.ruled_guilds())
    ordered = sorted(listed, key=lambda server: (server.id not in ruled, server.id))
    limit = asyncio.Semaphore(_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_examine(holdfast, server, limit)) for server in ordered[:MOST_EXAMINED]]
    return [task.result() for task in tasks], max(0, len(ordered) - MOST_EXAMINED)


async def _examine(holdfast: Holdfast, server: ServerName, limit: asyncio.Semaphore) -> ServerFindings:
    async with limit:
        try:
            results = await holdfast.services.doctor.examine_guild(server.id, with_host=False)
        except HoldfastError as error:
            results = [bad("This server", f"It could not be examined. {error}", "Try again later.")]
    return ServerFindings(server.id, server.name, results)

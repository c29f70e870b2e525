"""How fast a sweep changes roles, against what Discord's limits allow."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.bot_on_discord import bot_on, make_members_due
from benchmarks.discord_stand_in import Writes, running
from benchmarks.report import Bound, Outcome, Side, same_work
from bot.gateway.budget import REQUESTS_PER_SECOND

WINDOWS = 3
"""So many whole windows of a server's limit are measured, from the first role change on."""


async def role_writes() -> list[Outcome]:
    """Give a role to everybody in one server, and in fifty."""
    return [await _measured(servers=1, members=50), await _measured(servers=50, members=40)]


async def _measured(servers: int, members: int) -> Outcome:
    async with running(servers, members) as discord, bot_on(discord) as holdfast:
        await make_members_due(holdfast)
        writes = await _wait_for_windows(discord.writes)
    seconds = WINDOWS * writes.seconds
    same_work("answers with 429", writes.refused, 0)
    done = sum(at < writes.at[0] + seconds for at in writes.at)
    allowed = min(servers * writes.per_guild * WINDOWS, REQUESTS_PER_SECOND * seconds)
    if servers * members <= allowed:
        raise RuntimeError("there are too few members to use up what Discord allows")
    return Outcome(
        f"role changes, {servers} {'server' if servers == 1 else 'servers'}",
        Side("sweep", done / seconds, "a second"),
        Side("allowed", allowed / seconds, "a second"),
        Bound.AT_LEAST,
        0.95,
    )


async def _wait_for_windows(ask: Callable[[], Awaitable[Writes]]) -> Writes:
    while True:
        writes = await ask()
        ends_at = writes.at[0] + WINDOWS * writes.seconds if writes.at else time.time() + 1
        if writes.at and time.time() > ends_at:
            return writes
        await asyncio.sleep(min(1.0, max(0.0, ends_at - time.time()) + 0.05))

"""How quickly slash commands are answered while a full sweep is under way.

The bot is one process. Discord, the members who use the commands and the balance API are another. An answer's time
begins when the command was due to be sent, so whoever has to wait before it can even be sent is counted too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from benchmarks.bot_on_discord import bot_on
from benchmarks.discord_stand_in import Answers, DiscordStandIn, running
from benchmarks.report import Bound, Outcome, Side, same_work
from bot.app import Holdfast
from bot.jobs.schedule import Pace

RATES = (50.0, 100.0, 150.0, 200.0)
"""Commands a second. The limit is about the last; the others show where it begins to matter."""
SECONDS = 10.0
PARTS = 4
"""In each of so many parts of that time the sweep has to read wallets."""
COMMANDS = {"wallet list": "Your linked wallets (1)", "roles why": "Your roles and why"}
"""Commands, and words that are in a right answer."""
SERVERS, MEMBERS = 10, 1_000
DELAY = 0.05
"""Seconds until the balance API answers."""
LIMIT_MS = 100.0
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class _Measured:
    """What came of commands at one rate."""

    said: Answers
    reads: tuple[int, ...]
    """How many wallets the sweep read in each part of the time."""
    cpu: float
    """Seconds of processor time that the bot took for all of it."""


async def answers() -> list[Outcome]:
    """Offer ever more commands a second, one after the other server and member, while a sweep reads wallets."""
    pace = Pace(guild_ready=timedelta(seconds=0.5))
    async with running(SERVERS, MEMBERS, delay=DELAY) as discord, bot_on(discord, pace) as holdfast:
        await discord.use_commands(RATES[0] / 2, 2.0, COMMANDS)  # everything has been used once
        return [await _at(rate, discord, holdfast) for rate in RATES]


async def _at(rate: float, discord: DiscordStandIn, holdfast: Holdfast) -> Outcome:
    await _begin_sweep(discord, holdfast)
    cpu = time.process_time()
    said, reads = await asyncio.gather(
        discord.use_commands(rate, SECONDS, COMMANDS), _reads(discord.wallets_read, SECONDS / PARTS)
    )
    measured = _Measured(said, reads, time.process_time() - cpu)
    _check(rate, measured)
    took = sorted(1_000 * seconds for seconds in said.seconds)
    print(_line(rate, took, measured), flush=True)
    return Outcome(
        f"slash commands at {rate:g}/s, p99 while a sweep read {sum(reads) / SECONDS:,.0f} wallets/s",
        Side("answers", _percentile(took, 0.99), "ms"),
        Side("limit", LIMIT_MS, "ms"),
        Bound.AT_MOST,
        1.0,
    )


async def _begin_sweep(discord: DiscordStandIn, holdfast: Holdfast) -> None:
    async with holdfast.store.unit() as unit:
        await unit.wallets.make_due(holdfast.services.clock.now())
    before = await discord.wallets_read()
    async with asyncio.timeout(_PATIENCE):
        while await discord.wallets_read() == before:  # noqa: ASYNC110  (it is another process that counts)
            await asyncio.sleep(0.05)


async def _reads(ask: Callable[[], Awaitable[int]], seconds: float) -> tuple[int, ...]:
    counts = [await ask()]
    for _ in range(PARTS):
        await asyncio.sleep(seconds)
        counts.append(await ask())
    return tuple(later - earlier for earlier, later in pairwise(counts))


def _check(rate: float, measured: _Measured) -> None:
    """Raise unless every command was offered in time and answered rightly, and the sweep went on all the time."""
    said, reads = measured.said, measured.reads
    same_work("commands without a right answer", list(said.failed[:5]), [])
    same_work("answers", len(said.seconds), int(rate * SECONDS))
    if said.offered < 0.98 * rate:
        raise RuntimeError(f"only {said.offered:.0f} commands a second were offered, and {rate:g} were to be")
    if min(reads) == 0:
        raise RuntimeError(f"the sweep stood still: it read {reads} wallets in equal parts of the time")
    if sum(reads) >= SERVERS * MEMBERS:
        raise RuntimeError(f"the sweep did not last: {sum(reads)} wallets were read")


def _line(rate: float, took: Sequence[float], measured: _Measured) -> str:
    said, count = measured.said, len(took)
    each = 1_000 * measured.cpu / count
    return (
        f"       offered {said.offered:.0f}/s of {rate:g}/s, answered {count / said.lasted:.0f}/s: "
        f"p50 {_percentile(took, 0.5):.0f} ms, p99 {_percentile(took, 0.99):.0f} ms, max {took[-1]:.0f} ms; "
        f"{sum(measured.reads)} wallets read meanwhile {measured.reads}; processor time: bot "
        f"{measured.cpu / SECONDS:.0%} of a core ({each:.1f} ms for each command, the sweep included), "
        f"stand-ins {said.cpu / SECONDS:.0%}"
    )


def _percentile(took: Sequence[float], part: float) -> float:
    return took[min(len(took) - 1, int(len(took) * part))]

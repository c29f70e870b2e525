"""How quickly slash commands are answered while a full sweep is under way."""

from benchmarks.bot_on_discord import bot_on
from benchmarks.discord_stand_in import running
from benchmarks.report import Bound, Outcome, Side, same_work

PER_SECOND = 200.0
SECONDS = 15.0
COMMANDS = ("wallet list", "roles why")
SERVERS, MEMBERS = 10, 1_000
DELAY = 0.05
"""Seconds until the balance API answers."""
LIMIT_MS = 100.0


async def answers() -> list[Outcome]:
    """Offer 200 commands a second, one after the other server and member, while wallets are read without a pause."""
    async with running(SERVERS, MEMBERS, delay=DELAY) as discord, bot_on(discord) as holdfast:
        await discord.use_commands(PER_SECOND / 4, 2.0, COMMANDS)  # everything has been used once
        async with holdfast.store.unit() as unit:
            await unit.wallets.make_due(holdfast.services.clock.now())
        said = await discord.use_commands(PER_SECOND, SECONDS, COMMANDS)
        reads = await discord.wallets_read()
    same_work("commands without an answer", list(said.failed), [])
    if not SECONDS < reads < SERVERS * MEMBERS:
        raise RuntimeError(f"the sweep did not last: {reads} wallets were read")
    took = sorted(1_000 * seconds for seconds in said.seconds)
    p99 = took[int(len(took) * 0.99)]
    return [
        Outcome(
            f"slash commands at {PER_SECOND:g}/s, p99 while a sweep read {reads / SECONDS:,.0f} wallets/s",
            Side("answers", p99, "ms"),
            Side("limit", LIMIT_MS, "ms"),
            Bound.AT_MOST,
            1.0,
        )
    ]

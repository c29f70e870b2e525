"""The real bot, connected to the stand-in for Discord, over a database in which everybody is entitled to every role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.discord_stand_in import DiscordStandIn
from benchmarks.stand_in import COLLECTIONS, address
from bot.app import Holdfast, wire
from bot.config import Settings
from bot.domain.challenges import ProofKind
from bot.domain.holdings import Holdings
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.rules import RuleState
from bot.domain.selectors import SelectorKind
from bot.jobs.schedule import Pace
from bot.providers.clock import SystemClock
from bot.serve import long_lived_spared, run_client
from bot.store.guild_models import CollectionRow, MembershipRow, RuleRow
from bot.store.migrations import upgrade
from bot.store.models import Base, LinkRow, WalletRow

_FAR = timedelta(days=1)
_SOON = Pace(members=timedelta(seconds=0.1), guild_ready=timedelta(seconds=0.5))


@asynccontextmanager
async def bot_on(discord: DiscordStandIn, pace: Pace = _SOON) -> AsyncIterator[Holdfast]:
    """Run the bot. Every member of the stand-in has one wallet, which was just read; nobody is due."""
    with TemporaryDirectory(prefix="holdfast-bench-") as folder:
        settings = Settings.model_validate(
            {
                "discord": {
                    "token": discord.token,
                    "api_base_url": discord.api_base_url,
                    "gateway_url": discord.gateway_url,
                },
                "database": {"url": f"sqlite+aiosqlite:///{Path(folder) / 'bot.db'}"},
                "providers": {
                    "spacescan": {"base_url": discord.balances_url, "requests_per_minute": 1e12},
                    "loopring": {"enabled": False},
                },
                "logging": {"level": "warning"},
            }
        )
        await upgrade(settings.database.url.get_secret_value())
        clock = SystemClock()
        holdfast = wire(settings, clock, members_intent=False, pace=pace)
        await _fill(holdfast.engine, discord, clock.now())
        with long_lived_spared():
            running = asyncio.create_task(run_client(holdfast, discord.token, clock))
            try:
                await _connected(holdfast, running)
                yield holdfast
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def _connected(holdfast: Holdfast, running: asyncio.Task[None]) -> None:
    async def ready() -> None:
        await holdfast.client.setup_done.wait()
        await holdfast.client.wait_until_ready()

    waiting = asyncio.create_task(ready())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        running.result()


async def make_members_due(holdfast: Holdfast) -> None:
    """Let everybody's roles be looked at now."""
    async with holdfast.engine.begin() as connection:
        await connection.execute(update(MembershipRow).values(revision=MembershipRow.revision + 1))


async def _fill(engine: AsyncEngine, discord: DiscordStandIn, now: datetime) -> None:
    members = [(guild.id, user_id) for guild in discord.guilds for user_id in guild.user_ids]
    wallets: list[dict[str, object]] = [
        {
            "id": number + 1,
            "network": Network.CHIA_MAINNET,
            "address": address(number),
            "due_at": now + _FAR,
            "read_at": now,
            "tried_at": now,
            "source": "spacescan",
            "unknown_detail": "",
            "failures": 0,
            "holdings_digest": Holdings().digest,
        }
        for number in range(len(members))
    ]
    links: list[dict[str, object]] = [
        {
            "wallet_id": number + 1,
            "user_id": user_id,
            "guild_id": guild_id,
            "proof": ProofKind.CHIP_0002,
            "proven_at": now,
        }
        for number, (guild_id, user_id) in enumerate(members)
    ]
    memberships: list[dict[str, object]] = [
        {
            "guild_id": guild_id,
            "user_id": user_id,
            "presence": Presence.PRESENT,
            "revision": 1,
            "settled": 1,
            "due_at": None,
            "failures": 0,
        }
        for guild_id, user_id in members
    ]
    collections: list[dict[str, object]] = [
        {
            "guild_id": guild.id,
            "name": "friends",
            "network": Network.CHIA_MAINNET,
            "kind": SelectorKind.CHIA_COLLECTION,
            "items": [COLLECTIONS[0]],
            "created_at": now,
        }
        for guild in discord.guilds
    ]
    rules: list[dict[str, object]] = [
        {
            "guild_id": guild.id,
            "role_id": role_id,
            "role_name": f"role {number}",
            "expression": "not friends >= 1000",  # nobody has a thousand, so everybody gets the role
            "grace": timedelta(0),
            "state": RuleState.ACTIVE,
            "state_note": "",
        }
        for guild in discord.guilds
        for number, role_id in enumerate(guild.role_ids)
    ]
    tables: tuple[tuple[type[Base], list[dict[str, object]]], ...] = (
        (WalletRow, wallets),
        (LinkRow, links),
        (MembershipRow, memberships),
        (CollectionRow, collections),
        (RuleRow, rules),
    )
    for table, rows in tables:
        async with engine.begin() as connection:
            await connection.execute(insert(table), rows)

"""A database full of wallets, members, servers and rules, and the services that work on it, for benchmarks."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.stand_in import COLLECTIONS, StandIn, address
from bot.app import Holdfast, wire
from bot.config import Settings
from bot.domain import chia_ids
from bot.domain.challenges import ProofKind
from bot.domain.holdings import Holdings
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.rules import RuleState
from bot.domain.selectors import SelectorKind
from bot.providers.clock import SystemClock
from bot.store.engine import create_engine
from bot.store.guild_models import CollectionRow, MembershipRow, RuleRow
from bot.store.migrations import upgrade
from bot.store.models import Base, LinkRow, WalletRow

_ROWS_AT_ONCE = 5_000
FIRST_GUILD = 1_000
FIRST_USER = 1_000_000
FIRST_ROLE = 500_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a town is. Every member is in one server, `servers` share them evenly."""

    wallets: int
    servers: int = 1
    rules: int = 1
    """Per server."""
    is_shared: bool = False
    """Whether every member is in every server instead."""
    held: int = len(COLLECTIONS)
    """So many collections of every server are ones that wallets hold NFTs of; further ones nobody has anything of."""


async def fill(engine: AsyncEngine, size: Size, now: datetime) -> None:
    """Write a town into an empty database. All wallets are due now, nobody has any role."""
    wallets = (
        {
            "id": number + 1,
            "network": Network.CHIA_MAINNET,
            "address": address(number),
            "due_at": now,
            "source": "",
            "unknown_detail": "",
            "failures": 0,
            "holdings_digest": Holdings().digest,
        }
        for number in range(size.wallets)
    )
    links = (
        {
            "wallet_id": number + 1,
            "user_id": FIRST_USER + number,
            "guild_id": FIRST_GUILD,
            "proof": ProofKind.CHIP_0002,
            "proven_at": now,
        }
        for number in range(size.wallets)
    )
    memberships = (
        {
            "guild_id": guild_id,
            "user_id": FIRST_USER + number,
            "presence": Presence.PRESENT,
            "revision": 1,
            "settled": 1,
            "due_at": None,
            "failures": 0,
        }
        for number in range(size.wallets)
        for guild_id in _servers_of(number, size)
    )
    collections = (
        {
            "guild_id": FIRST_GUILD + server,
            "name": f"c{number}",
            "network": Network.CHIA_MAINNET,
            "kind": SelectorKind.CHIA_COLLECTION,
            "items": [COLLECTIONS[number] if number < size.held else _unheld(number)],
            "created_at": now,
        }
        for server in range(size.servers)
        for number in range(size.rules)
    )
    rules = (
        {
            "guild_id": FIRST_GUILD + server,
            "role_id": FIRST_ROLE + number,
            "role_name": f"role {number}",
            # Nobody has a thousand: the verdict is always "not entitled", and Discord need not be there.
            "expression": f"c{number} >= 1000",
            "grace": timedelta(0),
            "state": RuleState.ACTIVE,
            "state_note": "",
        }
        for server in range(size.servers)
        for number in range(size.rules)
    )
    tables: tuple[tuple[type[Base], Iterator[Mapping[str, object]]], ...] = (
        (WalletRow, wallets),
        (LinkRow, links),
        (MembershipRow, memberships),
        (CollectionRow, collections),
        (RuleRow, rules),
    )
    for table, rows in tables:
        while some := [dict(row) for row in islice(rows, _ROWS_AT_ONCE)]:
            async with engine.begin() as connection:
                await connection.execute(insert(table), some)


def _unheld(number: int) -> str:
    return chia_ids.encode(chia_ids.COLLECTION_PREFIX, hashlib.sha256(f"unheld {number}".encode()).digest())


def _servers_of(number: int, size: Size) -> Iterator[int]:
    if size.is_shared:
        return iter(range(FIRST_GUILD, FIRST_GUILD + size.servers))
    return iter((FIRST_GUILD + number % size.servers,))


class StillClock(SystemClock):
    """A clock whose time of day stands still, so that no wallet's own turn comes while a sweep is measured."""

    def __init__(self) -> None:
        self._now = super().now()

    def now(self) -> datetime:
        """Return the same moment until `pass_time` is called."""
        return self._now

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, between two sweeps."""
        self._now += span


@asynccontextmanager
async def town(size: Size, stand_in: StandIn, url: str | None = None) -> AsyncIterator[Holdfast]:
    """Build a town whose wallets the stand-in knows, on SQLite unless a database is given. No quota, no pace."""
    with TemporaryDirectory(prefix="holdfast-bench-") as folder:
        url = url or sqlite_in(Path(folder))
        await build(size, url)
        async with opened(url, stand_in.base_url) as holdfast:
            yield holdfast


def sqlite_in(folder: Path) -> str:
    """The URL of a town's database in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'town.db'}"


async def build(size: Size, url: str) -> None:
    """Make the tables and fill them."""
    await upgrade(url)
    engine = create_engine(url)
    try:
        await fill(engine, size, SystemClock().now())
    finally:
        await engine.dispose()


@asynccontextmanager
async def opened(url: str, balances_url: str) -> AsyncIterator[Holdfast]:
    """Wire the services for a town. Nothing is connected, and time stands still."""
    settings = Settings.model_validate(
        {
            "discord": {"token": "none"},
            "database": {"url": url},
            "providers": {
                "spacescan": {"base_url": balances_url, "requests_per_minute": 1e12},
                "loopring": {"enabled": False},
            },
        }
    )
    holdfast = wire(settings, StillClock(), members_intent=True)
    try:
        yield holdfast
    finally:
        await holdfast.close()

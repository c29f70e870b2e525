"""A bench: one sandbox Discord, one set of balance APIs and one empty database that many schedules are run on."""

import gc
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import aiosqlite
import discord
import pytest
import stamina
import structlog

from bot import app
from bot.app import Holdfast
from bot.config import Settings, load_settings
from bot.gateway import budget
from bot.provider_registry import build_directory
from bot.provider_settings import ProvidersSettings
from bot.providers import spacescan_collections
from bot.providers.http import HttpClient, HttpLimits
from bot.sandbox.balances import SandboxBalances
from bot.sandbox.discord import SandboxDiscord
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.services import planning
from bot.store.engine import create_engine
from bot.store.migrations import upgrade
from tests.fuzz.clock import ManualClock
from tests.fuzz.hooks import FlakyStore, Tripwire, WatchedDirectory, WatchedRefresher
from tests.fuzz.witness import Witness

TestWallet = ChiaTestWallet | EthereumTestWallet
INTERVAL, CONFIRM_AFTER, STALE_AFTER = timedelta(minutes=10), timedelta(minutes=15), timedelta(hours=3)
LARGEST_BODY = 100_000
_LIMITS = HttpLimits(connect=2, read=0.25, total=2, body_bytes=LARGEST_BODY)
"""Short, since a hanging API is only interesting once it is given up."""
_TRIES = 2
NO_BRAKE = 1000
"""More removals than there can be."""
CANARIES = (ChiaTestWallet.from_seed("fuzz canary"), EthereumTestWallet.from_seed("fuzz canary"))
"""One on Chia, one on Loopring."""
_CANARY_SETTINGS = {
    "HOLDFAST_PROVIDERS__SPACESCAN__CANARY": CANARIES[0].address.text,
    "HOLDFAST_PROVIDERS__LOOPRING__CANARY": CANARIES[1].address.text,
}


@dataclass(frozen=True, slots=True)
class Ways:
    """What a bot works with: nothing that members notice, as long as all goes well."""

    members_intent: bool = True
    """Discord tells who comes and leaves."""
    passes: bool = False
    """Wallets are confirmed by lists of who holds a collection, as far as these go, and read by themselves else."""


@dataclass(frozen=True)
class Bench:
    """What schedules share. They run one after the other."""

    discord: SandboxDiscord
    balances: SandboxBalances
    clock: ManualClock
    wallets: tuple[TestWallet, ...]
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def empty_database(self) -> None:
        """Put an empty database with its tables in place of the last one."""
        for old in self.folder.glob("holdfast.db*"):
            old.unlink()
        shutil.copy(self.folder / "template.db", self.database)

    def clear_traffic(self) -> None:
        """Forget what went over the wire."""
        self.discord.traffic.clear()
        for stand_in in self.balances.stand_ins:
            stand_in.requests.clear()

    @property
    def database(self) -> Path:
        """The file."""
        return self.folder / "holdfast.db"

    def settings(self, brake: int, *, canary: bool) -> Settings:
        """The settings of a bot on this bench. So many removals of a role pass within a day."""
        return load_settings(
            None,
            {
                **(_CANARY_SETTINGS if canary else {}),
                "HOLDFAST_DISCORD__TOKEN": self.discord.token,
                "HOLDFAST_DISCORD__API_BASE_URL": self.discord.api_base_url,
                "HOLDFAST_DISCORD__GATEWAY_URL": self.discord.gateway_url,
                "HOLDFAST_DATABASE__URL": f"sqlite+aiosqlite:///{self.database}",
                "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": self.balances.spacescan.base_url,
                "HOLDFAST_PROVIDERS__SPACESCAN__NETWORKS": "chia-mainnet",
                "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": "60000",
                "HOLDFAST_PROVIDERS__LOOPRING__BASE_URL": self.balances.loopring.base_url,
                "HOLDFAST_PROVIDERS__LOOPRING__TESTNET_BASE_URL": self.balances.loopring_testnet.base_url,
                "HOLDFAST_PROVIDERS__LOOPRING__REQUESTS_PER_SECOND": "1000",
                "HOLDFAST_SWEEP__INTERVAL": f"{INTERVAL.seconds}s",
                "HOLDFAST_SWEEP__CONFIRM_AFTER": f"{CONFIRM_AFTER.seconds}s",
                "HOLDFAST_SWEEP__STALE_AFTER": f"{STALE_AFTER.seconds}s",
                "HOLDFAST_SWEEP__BRAKE_MIN": str(brake),
                "HOLDFAST_SWEEP__BRAKE_PERCENT": "0",
            },
        )

    async def start_bot(self, settings: Settings, witness: Witness, tripwire: Tripwire, ways: Ways) -> Holdfast:
        """Wire the bot with the witness and the tripwire in it, and log it in. It gets no gateway: calls are made."""
        replace = partial(self.monkeypatch.setattr, app)

        def watched(providers: ProvidersSettings, http: HttpClient) -> WatchedDirectory:
            return WatchedDirectory(build_directory(providers, http), witness, passes=ways.passes)

        replace("build_directory", watched)
        replace("SqlStore", lambda engine: FlakyStore(engine, tripwire))
        replace("Refresher", WatchedRefresher)
        holdfast = app.wire(settings, self.clock, members_intent=ways.members_intent)
        assert isinstance(holdfast.refresher, WatchedRefresher)
        holdfast.refresher.witness = witness
        await holdfast.client.login(self.discord.token)
        return holdfast


@asynccontextmanager
async def bench(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """Set a bench up. Nothing on it ever waits for real time, but for what a fault makes slow."""
    clock = ManualClock()
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(planning, "_WORTH_COUNTING", 0)
    monkeypatch.setattr(spacescan_collections, "_PAGE_SIZE", 2)  # so that a list of a few NFTs has several pages
    monkeypatch.setattr(budget, "REQUESTS_PER_SECOND", 1_000_000)
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=clock.monotonic), raising=False)
    # One engine for all bots, as it keeps the statements that it has compiled; the database is another one each time.
    monkeypatch.setattr(app, "create_engine", cache(create_engine))
    monkeypatch.setattr(app, "HttpClient", partial(HttpClient, limits=_LIMITS))
    _answer_at_once(monkeypatch)
    await upgrade(f"sqlite+aiosqlite:///{folder / 'template.db'}")
    wallets: tuple[TestWallet, ...] = (
        *(ChiaTestWallet.from_seed(f"fuzz {number}") for number in range(3)),
        *(EthereumTestWallet.from_seed(f"fuzz {number}") for number in range(2)),
    )
    with stamina.set_testing(True, attempts=_TRIES, cap=True), _silence():
        async with SandboxDiscord(clock=clock.timestamp, rate_limits=False) as sandbox, SandboxBalances() as balances:
            gc.collect()
            gc.freeze()  # all that is there by now stays, so that looking for garbage is quick
            try:
                yield Bench(sandbox, balances, clock, wallets, folder, monkeypatch)
            finally:
                gc.unfreeze()


def _answer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite work on the loop's own thread: schedules would make thousands of hops to another one."""

    async def execute(
        connection: aiosqlite.Connection, work: Callable[..., object], *args: object, **named: object
    ) -> object:
        if not connection._running or not connection._connection:
            raise ValueError("Connection closed")
        return work(*args, **named)

    monkeypatch.setattr(aiosqlite.core.Connection, "_execute", execute)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, check_same_thread=False))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep thousands of expected warnings from being rendered."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)

"""How much more several workers read than one, and whether all of them together keep a quota and use it up.

The workers are processes on one PostgreSQL database. The balance API takes 200 ms for each answer, so a worker, which
asks about 16 wallets at a time, reads at most 80 a second. That keeps a processor core busy for a tenth of the time: it
is the waiting that workers share, and two cores are enough for four of them.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks import discord_stand_in, stand_in
from benchmarks.discord_stand_in import DiscordStandIn
from benchmarks.postgres import postgres
from benchmarks.report import Bound, Outcome, Side, UnequalWorkError, same_work
from benchmarks.sizes import sized
from benchmarks.stand_in import Served, StandIn
from benchmarks.town import Size, build, opened
from bot.domain.budgets import for_sweeps
from bot.providers.clock import SystemClock
from bot.providers.meter import until_next_month
from bot.store.engine import create_engine
from bot.store.models import NoteRow, ProviderCallsRow, WalletRow

DELAY = 0.2
"""Seconds until the balance API answers."""
WALLETS = 3_200
LIMITS = {2: 0.85, 4: 0.75}
"""So much of what so many times one worker would read must be read by several."""
MOST = max(LIMITS)
QUOTA = 2_500
"""Calls a month."""
PER_MINUTE = 600
USED = 0.98
_NO_LIMIT = "1e12"
_QUIET_SECONDS = 12.0
"""Without a call for so long, workers have found nothing more to do: they look every five seconds."""
_LONGEST = 300.0
_LOOK_EVERY = 0.25
_SETTLED_SECONDS = 3.0
_RARELY = timedelta(days=150)
_ROOT = Path(__file__).parents[1]


async def workers() -> list[Outcome]:
    """Sweep the same wallets with one, two and four workers, then with four at a pace and inside a month's quota."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres())
        discord = await stack.enter_async_context(discord_stand_in.running(servers=1, members=1))
        api = await stack.enter_async_context(stand_in.running(DELAY))
        engine = create_engine(url)
        stack.push_async_callback(engine.dispose)
        hall = _Hall(url, engine, discord, api, sized(WALLETS))
        await hall.prepare()
        rates = {number: await hall.sweep(number) for number in (1, *LIMITS)}
        outcomes = [
            Outcome(
                f"wallets read by {number} workers ÷ {number} times those of one",
                Side(f"{number} workers", rates[number], "wallets/s"),
                Side(f"{number} × 1 worker", number * rates[1], "wallets/s"),
                Bound.AT_LEAST,
                limit,
            )
            for number, limit in LIMITS.items()
        ]
        # In this order, since the last one leaves readings from the end of the month.
        return outcomes + await hall.keep_a_pace() + await hall.spend_a_quota()


class _Hall:
    """Where workers work: a database full of wallets, and the services around it."""

    def __init__(self, url: str, engine: AsyncEngine, discord: DiscordStandIn, api: StandIn, wallets: int) -> None:
        self._url = url
        self._engine = engine
        self._discord = discord
        self._api = api
        self._wallets = wallets

    async def prepare(self) -> None:
        """Fill the database, and read every wallet once: what is measured are sweeps that find nothing new."""
        await build(Size(self._wallets), self._url)
        async with stand_in.running() as quick, opened(self._url, quick.base_url) as holdfast:
            tally = await holdfast.sweeper.run_once(everything=True)
        same_work("wallets of the first sweep", (tally.wallets_read, tally.wallets_unknown), (self._wallets, 0))

    async def sweep(self, number: int) -> float:
        """Have all wallets read by so many workers. Returns how many they read in a second."""
        async with self._at_work(number):
            await self._begin()
            served = await self._until(lambda served: served.calls >= self._wallets)
            await asyncio.sleep(1)
            served = await self._api.served()
        same_work("calls, and the wallets that they were about", (served.calls, served.wallets), (self._wallets,) * 2)
        await self._check_all_known()
        return served.wallets / served.seconds

    async def spend_a_quota(self) -> list[Outcome]:
        """Have more wallets due than the month has calls, in the last hours of the month, when all may be spent."""
        quota = sized(QUOTA)
        clock = SystemClock()
        ahead = until_next_month(clock.now()) - timedelta(hours=6)
        allowed = for_sweeps(quota)
        if allowed >= self._wallets:
            raise UnequalWorkError(f"{self._wallets} wallets do not use up {allowed} calls")
        async with self._engine.begin() as connection:
            await connection.execute(delete(ProviderCallsRow))
        async with self._at_work(MOST, ahead, MONTHLY_QUOTA=str(quota)):
            await self._begin(ahead)
            served = await self._until_quiet()
        return _spent(f"a month's quota, {MOST} workers", served.calls, allowed)

    async def keep_a_pace(self) -> list[Outcome]:
        """Have more wallets due than the pace allows in a minute, and look at that minute."""
        allowed = sized(PER_MINUTE)
        if 2 * allowed > self._wallets:
            raise UnequalWorkError(f"{self._wallets} wallets do not take longer than a minute at {allowed} calls")
        async with self._at_work(MOST, REQUESTS_PER_MINUTE=str(allowed)):
            await self._begin()
            served = await self._until(lambda served: served.seconds > 60 + DELAY)
        title = f"calls at a pace of {allowed} a minute, {MOST} workers"
        return [
            *_spent(f"{title}, the first minute", served.first_minute, allowed),
            Outcome(
                f"{title}, the busiest 60 seconds",
                Side("made", served.busiest_minute, "calls"),
                Side("allowed", allowed, "calls"),
                Bound.AT_MOST,
                1.0,
            ),
        ]

    async def _begin(self, ahead: timedelta = timedelta(0)) -> None:
        await self._api.reset()
        await self._make_due(SystemClock().now() + ahead)

    async def _make_due(self, at: datetime) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(WalletRow).values(due_at=at))

    async def _check_all_known(self) -> None:
        async with self._engine.connect() as connection:
            unknown = await connection.scalar(select(func.count()).where(WalletRow.unknown.is_not(None)))
            due = await connection.scalar(select(func.count()).where(WalletRow.due_at <= SystemClock().now()))
        same_work("wallets that are unknown or still due", (unknown, due), (0, 0))

    async def _until(self, is_done: Callable[[Served], bool]) -> Served:
        async with asyncio.timeout(_LONGEST):
            while True:
                served = await self._api.served()
                if is_done(served):
                    return served
                await asyncio.sleep(_LOOK_EVERY)

    async def _until_quiet(self) -> Served:
        served = await self._until(lambda served: served.calls > 0)
        while True:
            before = served
            await asyncio.sleep(_QUIET_SECONDS)
            served = await self._api.served()
            if served.calls == before.calls:
                return served

    @asynccontextmanager
    async def _at_work(self, number: int, ahead: timedelta = timedelta(0), **spacescan: str) -> AsyncIterator[None]:
        """Run so many workers, which have begun to look for work and find none."""
        await self._make_due(SystemClock().now() + _RARELY)
        environment = self._environment({"REQUESTS_PER_MINUTE": _NO_LIMIT, **spacescan})
        with TemporaryDirectory(prefix="holdfast-bench-") as folder:
            log = Path(folder) / "workers.log"
            running = [await _start(environment, ahead, log) for _ in range(number)]
            try:
                await self._ready(running, log)
                yield
            finally:
                for process in running:
                    if process.returncode is None:
                        process.terminate()
                codes = [await process.wait() for process in running]
            if any(codes):
                raise RuntimeError(f"workers ended with {codes}: {_end_of(log)}")

    def _environment(self, spacescan: Mapping[str, str]) -> Mapping[str, str]:
        return {
            **os.environ,
            "HOLDFAST_DISCORD__TOKEN": self._discord.token,
            "HOLDFAST_DISCORD__API_BASE_URL": self._discord.api_base_url,
            "HOLDFAST_DATABASE__URL": self._url,
            "HOLDFAST_JOBS__ENGINE": "procrastinate",
            "HOLDFAST_SWEEP__INTERVAL": f"{_RARELY.days}d",
            "HOLDFAST_SWEEP__STALE_AFTER": f"{2 * _RARELY.days}d",
            "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": self._api.base_url,
            "HOLDFAST_PROVIDERS__LOOPRING__ENABLED": "false",
            "HOLDFAST_LOGGING__LEVEL": "warning",
            **{f"HOLDFAST_PROVIDERS__SPACESCAN__{name}": value for name, value in spacescan.items()},
        }

    async def _ready(self, running: list[asyncio.subprocess.Process], log: Path) -> None:
        """Wait until every process has shown a sign of life, and no more of them takes a place at a queue."""
        pids = {str(process.pid) for process in running}
        queues, since = 0, time.monotonic()
        async with asyncio.timeout(_LONGEST):
            while pids or not queues or time.monotonic() < since + _SETTLED_SECONDS:
                if any(process.returncode is not None for process in running):
                    raise RuntimeError(f"a worker did not start: {_end_of(log)}")
                async with self._engine.connect() as connection:
                    signs = await connection.scalars(select(NoteRow.text).where(NoteRow.name.like("process:%")))
                    pids.difference_update(*(sign.split() for sign in signs))
                    now = await connection.scalar(text("SELECT count(*) FROM procrastinate_workers")) or 0
                if now != queues:
                    queues, since = now, time.monotonic()
                await asyncio.sleep(_LOOK_EVERY)


def _spent(title: str, calls: int, allowed: int) -> list[Outcome]:
    sides = (Side("made", calls, "calls"), Side("allowed", allowed, "calls"))
    return [
        Outcome(f"{title}: not exceeded", *sides, Bound.AT_MOST, 1.0),
        Outcome(f"{title}: used", *sides, Bound.AT_LEAST, USED),
    ]


def _end_of(log: Path) -> str:
    return log.read_text()[-2_000:]


async def _start(environment: Mapping[str, str], ahead: timedelta, log: Path) -> asyncio.subprocess.Process:
    with log.open("a") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks.worker", str(ahead.total_seconds())),
            stdout=file,
            stderr=file,
            cwd=_ROOT,
            env=environment,
        )

"""Two bots on one PostgreSQL database, by either engine: together they make one sweep."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.app import Holdfast, wire
from bot.config import JobEngine
from bot.demo.stage import QUICK, Stage
from bot.domain.challenges import ProofKind
from bot.domain.drafts import DraftKind, Proposal
from bot.domain.networks import Network
from bot.domain.selectors import SelectorKind
from bot.providers.clock import SystemClock
from bot.sandbox.discord import Role, SandboxDiscord, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.admins import Admin
from tests.e2e.acting import FRIENDS, Server, eventually, friend, hurried
from tests.postgres import Database

MEMBERS = 12
_TO_RECOVER = 40
"""Seconds. A job that was cut off at a bad moment is found and begun anew, which takes its time on a busy machine."""
MAY_LOSE = 3
"""So many may lose a role before the brake holds the others back."""


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


@pytest.fixture
def engine() -> JobEngine:
    return JobEngine.LOCAL


@pytest.fixture
async def quiet_stage(
    tmp_path: Path, database_url: str, engine: JobEngine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Without a bot, so that a test starts as many as it wants."""
    with hurried(monkeypatch):
        settings = {
            "HOLDFAST_DATABASE__URL": database_url,
            "HOLDFAST_JOBS__ENGINE": engine.value,
            "HOLDFAST_SWEEP__BRAKE_MIN": str(MAY_LOSE),
            "HOLDFAST_SWEEP__BRAKE_PERCENT": "0",
        }
        stage = Stage(tmp_path, SystemClock(), settings=settings, discord=SandboxDiscord(rate_limits=False))
        async with AsyncExitStack() as ending:
            ending.push_async_callback(stage.close)
            await stage.set_up()
            yield stage


@pytest.fixture
async def bots(quiet_stage: Stage) -> AsyncIterator[tuple[Holdfast, Holdfast]]:
    """Two, logged in over REST, whose clocks stand still."""
    async with AsyncExitStack() as ending:
        both = []
        for _ in range(2):
            holdfast = wire(quiet_stage.settings, SystemClock(), members_intent=True, pace=QUICK, is_worker=True)
            ending.push_async_callback(holdfast.close)
            await holdfast.client.login(quiet_stage.discord.token)
            both.append(holdfast)
        yield both[0], both[1]


async def furnished(
    stage: Stage, holdfast: Holdfast, name: str = "clock", members: int = MEMBERS
) -> tuple[Server, Role, list[User]]:
    """A role for who holds two friends, and members with a wallet each that nobody has read yet."""
    server = Server.opened(stage, name)
    role = server.role("Holder")
    admin = Admin(server.guild.id, server.owner.id, frozenset())
    network = Network.CHIA_MAINNET
    await holdfast.services.collections.add(admin, "friends", network, SelectorKind.CHIA_COLLECTION, FRIENDS)
    drafting = holdfast.services.drafting
    proposed = await drafting.propose(admin, Proposal(DraftKind.ADD, role.id, "friends >= 2"))
    await drafting.confirm(admin, proposed.draft.id)
    return server, role, await linked(server, holdfast, [f"{name} {number}" for number in range(members)])


async def linked(server: Server, holdfast: Holdfast, names: Sequence[str], friends: int = 2) -> list[User]:
    """Members who hold so many friends each, in wallets that nobody has read yet."""
    users = [server.joined(name) for name in names]
    now = holdfast.services.clock.now()
    async with holdfast.store.unit() as unit:
        for number, user in enumerate(users):
            wallet = ChiaTestWallet.from_seed(user.name)
            server.hand(wallet, *(friend(2 * number + each) for each in range(friends)))
            known = await unit.wallets.ensure(wallet.address, now)
            await unit.links.add(known.id, user.id, server.guild.id, ProofKind.CHIP_0002, now)
            await unit.members.meet(server.guild.id, user.id, now)
    return users


@pytest.mark.parametrize("engine", list(JobEngine))
async def test_two_processes_on_one_database_make_one_sweep(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast]
) -> None:
    server, role, users = await furnished(quiet_stage, bots[0])
    for bot in bots:
        bot.clockwork.start()

    async def all_settled() -> bool:
        async with bots[0].store.unit() as unit:
            due = await unit.members.due(bots[0].services.clock.now(), 1)
        return not due and all(server.has(user, role) for user in users)

    await eventually(all_settled)
    for bot in bots:
        await bot.clockwork.stop()

    stand_in = server.balances_of(ChiaTestWallet.from_seed("clock 0"))
    read = Counter(request.path for request in stand_in.requests)
    assert len(read) == MEMBERS
    assert set(read.values()) == {1}, "a wallet was read twice"
    assert len(quiet_stage.discord.traffic.role_writes) == MEMBERS, "a role was written twice"


async def test_a_member_is_reconciled_by_one_bot_at_a_time_and_the_brake_counts_what_both_do(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast]
) -> None:
    server, role, users = await furnished(quiet_stage, bots[0])
    await bots[0].sweeper.refresh_due(Network.CHIA_MAINNET)
    await asyncio.gather(*(bot.reconciler.reconcile(server.guild.id, user.id) for user in users for bot in bots))
    assert all(server.has(user, role) for user in users)
    assert len(quiet_stage.discord.traffic.role_writes) == MEMBERS

    for number in range(MEMBERS):
        wallet = ChiaTestWallet.from_seed(f"clock {number}")
        server.balances_of(wallet).set_holdings(wallet.address, server.balances_of(wallet).holdings(wallet.address)[:1])
    async with bots[0].store.unit() as unit:
        await unit.wallets.make_due(bots[0].services.clock.now())
    await bots[0].sweeper.refresh_due(Network.CHIA_MAINNET)
    await asyncio.gather(
        *(bots[number % 2].reconciler.reconcile(server.guild.id, user.id) for number, user in enumerate(users))
    )
    assert sum(server.has(user, role) for user in users) == MEMBERS - MAY_LOSE


@pytest.mark.parametrize("engine", [JobEngine.PROCRASTINATE])
async def test_a_bot_without_jobs_answers_while_a_worker_sweeps(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast]
) -> None:
    server, role, users = await furnished(quiet_stage, bots[0])
    await quiet_stage.start_bot(with_jobs=False)
    assert await bots[0].housekeeping.last_beat() is None, "nobody does the jobs yet"
    bots[0].clockwork.start()
    for user in users:
        await server.gives(user, role)

    async def is_at_work() -> bool:
        return await bots[0].housekeeping.last_beat() is not None

    await eventually(is_at_work)
    assert "You meet this" in (await server.use(users[0], "roles why")).text


@pytest.mark.parametrize("engine", list(JobEngine))
async def test_a_sweep_goes_on_after_all_connections_to_the_database_broke(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast]
) -> None:
    server, role, users = await furnished(quiet_stage, bots[0])
    for bot in bots:
        bot.clockwork.start()
    await quiet_stage.discord.until(lambda: any(server.has(user, role) for user in users))
    async with bots[0].engine.connect() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        await connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    for user in users:
        await server.gives(user, role, timeout=_TO_RECOVER)
    read = Counter(request.path for request in server.balances_of(ChiaTestWallet.from_seed("clock 0")).requests)
    assert max(read.values()) <= 2

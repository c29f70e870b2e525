"""`kill -9` of one of two workers in the middle of a sweep that both make: the other one ends it."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from bot.app import Holdfast
from bot.config import JobEngine
from bot.demo.stage import Stage
from bot.sandbox.balances import SandboxBalances
from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.signs_of_life import SignsOfLife
from tests.crash.victim import CONTEXT, work_quickly
from tests.e2e.acting import FRIENDS, eventually, friend
from tests.e2e.test_two_clocks import bots, database, furnished, linked, quiet_stage

__all__ = ["bots", "database", "quiet_stage"]

HOLDERS, OTHERS = 20, 120
_PER_MINUTE = 3_100
"""Slow enough for both to get their part, and fast enough for a service that one process alone cannot use up."""
_LONG = 90.0
"""Seconds; a busy machine may take so long."""
_KILLED_AT = 4
"""One is killed when its balance service has decided on so many answers, and that of the other one on some."""


@pytest.fixture
def engine() -> JobEngine:
    return JobEngine.PROCRASTINATE


@pytest.fixture
async def other_balances() -> AsyncIterator[SandboxBalances]:
    """The services that the second worker asks, so that a test can tell who reads what."""
    async with SandboxBalances() as balances:
        yield balances


@pytest.fixture
async def workers(
    quiet_stage: Stage, other_balances: SandboxBalances, tmp_path: Path
) -> AsyncIterator[tuple[ForkServerProcess, ForkServerProcess]]:
    """Two processes that are not started yet."""
    both = []
    for balances in (quiet_stage.balances, other_balances):
        environment = quiet_stage.environment | {
            "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": str(_PER_MINUTE),
            "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": balances.spacescan.base_url,
        }
        log = str(tmp_path / "workers.log")
        both.append(CONTEXT.Process(target=work_quickly, args=(environment, log), daemon=True))
    yield both[0], both[1]
    for one in both:
        if one.pid is not None:
            one.kill()
            await asyncio.to_thread(one.join)


@pytest.mark.timeout(300)
async def test_one_of_two_workers_is_killed_and_the_other_one_ends_the_sweep(
    quiet_stage: Stage,
    bots: tuple[Holdfast, Holdfast],
    workers: tuple[ForkServerProcess, ForkServerProcess],
    other_balances: SandboxBalances,
) -> None:
    mine, others = quiet_stage.balances.spacescan, other_balances.spacescan
    for number in range(HOLDERS):
        wallet = ChiaTestWallet.from_seed(f"holder {number}")
        for asset in (friend(2 * number), friend(2 * number + 1)):
            others.give(wallet.address, asset, collection_id=FRIENDS)

    def heard(_: BalanceRequest) -> None:
        if mine.count() >= _KILLED_AT and others.count() > 0 and workers[0].pid is not None:
            mine.after_each_request(None)
            others.after_each_request(None)
            os.kill(workers[0].pid, signal.SIGKILL)

    mine.after_each_request(heard)
    others.after_each_request(heard)
    for worker in workers:
        worker.start()
    signs = SignsOfLife(bots[0].store, bots[0].services.clock)

    async def both_are_there() -> bool:
        return len(await signs.seen()) == 2

    await eventually(both_are_there, _LONG)
    server, role, _ = await furnished(quiet_stage, bots[0], members=0)
    await linked(server, bots[0], [f"other {number}" for number in range(OTHERS)], friends=0)
    users = await linked(server, bots[0], [f"holder {number}" for number in range(HOLDERS)])
    await asyncio.to_thread(workers[0].join)
    assert workers[0].exitcode == -signal.SIGKILL
    assert not all(server.has(user, role) for user in users)

    async def all_settled() -> bool:
        async with bots[0].store.unit() as unit:
            due = await unit.members.due(bots[0].services.clock.now(), 1)
        return not due

    await quiet_stage.discord.until(lambda: all(server.has(user, role) for user in users), _LONG)
    await eventually(all_settled, _LONG)
    read = Counter(request.path for request in (*mine.requests, *others.requests))
    assert len(read) == HOLDERS + OTHERS
    assert max(read.values()) <= 2, "a wallet was read more than once more"
    assert len(quiet_stage.discord.traffic.role_writes) == HOLDERS, "a role was written twice"

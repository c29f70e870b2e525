"""`kill -9` of a worker in the middle of a sweep: another one ends the sweep."""

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
from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.wallets import ChiaTestWallet
from tests.crash.victim import CONTEXT, work_quickly
from tests.e2e.acting import eventually
from tests.e2e.test_two_clocks import MEMBERS, bots, database, furnished, quiet_stage

__all__ = ["bots", "database", "quiet_stage"]

_KILLED_AT = 4
"""The worker is killed when the balance service has decided on so many answers."""


@pytest.fixture
def engine() -> JobEngine:
    return JobEngine.PROCRASTINATE


@pytest.fixture
async def workers(quiet_stage: Stage, tmp_path: Path) -> AsyncIterator[list[ForkServerProcess]]:
    """Two that are not started yet."""
    arguments = (quiet_stage.environment, str(tmp_path / "workers.log"))
    both = [CONTEXT.Process(target=work_quickly, args=arguments, daemon=True) for _ in range(2)]
    yield both
    for one in both:
        if one.pid is not None:
            one.kill()
            await asyncio.to_thread(one.join)


async def test_another_worker_ends_the_sweep_of_one_that_was_killed(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast], workers: list[ForkServerProcess]
) -> None:
    server, role, users = await furnished(quiet_stage, bots[0])
    stand_in = server.balances_of(ChiaTestWallet.from_seed("clock 0"))
    answers = 0

    def heard(_: BalanceRequest) -> None:
        nonlocal answers
        answers += 1
        if answers == _KILLED_AT and workers[0].pid is not None:
            os.kill(workers[0].pid, signal.SIGKILL)

    stand_in.after_each_request(heard)
    workers[0].start()
    await asyncio.to_thread(workers[0].join)
    assert workers[0].exitcode == -signal.SIGKILL
    assert not all(server.has(user, role) for user in users)

    workers[1].start()

    async def all_settled() -> bool:
        async with bots[0].store.unit() as unit:
            due = await unit.members.due(bots[0].services.clock.now(), 1)
        return not due and all(server.has(user, role) for user in users)

    await eventually(all_settled)
    read = Counter(request.path for request in stand_in.requests)
    assert len(read) == MEMBERS
    assert max(read.values()) <= 2, "a wallet was read more than once more"
    assert len(quiet_stage.discord.traffic.role_writes) == MEMBERS, "a role was written twice"

"""Discord's limits hold for all processes of a bot together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from bot.app import Holdfast
from bot.config import JobEngine
from bot.demo.stage import Stage
from bot.sandbox.discord import MEMBER_ROLE
from bot.sandbox.discord.ratelimits import Allowance, BucketRule
from bot.sandbox.wallets import ChiaTestWallet
from tests.crash.victim import CONTEXT, work_quickly
from tests.e2e.acting import eventually, friend
from tests.e2e.test_two_clocks import bots, database, furnished, quiet_stage

__all__ = ["bots", "database", "quiet_stage"]

RATE = 10
"""Requests a second of all workers together, and a burst of 5 besides: two that do not know of each other exceed twice
as much, and two that do stay far below it, even where a busy machine sends some of them late."""
LONG = 90.0
"""Seconds; a busy machine may take so long."""


@pytest.fixture
def engine() -> JobEngine:
    return JobEngine.PROCRASTINATE


@pytest.fixture
async def workers(quiet_stage: Stage, tmp_path: Path) -> AsyncIterator[list[ForkServerProcess]]:
    """Two processes that are not started yet."""
    environment = quiet_stage.environment | {"HOLDFAST_DISCORD__REQUESTS_PER_SECOND": str(RATE)}
    arguments = (environment, str(tmp_path / "workers.log"))
    both = [CONTEXT.Process(target=work_quickly, args=arguments, daemon=True) for _ in range(2)]
    yield both
    for one in both:
        if one.pid is not None:
            one.kill()
            await asyncio.to_thread(one.join)


def limit_roles(stage: Stage, requests: int, seconds: float) -> None:
    """Let each server's limit be so many role changes, in a window that a test can wait for."""
    limits = stage.discord.rate_limits
    limits.enabled = True
    for method in ("PUT", "DELETE"):
        limits.rules[method, MEMBER_ROLE] = BucketRule("member-roles", Allowance(requests, seconds))


@pytest.mark.timeout(300)
async def test_two_workers_write_in_several_servers_and_stay_within_all_limits(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast], workers: list[ForkServerProcess]
) -> None:
    limit_roles(quiet_stage, 10, 0.5)
    quiet_stage.discord.rate_limits.global_per_second = 2 * RATE
    servers = [await furnished(quiet_stage, bots[0], f"server {number}", members=10) for number in range(3)]
    quiet_stage.discord.traffic.clear()
    for worker in workers:
        worker.start()

    async def all_have_it() -> bool:
        return all(server.has(user, role) for server, role, users in servers for user in users)

    await eventually(all_have_it, LONG)
    assert quiet_stage.discord.rate_limits.limited == 0
    assert len(quiet_stage.discord.traffic.role_writes) == 30, "a role was written twice"


@pytest.mark.timeout(300)
async def test_people_are_served_ahead_of_a_sweep_that_another_process_makes(
    quiet_stage: Stage, bots: tuple[Holdfast, Holdfast], workers: list[ForkServerProcess]
) -> None:
    """The sweep has more to write than fits into the test: whoever is served at all was served ahead of it."""
    server, role, swept = await furnished(quiet_stage, bots[0], members=150)
    people = [server.joined(f"person {number}") for number in range(10)]
    for number, person in enumerate(people):
        server.hand(ChiaTestWallet.from_seed(person.name), friend(1_000 + 2 * number), friend(1_001 + 2 * number))
    limit_roles(quiet_stage, 4, 1.0)
    await quiet_stage.start_bot(with_jobs=False)
    quiet_stage.discord.traffic.clear()
    workers[0].start()
    await quiet_stage.discord.until(lambda: any(server.has(user, role) for user in swept), LONG)

    await asyncio.gather(*(server.link(person, ChiaTestWallet.from_seed(person.name)) for person in people))
    assert all(server.has(person, role) for person in people)
    assert not all(server.has(user, role) for user in swept)
    writes = Counter(write.path for write in quiet_stage.discord.traffic.role_writes)
    assert set(writes.values()) == {1}, "a role was written twice"
    assert quiet_stage.discord.rate_limits.limited == 0

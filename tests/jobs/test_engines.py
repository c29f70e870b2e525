"""What both engines that run jobs promise, each on a real PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from enum import Enum, auto
from functools import partial

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.domain.errors import StoreBusyError
from bot.jobs.clockwork import Clockwork, Job, Parts
from bot.jobs.queue import JobQueue, QueuePace
from bot.store.engine import create_engine
from bot.store.turns import PostgresTurns
from tests.e2e.acting import eventually
from tests.jobs.work import OFTEN, Work
from tests.postgres import Database

QUICK = QueuePace(poll=0.02, heartbeat=0.1, stalled=0.8)

Engine = Clockwork | JobQueue
Start = Callable[..., Engine]


class Kind(Enum):
    LOCAL = auto()
    PROCRASTINATE = auto()


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.name.lower())
async def start(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Start]:
    """Starts engines, each as in a process of its own on one database."""
    kind: Kind = request.param
    async with AsyncExitStack() as ending:

        def start_one(*jobs: Job) -> Engine:
            engine: Engine
            if kind is Kind.PROCRASTINATE:
                engine = JobQueue(jobs, database_url, QUICK)
            else:
                connections = create_engine(database_url)
                ending.push_async_callback(connections.dispose)
                turns = PostgresTurns(connections)
                ending.push_async_callback(turns.close)
                engine = Clockwork(jobs, turns)
            ending.push_async_callback(engine.stop)
            engine.start()
            return engine

        yield start_one


async def test_a_job_is_run_again_and_again_but_never_twice_at_once(start: Start) -> None:
    held, other = Work(), Work()
    held.go_on.clear()
    start(Job("held", OFTEN, held.run), Job("other", OFTEN, other.run))
    await other.has_run(4)
    assert held.most_at_once == 1
    held.go_on.set()
    await held.has_run(2)
    assert held.most_at_once == 1


async def test_not_even_in_two_processes_is_a_job_run_twice_at_once(start: Start) -> None:
    held, other = Work(), Work()
    held.go_on.clear()
    for _ in range(2):
        start(Job("held", OFTEN, held.run), Job("other", OFTEN, other.run))
    await other.has_run(6)
    assert held.most_at_once == 1
    held.go_on.set()
    await held.has_run(2)
    assert held.most_at_once == other.most_at_once == 1


async def test_what_is_running_may_finish_before_the_end(start: Start) -> None:
    work = Work()
    work.go_on.clear()
    engine = start(Job("work", OFTEN, work.run))
    await work.begun.wait()
    asyncio.get_running_loop().call_later(0.05, work.go_on.set)
    await engine.stop()
    assert work.runs == 1


async def test_what_does_not_finish_in_time_is_cut_short(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.05)
    monkeypatch.setattr("bot.jobs.queue.PATIENCE", 0.05)
    work = Work()
    work.go_on.clear()
    engine = start(Job("work", OFTEN, work.run))
    await work.begun.wait()
    await engine.stop()
    assert work.at_once == 0
    assert work.runs == 0


async def test_trouble_ends_a_tick_and_neither_the_job_nor_the_others(start: Start) -> None:
    work, other = Work(), Work()
    troubles: list[Exception] = [StoreBusyError("The database is busy."), RuntimeError("a bug")]

    async def run() -> bool:
        if troubles:
            raise troubles.pop(0)
        return await work.run()

    with capture_logs() as lines:
        engine = start(Job("work", OFTEN, run), Job("other", OFTEN, other.run))
        await work.has_run(1)
        await other.has_run(1)
        await engine.stop()
    assert [line["event"] for line in lines] == ["job.postponed", "job.failed"]


async def test_more_work_is_done_without_waiting_for_the_next_tick(start: Start) -> None:
    work = Work()

    async def run() -> bool:
        await work.run()
        return work.runs < 100

    start(Job("work", timedelta(minutes=1), run), Job("quick", OFTEN, run))
    await work.has_run(100)


async def test_each_part_of_a_job_is_done_again_and_again_but_never_twice_at_once(start: Start) -> None:
    works = {number: Work() for number in range(3)}
    for _ in range(2):
        start(parted(works))
    for work in works.values():
        await work.has_run(3)
    assert {work.most_at_once for work in works.values()} == {1}


async def test_jobs_go_on_after_the_database_was_away(start: Start, database_url: str) -> None:
    work = Work()
    start(Job("work", OFTEN, work.run))
    await work.has_run(1)
    await _end_all_sessions(database_url)
    await work.has_run(work.runs + 3)


def parted(works: Mapping[int, Work], amounts: Mapping[int, int] | None = None, at_once: int = 10) -> Job:
    """A job whose parts have something to do all the time, or as much as `amounts` says, once."""

    async def run() -> bool:
        await asyncio.gather(*(work.run() for work in works.values()))
        return False

    async def find(at_work: Collection[int]) -> tuple[Mapping[int, int], bool]:
        amount = {number: 1 if amounts is None else amounts.get(number, 0) for number in works}
        busy = {number for number, work in works.items() if amounts is not None and work.runs}
        return {number: amount[number] for number in works.keys() - at_work - busy if amount[number]}, False

    async def run_part(number: int) -> bool:
        return await works[number].run()

    return Job("parted", OFTEN, run, parts=Parts("part", find, run_part, at_once))


async def test_a_part_that_takes_long_holds_no_other_part_up(database_url: str) -> None:
    works = {number: Work() for number in range(3)}
    works[1].go_on.clear()
    engine = JobQueue((parted(works),), database_url, QUICK)
    engine.start()
    await works[0].has_run(3)
    await works[2].has_run(3)
    assert works[1].at_once <= 1
    works[1].go_on.set()
    await works[1].has_run(2)
    await engine.stop()


async def test_the_part_with_the_least_to_do_goes_first(database_url: str) -> None:
    works = {number: Work() for number in range(4)}
    amounts = {0: 1}
    ended: list[int] = []
    for number, work in works.items():
        work.on_end = partial(ended.append, number)
    works[0].go_on.clear()
    engine = JobQueue((parted(works, amounts, at_once=1),), database_url, QUICK)
    engine.start()
    await works[0].begun.wait()
    amounts |= {1: 50, 2: 1, 3: 10}
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'part' AND status = 'todo'"

    async def all_wait() -> bool:
        return await _execute(database_url, waiting) == 3

    await eventually(all_wait)
    works[0].go_on.set()
    await works[1].has_run(1)
    await engine.stop()
    assert ended == [0, 2, 3, 1]


async def test_a_job_that_ended_while_the_database_was_away_is_run_again(database_url: str) -> None:
    """Nothing in the queue says that it has ended, and the process that ran it is alive."""
    work = Work()
    work.go_on.clear()
    engine = JobQueue((Job("work", OFTEN, work.run),), database_url, QUICK)
    engine.start()
    await work.begun.wait()
    connections = create_engine(database_url)
    ending = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%procrastinate_finish_job%'"

    async def has_cut_the_ending_short() -> bool:
        return await _execute(database_url, f"SELECT count(pg_terminate_backend(pid)) {ending}") > 0

    async with connections.connect() as connection:
        await connection.execute(text("LOCK TABLE procrastinate_jobs"))
        work.go_on.set()
        await eventually(has_cut_the_ending_short)
        await connection.rollback()
    await work.has_run(2)
    await engine.stop()
    await connections.dispose()


async def test_an_engine_that_never_started_can_be_stopped(database_url: str) -> None:
    await JobQueue((), database_url, QUICK).stop()


async def test_the_job_of_a_process_that_died_is_taken_up_by_another(database_url: str) -> None:
    await _execute(
        database_url,
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        " RETURNING id)"
        " INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id)"
        " SELECT 'jobs', 'holdfast:work', 'job:work', 'job:work', 'doing', id FROM dead",
    )
    work = Work()
    engine = JobQueue((Job("work", OFTEN, work.run),), database_url, QUICK)
    engine.start()
    await work.has_run(2)
    await engine.stop()


async def test_finished_jobs_leave_nothing_behind(database_url: str) -> None:
    work = Work()
    engine = JobQueue((Job("work", OFTEN, work.run),), database_url, QUICK)
    engine.start()
    await work.has_run(5)
    await engine.stop()
    assert await _execute(database_url, "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'todo'") == 0
    assert await _execute(database_url, "SELECT count(*) FROM procrastinate_jobs") <= 1
    assert await _execute(database_url, "SELECT count(*) FROM procrastinate_workers") == 0
    assert await _execute(database_url, "SELECT count(*) FROM procrastinate_events") <= 1
    assert await _execute(database_url, "SELECT count(*) FROM procrastinate_periodic_defers") <= 1


async def _execute(url: str, statement: str) -> int:
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return int(result.scalar_one()) if result.returns_rows else 0
    finally:
        await engine.dispose()


async def _end_all_sessions(url: str) -> None:
    await _execute(
        url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def test_it_can_be_stopped_at_any_moment_however_many_wait_for_the_database(database_url: str) -> None:
    for moment in range(8):
        work = Work()
        jobs = tuple(Job(f"part {number}", OFTEN, work.run) for number in range(60))
        engine = JobQueue((*jobs, Job("rare", timedelta(hours=1), work.run)), database_url, QUICK)
        engine.start()
        await work.has_run(1)
        await asyncio.sleep(moment * 0.007)
        async with asyncio.timeout(10):
            await engine.stop()

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreBusyError
from bot.jobs.clockwork import Clockwork, Job
from bot.store.turns import LocalTurns

OFTEN = timedelta(0)


class Work:
    """A job that can be held, and counts how it is run."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.ran = asyncio.Condition()

    async def run(self) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        try:
            await self.go_on.wait()
        finally:
            self.at_once -= 1
        self.runs += 1
        async with self.ran:
            self.ran.notify_all()
        return False

    async def has_run(self, times: int) -> None:
        async with asyncio.timeout(30), self.ran:
            await self.ran.wait_for(lambda: self.runs >= times)


async def test_a_job_is_run_again_and_again_but_never_twice_at_once() -> None:
    held, other = Work(), Work()
    held.go_on.clear()
    clockwork = Clockwork((Job("held", OFTEN, held.run), Job("other", OFTEN, other.run)), LocalTurns())
    clockwork.start()
    await other.has_run(4)
    assert held.most_at_once == 1
    held.go_on.set()
    await held.has_run(2)
    await clockwork.stop()
    assert held.most_at_once == 1


async def test_what_is_running_may_finish_before_the_end() -> None:
    work = Work()
    work.go_on.clear()
    clockwork = Clockwork((Job("work", OFTEN, work.run),), LocalTurns())
    clockwork.start()
    await work.begun.wait()
    asyncio.get_running_loop().call_later(0.05, work.go_on.set)
    await clockwork.stop()
    assert work.runs == 1


async def test_what_does_not_finish_in_time_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.05)
    work = Work()
    work.go_on.clear()
    clockwork = Clockwork((Job("work", OFTEN, work.run),), LocalTurns())
    clockwork.start()
    await work.begun.wait()
    await clockwork.stop()
    assert work.at_once == 0
    assert work.runs == 0


async def test_trouble_ends_a_tick_and_not_the_job() -> None:
    work = Work()
    troubles: list[Exception] = [StoreBusyError("The database is busy."), RuntimeError("a bug")]

    async def run() -> bool:
        if troubles:
            raise troubles.pop(0)
        return await work.run()

    clockwork = Clockwork((Job("work", OFTEN, run),), LocalTurns())
    with capture_logs() as lines:
        clockwork.start()
        await work.has_run(1)
        await clockwork.stop()
    assert [line["event"] for line in lines] == ["job.postponed", "job.failed"]


async def test_more_work_is_done_without_waiting_for_the_next_tick() -> None:
    work = Work()

    async def run() -> bool:
        await work.run()
        return work.runs < 100

    clockwork = Clockwork((Job("work", timedelta(seconds=0.05), run),), LocalTurns())
    clockwork.start()
    await work.has_run(100)
    await clockwork.stop()


async def test_stopping_in_the_middle_of_a_tick_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    for moment in range(20):
        work = Work()
        clockwork = Clockwork((Job("work", OFTEN, work.run),), LocalTurns())
        clockwork.start()
        await work.has_run(1)
        for _ in range(moment):
            await asyncio.sleep(0.003)
        await clockwork.stop()
    assert [record.message for record in caplog.records if record.name.startswith("apscheduler.executors")] == []


async def test_a_clockwork_that_never_started_can_be_stopped() -> None:
    await Clockwork((), LocalTurns()).stop()

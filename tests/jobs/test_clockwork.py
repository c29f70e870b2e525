import asyncio

import pytest

from bot.jobs.clockwork import Clockwork, Job
from bot.store.turns import LocalTurns
from tests.jobs.work import OFTEN, Work


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

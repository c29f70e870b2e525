import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.urgency import Urgency
from bot.store.provider_calls import SqlCallMeter
from tests.store.samples import NOW


@dataclass
class Watch:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


async def test_calls_are_counted_up_to_the_months_quota(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 2}, Watch())
    assert [await meter.spend("spacescan") for _ in range(4)] == [True, True, False, False]
    assert await meter.spent("spacescan") == 2


async def test_calls_without_a_quota_are_counted_too(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"loopring": None}, Watch())
    assert all([await meter.spend("loopring") for _ in range(3)])
    assert await meter.spend("another")
    assert (await meter.spent("loopring"), await meter.spent("another")) == (3, 1)


async def test_a_quota_of_nothing_allows_nothing(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 0}, Watch())
    assert not await meter.spend("spacescan")
    assert await meter.spent("spacescan") == 0


async def test_providers_and_months_have_their_own_counts(engine: AsyncEngine) -> None:
    watch = Watch()
    meter = SqlCallMeter(engine, {"spacescan": 1, "loopring": 1}, watch)
    assert await meter.spend("spacescan")
    assert await meter.spend("loopring")
    assert not await meter.spend("spacescan")
    watch.time = datetime(2025, 4, 1, tzinfo=UTC)
    assert await meter.spend("spacescan")
    watch.time = NOW
    assert not await meter.spend("spacescan")


async def test_a_month_begins_at_midnight_in_utc(engine: AsyncEngine) -> None:
    watch = Watch(datetime(2025, 4, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))))
    meter = SqlCallMeter(engine, {"spacescan": 1}, watch)
    assert await meter.spend("spacescan")
    watch.time = NOW
    assert await meter.spent("spacescan") == 1


async def test_the_count_survives_a_restart(engine: AsyncEngine) -> None:
    assert await SqlCallMeter(engine, {"spacescan": 1}, Watch()).spend("spacescan")
    assert not await SqlCallMeter(engine, {"spacescan": 1}, Watch()).spend("spacescan")


async def test_many_at_once_never_spend_more_than_the_quota(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 7}, Watch())
    assert sum(await asyncio.gather(*(meter.spend("spacescan") for _ in range(30)))) == 7
    assert await meter.spent("spacescan") == 7


async def test_calls_are_taken_in_advance_and_given_back_when_they_are_not_made(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 10_000}, Watch())
    for _ in range(5):
        assert await meter.spend("spacescan")
    assert await meter.spent("spacescan") == 5
    another = SqlCallMeter(engine, {"spacescan": 10_000}, Watch())
    assert await another.spent("spacescan") > 5  # what the first one holds ready counts as spent, to be safe
    await meter.close()
    assert await another.spent("spacescan") == await meter.spent("spacescan") == 5


async def test_who_dies_with_calls_in_hand_wastes_at_most_a_hundredth_of_the_quota(engine: AsyncEngine) -> None:
    for _ in range(3):
        meter = SqlCallMeter(engine, {"spacescan": 1_000}, Watch())
        assert await meter.spend("spacescan")
        assert await meter.spend("spacescan")
    assert await SqlCallMeter(engine, {}, Watch()).spent("spacescan") <= 3 * (2 + 1_000 // 100)


async def test_several_processes_spend_the_whole_quota_and_no_more(engine: AsyncEngine) -> None:
    meters = [SqlCallMeter(engine, {"spacescan": 700}, Watch()) for _ in range(3)]

    async def spend_all(meter: SqlCallMeter) -> int:
        made = 0
        while await meter.spend("spacescan"):
            made += 1
        return made

    assert sum(await asyncio.gather(*map(spend_all, meters))) == 700


async def test_calls_in_hand_do_not_outlive_the_month(engine: AsyncEngine) -> None:
    watch = Watch()
    meter = SqlCallMeter(engine, {"spacescan": 1_000}, watch)
    for _ in range(3):
        assert await meter.spend("spacescan")
    watch.time = datetime(2025, 4, 1, tzinfo=UTC)
    assert await meter.spend("spacescan")
    assert await meter.spent("spacescan") == 1


async def test_sweeps_leave_a_tenth_of_the_quota_to_people(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 20}, Watch())
    swept = [await meter.spend("spacescan", Urgency.SWEEP) for _ in range(20)]
    assert swept == [True] * 18 + [False] * 2
    assert [await meter.spend("spacescan") for _ in range(3)] == [True, True, False]
    assert await meter.spent("spacescan") == 20


async def test_what_people_use_counts_against_sweeps_too(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {"spacescan": 20}, Watch())
    assert all([await meter.spend("spacescan") for _ in range(18)])
    assert not await meter.spend("spacescan", Urgency.SWEEP)


async def test_processes_take_turns_at_one_pace(engine: AsyncEngine) -> None:
    watch = Watch()
    meters = [SqlCallMeter(engine, {}, watch, is_shared=True) for _ in range(3)]
    waits = [await meter.turn("spacescan", 12) for _ in range(2) for meter in meters]
    assert waits == [0, 12, 24, 36, 48, 60]
    watch.time += timedelta(minutes=2)
    assert await meters[0].turn("spacescan", 12) == 0


async def test_turns_at_a_fast_pace_are_taken_together_and_never_twice(engine: AsyncEngine) -> None:
    watch = Watch()
    meters = [SqlCallMeter(engine, {}, watch, is_shared=True) for _ in range(2)]
    waits = [await meter.turn("loopring", 0.01) for _ in range(50) for meter in meters]
    turns = [round(wait / 0.01) for wait in waits]
    assert waits == pytest.approx([turn * 0.01 for turn in turns])
    assert len(set(turns)) == 100
    assert max(turns) < 100 + 2 * 25, "more were taken and not used than two processes keep ready"


async def test_who_uses_few_turns_leaves_the_others_to_other_processes(engine: AsyncEngine) -> None:
    watch = Watch()
    slow, other = (SqlCallMeter(engine, {}, watch, is_shared=True) for _ in range(2))
    for _ in range(20):
        assert await slow.turn("loopring", 0.001) == 0
        watch.time += timedelta(seconds=0.2)
        assert await other.turn("loopring", 0.001) == 0
        watch.time += timedelta(seconds=0.2)


async def test_a_turn_that_is_taken_a_moment_late_does_not_make_the_next_one_late(engine: AsyncEngine) -> None:
    watch = Watch()
    meter = SqlCallMeter(engine, {}, watch, is_shared=True)
    assert await meter.turn("spacescan", 1) == 0
    watch.time = NOW + timedelta(seconds=1.04)
    assert await meter.turn("spacescan", 1) == 0
    assert await meter.turn("spacescan", 1) == pytest.approx(0.96)


async def test_without_a_limit_processes_do_not_wait_for_each_other(engine: AsyncEngine) -> None:
    meters = [SqlCallMeter(engine, {}, Watch(), is_shared=True) for _ in range(3)]
    assert [await meter.turn("spacescan", 60 / 1e12) for meter in meters for _ in range(5)] == [0] * 15


async def test_a_process_that_is_alone_keeps_its_pace_by_itself(engine: AsyncEngine) -> None:
    meter = SqlCallMeter(engine, {}, Watch())
    assert [await meter.turn("spacescan", 12) for _ in range(3)] == [0, 0, 0]


async def test_a_clock_that_ran_ahead_stops_others_for_two_minutes_only(engine: AsyncEngine) -> None:
    hasty = SqlCallMeter(engine, {}, Watch(NOW + timedelta(days=300)), is_shared=True)
    await hasty.turn("spacescan", 12)
    assert await SqlCallMeter(engine, {}, Watch(), is_shared=True).turn("spacescan", 12) == 120

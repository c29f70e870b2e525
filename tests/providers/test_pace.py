"""Pace: in order, spaced, and never for ever."""

import asyncio

import pytest

from bot.domain.paces import LATEST, step
from bot.domain.urgency import Urgency
from bot.providers.pace import Crowded, Pace
from tests.providers.support import StillClock


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_calls_go_out_in_the_order_in_which_they_came_and_apart() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=12, patience=120)
    went: list[tuple[int, float]] = []

    async def call(number: int) -> None:
        await pace.take(yes)
        went.append((number, clock.elapsed))

    await asyncio.gather(*(call(number) for number in range(5)))
    assert went == [(number, 12.0 * number) for number in range(5)]


async def test_who_would_wait_too_long_is_told_so_at_once() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=12, patience=30)
    outcomes = await asyncio.gather(*(pace.take(yes) for _ in range(5)))
    assert outcomes == [True, True, True, Crowded(36), Crowded(36)]


async def test_a_pause_sends_away_those_for_whom_it_is_too_long() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=1, patience=30)
    await pace.take(yes)
    waiting = [asyncio.create_task(pace.take(yes)) for _ in range(3)]
    await asyncio.sleep(0)
    pace.pause(60)
    outcomes = await asyncio.gather(*waiting)
    assert all(isinstance(outcome, Crowded) for outcome in outcomes)
    clock.elapsed = 61
    assert await pace.take(yes) is True


async def test_a_shorter_pause_does_not_cut_a_longer_one() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=1, patience=100)
    pace.pause(60)
    pace.pause(5)
    await pace.take(yes)
    assert clock.elapsed == 60


async def test_who_is_cancelled_leaves_no_gap_and_nothing_locked() -> None:
    class StuckClock(StillClock):
        def __init__(self) -> None:
            super().__init__()
            self.open = asyncio.Event()

        async def sleep(self, seconds: float) -> None:
            await self.open.wait()
            await super().sleep(seconds)

    clock = StuckClock()
    pace = Pace(clock, spacing=10, patience=100)
    await pace.take(yes)
    calls = [asyncio.create_task(pace.take(yes)) for _ in range(4)]
    await asyncio.sleep(0)
    calls[0].cancel()
    calls[2].cancel()
    await asyncio.sleep(0)
    clock.open.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [outcome is True for outcome in outcomes] == [False, True, False, True]
    assert clock.elapsed == 20


async def test_a_call_that_is_not_admitted_uses_up_no_turn() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=10, patience=100)
    assert await pace.take(no) is False
    assert await pace.take(yes) is True
    assert clock.elapsed == 0


async def test_two_users_of_one_api_go_at_the_pace_of_the_slower() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=1, patience=100)
    pace.slow_to(3)
    pace.slow_to(2)
    await pace.take(yes)
    await pace.take(yes)
    assert clock.elapsed == 3


async def test_people_go_ahead_of_a_sweep_however_long_it_has_waited() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=10, patience=1_000)
    went: list[str] = []

    async def call(name: str, urgency: Urgency) -> None:
        await pace.take(yes, urgency)
        went.append(name)

    await pace.take(yes)
    sweep = [asyncio.create_task(call(f"sweep {number}", Urgency.SWEEP)) for number in range(3)]
    people = [asyncio.create_task(call(f"person {number}", Urgency.PERSON)) for number in range(2)]
    await asyncio.gather(*sweep, *people)
    assert went == ["person 0", "person 1", "sweep 0", "sweep 1", "sweep 2"]


async def test_a_sweep_spreads_itself_over_the_calls_that_the_api_says_are_left_and_people_do_not_wait() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=1, patience=100)
    pace.spread(calls=10, seconds=300)
    await pace.take(yes, Urgency.SWEEP)
    await pace.take(yes, Urgency.SWEEP)
    assert clock.elapsed == 30
    await pace.take(yes)
    assert clock.elapsed == 31 - LATEST
    clock.elapsed = 301
    await pace.take(yes, Urgency.SWEEP)
    await pace.take(yes, Urgency.SWEEP)
    assert clock.elapsed == 302 - LATEST


async def test_who_is_late_for_a_moment_does_not_make_the_next_one_late() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=1, patience=100)
    went: list[float] = []
    for late in (0.0, 0.03, 0.04, 0.0, 0.5, 0.0, 0.0):

        async def admit_late(late: float = late) -> bool:
            clock.elapsed += late
            return True

        await pace.take(admit_late)
        went.append(clock.elapsed)
    assert went == pytest.approx([0, 1.03, 2.04, 3, 4.5, 5.5 - LATEST, 6.5 - LATEST])


async def test_a_minute_never_sees_more_calls_than_allowed_however_late_they_are() -> None:
    clock = StillClock()
    pace = Pace(clock, spacing=step(60 / 30), patience=100)
    went: list[float] = []
    for number in range(300):
        clock.elapsed += number * 7 % 5 * LATEST / 3
        await pace.take(yes)
        went.append(clock.elapsed)
    assert min(later - call for call, later in zip(went, went[30:], strict=False)) > 60


async def test_a_sweep_that_was_cancelled_holds_nobody_up() -> None:
    pace = Pace(StillClock(), spacing=10, patience=1_000)
    await pace.take(yes)
    waiting = [asyncio.create_task(pace.take(yes, each)) for each in (Urgency.PERSON, Urgency.SWEEP, Urgency.SWEEP)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert outcomes[2] is True

"""A steady rate, and who goes first."""

import asyncio

import pytest

from bot.domain.errors import StoreBusyError
from bot.domain.urgency import Urgency
from bot.gateway.turnstile import SharedTurnstile, Turnstile


async def let_through(turnstile: Turnstile | SharedTurnstile, urgency: Urgency, into: list[Urgency]) -> None:
    await turnstile.acquire(urgency)
    into.append(urgency)


async def test_no_second_sees_more_than_rate_and_burst() -> None:
    turnstile = Turnstile(rate=200, burst=5)
    loop = asyncio.get_running_loop()
    at: list[float] = []
    for _ in range(45):
        await turnstile.acquire(Urgency.SWEEP)
        at.append(loop.time())
    # Whatever the machine's speed: the burst, and then one for each 5 ms that passed.
    for first in range(len(at)):
        for last in range(first, len(at)):
            assert last - first + 1 <= 5 + 1 + (at[last] - at[first]) * 200


async def test_people_go_before_sweeps_that_came_earlier() -> None:
    turnstile = Turnstile(rate=1000, burst=1)
    await turnstile.acquire(Urgency.SWEEP)
    order: list[Urgency] = []
    async with asyncio.TaskGroup() as group:
        for urgency in (Urgency.SWEEP, Urgency.SWEEP, Urgency.PERSON, Urgency.PERSON):
            group.create_task(let_through(turnstile, urgency, order))
    assert order == [Urgency.PERSON, Urgency.PERSON, Urgency.SWEEP, Urgency.SWEEP]


async def test_who_gives_up_takes_nobodys_turn() -> None:
    turnstile = Turnstile(rate=1000, burst=1)
    await turnstile.acquire(Urgency.SWEEP)
    order: list[Urgency] = []
    waiting = [asyncio.create_task(let_through(turnstile, Urgency.PERSON, order)) for _ in range(3)]
    last = asyncio.create_task(let_through(turnstile, Urgency.SWEEP, order))
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await last
    assert order == [Urgency.SWEEP]


class Pace:
    """What all processes together have, with a clock that stands still."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.is_free = asyncio.Event()
        self.trouble: Exception | None = None

    async def next_turns(self, turns: int, spacing: float, burst: int) -> float:
        assert (spacing, burst) == (0.001, 5)
        await self.is_free.wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(turns)
        return 0.0


async def test_a_shared_rate_lets_people_through_first_who_came_while_turns_were_taken() -> None:
    pace = Pace()
    turnstile, order = SharedTurnstile(pace, rate=1000, burst=5), list[Urgency]()
    async with asyncio.TaskGroup() as group:
        group.create_task(let_through(turnstile, Urgency.SWEEP, order))
        await asyncio.sleep(0)
        group.create_task(let_through(turnstile, Urgency.PERSON, order))
        await asyncio.sleep(0)
        pace.is_free.set()
    assert order == [Urgency.PERSON, Urgency.SWEEP]


async def test_as_many_turns_are_taken_as_there_are_requests_a_few_at_a_time() -> None:
    pace = Pace()
    pace.is_free.set()
    turnstile = SharedTurnstile(pace, rate=1000, burst=5)
    await asyncio.gather(*(turnstile.acquire(Urgency.SWEEP) for _ in range(9)))
    assert pace.taken == [4, 4, 1]


async def test_who_gives_up_leaves_the_shared_turn_to_the_next() -> None:
    pace = Pace()
    turnstile, order = SharedTurnstile(pace, rate=1000, burst=5), list[Urgency]()
    waiting = asyncio.create_task(let_through(turnstile, Urgency.PERSON, order))
    last = asyncio.create_task(let_through(turnstile, Urgency.SWEEP, order))
    await asyncio.sleep(0)
    waiting.cancel()
    pace.is_free.set()
    await last
    assert order == [Urgency.SWEEP]


async def test_without_a_word_from_the_database_requests_go_on_slowly() -> None:
    pace = Pace()
    pace.trouble = StoreBusyError("away")
    pace.is_free.set()
    turnstile = SharedTurnstile(pace, rate=1000, burst=5)
    before = asyncio.get_running_loop().time()
    await asyncio.gather(*(turnstile.acquire(Urgency.PERSON) for _ in range(8)))
    assert asyncio.get_running_loop().time() - before >= 0.02


async def test_a_fault_leaves_nobody_waiting() -> None:
    pace = Pace()
    pace.trouble = RuntimeError("a bug")
    pace.is_free.set()
    turnstile = SharedTurnstile(pace, rate=1000, burst=5)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a bug"):
            await turnstile.acquire(Urgency.PERSON)

"""A steady rate, and who goes first."""

import asyncio

from bot.domain.urgency import Urgency
from bot.gateway.turnstile import Turnstile


async def let_through(turnstile: Turnstile, urgency: Urgency, into: list[Urgency]) -> None:
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

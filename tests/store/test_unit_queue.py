"""Who is next where there is one writer."""

import asyncio

import pytest

from bot.domain.urgency import Urgency
from bot.store.unit_queue import PEOPLE_IN_A_ROW, UnitQueue

LONG = 60.0


class Scene:
    """Units that all want to go while one is under way, and the order in which they go."""

    def __init__(self) -> None:
        self.queue = UnitQueue()
        self.order: list[str] = []
        self.first_may_end = asyncio.Event()

    async def go(self, name: str, urgency: Urgency) -> None:
        async with self.queue.turn(urgency, LONG):
            self.order.append(name)
            if name == "first":
                await self.first_may_end.wait()

    async def begin(self, *waiting: tuple[str, Urgency]) -> list[asyncio.Task[None]]:
        tasks = []
        for name, urgency in (("first", Urgency.SWEEP), *waiting):
            tasks.append(asyncio.create_task(self.go(name, urgency)))
            await asyncio.sleep(0)  # they queue in this order
        return tasks

    async def end(self, tasks: list[asyncio.Task[None]]) -> list[str]:
        self.first_may_end.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        return self.order[1:]


async def test_people_go_before_the_sweep_and_otherwise_who_came_first() -> None:
    scene = Scene()
    tasks = await scene.begin(
        ("sweep 1", Urgency.SWEEP), ("Alice", Urgency.PERSON), ("sweep 2", Urgency.SWEEP), ("Bob", Urgency.PERSON)
    )
    assert await scene.end(tasks) == ["Alice", "Bob", "sweep 1", "sweep 2"]


async def test_the_sweep_gets_its_turn_however_many_people_wait() -> None:
    scene = Scene()
    people = [(f"person {number}", Urgency.PERSON) for number in range(2 * PEOPLE_IN_A_ROW + 1)]
    tasks = await scene.begin(("sweep 1", Urgency.SWEEP), ("sweep 2", Urgency.SWEEP), *people)
    order = await scene.end(tasks)
    assert [order.index("sweep 1"), order.index("sweep 2")] == [PEOPLE_IN_A_ROW, 2 * PEOPLE_IN_A_ROW + 1]


async def test_who_gives_up_waiting_is_passed_over() -> None:
    scene = Scene()
    tasks = await scene.begin(("Alice", Urgency.PERSON), ("Bob", Urgency.PERSON))
    tasks[1].cancel()
    assert await scene.end(tasks) == ["Bob"]


async def test_who_gives_up_just_when_the_turn_has_come_hands_it_on() -> None:
    scene = Scene()
    tasks = await scene.begin(("Alice", Urgency.PERSON), ("Bob", Urgency.PERSON))
    scene.first_may_end.set()
    await asyncio.sleep(0)  # the first one ends and hands its turn to Alice, who has not woken up yet
    tasks[1].cancel()
    assert await scene.end(tasks) == ["Bob"]
    async with scene.queue.turn(Urgency.SWEEP, LONG):
        pass


async def test_who_gives_up_right_before_the_turn_comes_is_passed_over() -> None:
    scene = Scene()
    tasks = await scene.begin(("Alice", Urgency.PERSON), ("Bob", Urgency.PERSON))
    scene.first_may_end.set()
    tasks[1].cancel()  # the first one ends before Alice notices
    assert await scene.end(tasks) == ["Bob"]
    assert tasks[0].exception() is None
    async with scene.queue.turn(Urgency.SWEEP, LONG):
        pass


async def test_waiting_has_an_end() -> None:
    queue = UnitQueue()
    async with queue.turn(Urgency.PERSON, LONG):
        with pytest.raises(TimeoutError):
            async with queue.turn(Urgency.PERSON, 0.0):
                pass
    async with queue.turn(Urgency.PERSON, 0.0):
        pass

"""Whose turn it is to change roles in a server, and how a sweep spreads what Discord allows."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import StoreBusyError
from bot.domain.role_rooms import Room
from bot.domain.urgency import Urgency
from bot.gateway.role_lanes import Lane, RoleLanes

GUILD, OTHER = 1, 2


def told(remaining: int, resets_in: float, limit: int = 10) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": str(resets_in),
    }


async def change(lanes: RoleLanes, name: str, into: list[str], urgency: Urgency = Urgency.SWEEP) -> None:
    async with lanes.turn(GUILD, Lane.ONE_ROLE, urgency):
        into.append(name)
        await asyncio.sleep(0)
        into.append(f"{name} done")


async def test_one_change_at_a_time_in_a_server() -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b", "c"):
            group.create_task(change(lanes, name, seen))
    assert seen == ["a", "a done", "b", "b done", "c", "c done"]


async def test_servers_and_limits_do_not_wait_for_each_other() -> None:
    lanes = RoleLanes()
    async with (
        lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP),
        lanes.turn(GUILD, Lane.ROLE_LIST, Urgency.SWEEP),
        lanes.turn(OTHER, Lane.ONE_ROLE, Urgency.SWEEP),
    ):
        pass


async def test_a_person_goes_before_the_sweep() -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with asyncio.TaskGroup() as group, lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        for name in ("sweep 1", "sweep 2"):
            group.create_task(change(lanes, name, seen))
        group.create_task(change(lanes, "person", seen, Urgency.PERSON))
        await asyncio.sleep(0)
    assert [name for name in seen if "done" not in name] == ["person", "sweep 1", "sweep 2"]


async def test_a_person_takes_what_the_sweep_leaves() -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        lanes.learn(GUILD, Lane.ONE_ROLE, told(remaining=2, resets_in=1000))
    sweep = asyncio.create_task(change(lanes, "sweep", seen))
    await change(lanes, "person", seen, Urgency.PERSON)
    assert seen == ["person", "person done"]
    sweep.cancel()
    await asyncio.gather(sweep, return_exceptions=True)


async def test_nobody_goes_before_the_window_ends_when_nothing_is_left() -> None:
    lanes, seen = RoleLanes(), list[str]()
    loop = asyncio.get_running_loop()
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        lanes.learn(GUILD, Lane.ONE_ROLE, told(remaining=0, resets_in=0.1))
        ends_at = loop.time() + 0.1
    await change(lanes, "person", seen, Urgency.PERSON)
    assert loop.time() >= ends_at


async def test_a_failed_change_gives_its_turn_back() -> None:
    lanes, seen = RoleLanes(), list[str]()
    with pytest.raises(OSError, match="away"):
        async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
            raise OSError("away")
    await change(lanes, "next", seen)
    assert seen == ["next", "next done"]


async def test_who_gives_up_holds_nobody_up() -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        gone = asyncio.create_task(change(lanes, "gone", seen))
        stays = asyncio.create_task(change(lanes, "stays", seen))
        await asyncio.sleep(0)
        gone.cancel()
    await stays
    assert seen == ["stays", "stays done"]


async def test_a_turn_that_came_just_when_its_owner_gave_up_goes_to_the_next() -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        unlucky = asyncio.create_task(change(lanes, "unlucky", seen))
        await asyncio.sleep(0)
    unlucky.cancel()  # it has its turn now, and does not know it yet
    await change(lanes, "next", seen)
    assert seen == ["next", "next done"]


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Limit": "x"}, told(1, float("inf")), told(0, 5, limit=0)])
async def test_headers_that_make_no_sense_stop_nobody(headers: dict[str, str]) -> None:
    lanes, seen = RoleLanes(), list[str]()
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        lanes.learn(GUILD, Lane.ONE_ROLE, headers)
    await change(lanes, "next", seen)
    assert seen


async def test_idle_lanes_are_forgotten() -> None:
    lanes = RoleLanes()
    for guild_id in range(1000):
        async with lanes.turn(guild_id, Lane.ONE_ROLE, Urgency.SWEEP):
            pass
    assert len(lanes) <= 257


def sweep_alone(limit: int, window: float, latency: float) -> Iterator[float]:
    """When a sweep that never runs out of work asks within one window that begins with its first request."""
    now = 0.0
    for used in range(1, limit + 1):
        yield now
        now += latency
        now += Room(limit, limit - used, window).wait(Urgency.SWEEP, window, now)


@given(st.integers(1, 50), st.floats(0.5, 60), st.floats(0.0001, 1))
def test_a_sweep_uses_a_window_up_before_it_ends(limit: int, window: float, latency: float) -> None:
    quick = latency * window / limit / 2
    asked = list(sweep_alone(limit, window, quick))
    assert len(asked) == limit
    assert asked[-1] < window


def test_a_sweep_keeps_room_for_people_until_the_window_is_nearly_over() -> None:
    asked = list(sweep_alone(limit=10, window=10.0, latency=0.1))
    assert sum(at < 6 for at in asked) == 8
    assert asked[-2] >= 6


@given(st.integers(1, 50), st.integers(0, 50), st.floats(0, 60), st.sampled_from(Urgency))
def test_no_wait_outlasts_the_window(limit: int, remaining: int, left: float, urgency: Urgency) -> None:
    wait = Room(limit, remaining, resets_at=left).wait(urgency, 60.0, 0.0)
    assert 0 <= wait <= left + 0.01
    if remaining == 0 and left > 0:
        assert wait >= left


class Rooms:
    """What all processes know, as a test wants it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.asked: list[tuple[str, Urgency]] = []
        self.told: list[tuple[int, int, float] | None] = []
        self.trouble: Exception | None = None
        self.was_asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def ask(self, guild_id: int, lane: str, urgency: Urgency) -> float:
        assert guild_id == GUILD
        self.asked.append((lane, urgency))
        self.was_asked.set()
        await self.answers.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.waits.pop(0) if self.waits else 0.0

    async def tell(self, guild_id: int, lane: str, told: tuple[int, int, float] | None) -> None:
        assert (guild_id, lane) == (GUILD, "ONE_ROLE")
        if self.trouble is not None:
            raise self.trouble
        self.told.append(told)


async def test_other_processes_are_asked_before_and_told_afterwards() -> None:
    rooms = Rooms()
    lanes = RoleLanes(rooms)
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        assert rooms.asked == [("ONE_ROLE", Urgency.SWEEP)]
        lanes.learn(GUILD, Lane.ONE_ROLE, told(remaining=9, resets_in=1000))
    async with lanes.turn(GUILD, Lane.ONE_ROLE, Urgency.SWEEP):
        pass  # no answer came
    first, second = rooms.told
    assert first is not None
    assert first[:2] == (10, 9)
    assert first[2] == pytest.approx(1000, abs=60)
    assert second is None


async def test_a_person_who_comes_while_a_sweep_waits_for_other_processes_goes_first() -> None:
    rooms, seen = Rooms(), list[str]()
    lanes = RoleLanes(rooms)
    rooms.waits = [1000.0]
    sweep = asyncio.create_task(change(lanes, "sweep", seen))
    await rooms.was_asked.wait()
    await asyncio.sleep(0)
    await change(lanes, "person", seen, Urgency.PERSON)
    await sweep
    assert seen == ["person", "person done", "sweep", "sweep done"]


async def test_a_person_who_comes_while_other_processes_are_asked_goes_first() -> None:
    rooms, seen = Rooms(), list[str]()
    lanes = RoleLanes(rooms)
    rooms.answers.clear()
    rooms.waits = [1000.0]
    sweep = asyncio.create_task(change(lanes, "sweep", seen))
    await rooms.was_asked.wait()
    person = asyncio.create_task(change(lanes, "person", seen, Urgency.PERSON))
    await asyncio.sleep(0)
    rooms.answers.set()
    await asyncio.gather(person, sweep)
    assert seen == ["person", "person done", "sweep", "sweep done"]


@pytest.mark.parametrize("trouble", [StoreBusyError("away"), RuntimeError("a bug")], ids=["away", "bug"])
async def test_when_other_processes_cannot_be_asked_what_is_known_here_has_to_do(trouble: Exception) -> None:
    rooms, seen = Rooms(), list[str]()
    lanes = RoleLanes(rooms)
    rooms.trouble = trouble
    if isinstance(trouble, StoreBusyError):
        await change(lanes, "first", seen)
    else:
        with pytest.raises(RuntimeError):
            await change(lanes, "first", seen)
    rooms.trouble = None
    await change(lanes, "second", seen)
    assert seen == ["first", "first done", "second", "second done"]

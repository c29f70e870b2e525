"""Processes show that they live, and others see which do."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.services.signs_of_life import LONGEST_PROCESS_SILENCE, SIGN, Process, ProcessKind, SignsOfLife
from bot.store.store import SqlStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOT = Process(ProcessKind.RUN, "here", 7, does_jobs=False)
WORKER = Process(ProcessKind.WORKER, "there", 7, does_jobs=True)


class StillClock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def signs(store: SqlStore, clock: StillClock) -> SignsOfLife:
    return SignsOfLife(store, clock)


async def seen(signs: SignsOfLife) -> list[Process]:
    return [sign.process for sign in await signs.seen()]


async def noted(store: SqlStore) -> int:
    async with store.unit() as unit:
        return len(await unit.notes.starting_with(SIGN))


async def test_whoever_shows_a_sign_is_seen_with_what_it_does(signs: SignsOfLife) -> None:
    assert await seen(signs) == []
    await signs.show(WORKER)
    await signs.show(BOT)
    assert await seen(signs) == [BOT, WORKER]
    assert {sign.at for sign in await signs.seen()} == {NOON}


async def test_each_process_has_one_sign(signs: SignsOfLife, store: SqlStore, clock: StillClock) -> None:
    await signs.show(WORKER)
    await clock.sleep(20)
    await signs.show(WORKER)
    assert [sign.at for sign in await signs.seen()] == [NOON + timedelta(seconds=20)]
    assert await noted(store) == 1


@pytest.mark.parametrize(
    "other",
    [
        Process(ProcessKind.WORKER, "there", 8, does_jobs=True),
        Process(ProcessKind.WORKER, "elsewhere", 7, does_jobs=True),
        Process(ProcessKind.WEB, "there", 7, does_jobs=False),
        Process(
            ProcessKind.WORKER,
            "a name with blanks, of more than sixty-three characters, as no machine has one",
            7,
            True,
        ),
    ],
    ids=["another of the machine", "another machine", "another kind", "a strange name"],
)
async def test_processes_are_told_apart(signs: SignsOfLife, other: Process) -> None:
    await signs.show(WORKER)
    await signs.show(other)
    assert set(await seen(signs)) == {WORKER, other}


async def test_who_is_silent_for_too_long_is_not_there(signs: SignsOfLife, clock: StillClock) -> None:
    await signs.show(WORKER)
    clock.time += LONGEST_PROCESS_SILENCE
    assert await seen(signs) == [WORKER]
    clock.time += timedelta(seconds=1)
    assert await seen(signs) == []


async def test_who_says_goodbye_is_gone_at_once(signs: SignsOfLife) -> None:
    await signs.show(WORKER)
    await signs.show(BOT)
    await signs.withdraw(WORKER)
    assert await seen(signs) == [BOT]


async def test_those_who_died_long_ago_are_forgotten(signs: SignsOfLife, store: SqlStore, clock: StillClock) -> None:
    await signs.show(WORKER)
    clock.time += timedelta(days=1, seconds=1)
    await signs.show(BOT)
    assert await noted(store) == 1


async def test_what_another_version_noted_is_passed_over_and_forgotten(signs: SignsOfLife, store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.notes.set(f"{SIGN}1", "who knows what")
        await unit.notes.set(f"{SIGN}2", f"{NOON.isoformat()} shepherd - 1 here")
        await unit.notes.set("processed", "of no interest")
    assert await seen(signs) == []
    await signs.show(BOT)
    assert await noted(store) == 1
    async with store.unit() as unit:
        assert await unit.notes.get("processed") == "of no interest"

"""Cursors: a list without a total is whole when its pages say so, and when they still say so at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.holdings import Holding
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.cursors import CursorPage, WholeWallet, read_by_cursor
from tests.providers.support import FRIENDS, START, nft

SIZE = 3


def held(number: int) -> Holding:
    return Holding(nft(number), FRIENDS, 1)


@dataclass
class MovingWallet:
    """A wallet that takes its next state from the schedule with every question; pages follow the last NFT's number."""

    schedule: Sequence[tuple[int, ...]]
    cap: int = SIZE
    null_at_end: bool = True
    tells_size: bool = True
    asked: int = 0
    shown: list[tuple[int, ...]] = field(default_factory=list)
    looks: list[tuple[str | None, bool]] = field(default_factory=list)

    async def page(self, cursor: str | None, again: bool) -> CursorPage | Unknown:
        state = self.schedule[min(self.asked, len(self.schedule) - 1)]
        self.asked += 1
        self.shown.append(state)
        self.looks.append((cursor, again))
        size = min(self.cap, SIZE)
        left = [number for number in sorted(state) if cursor is None or number > int(cursor)]
        rows = left[:size]
        following = str(rows[-1]) if rows else cursor
        if self.null_at_end and len(left) <= size:
            following = None
        return CursorPage(tuple(map(held, rows)), following, size if self.tells_size else None, START)


async def read(moving: MovingWallet) -> WholeWallet | Unknown:
    return await read_by_cursor(moving.page, page_size=SIZE, most_pages=20, name="list")


def numbers(outcome: WholeWallet) -> set[str]:
    return {holding.asset for holding in outcome.holdings}


states = st.sets(st.integers(0, 9), max_size=9).map(lambda numbers: tuple(sorted(numbers)))


@given(state=states, cap=st.integers(1, SIZE), null_at_end=st.booleans(), tells_size=st.booleans())
async def test_a_wallet_that_stands_still_is_read_whole(
    state: tuple[int, ...], cap: int, null_at_end: bool, tells_size: bool
) -> None:
    outcome = await read(MovingWallet([state], cap, null_at_end, tells_size))
    if null_at_end and cap == SIZE and state and len(state) % SIZE == 0:
        assert isinstance(outcome, Unknown)
        assert outcome.reason is UnknownReason.INCOMPLETE
        return
    assert isinstance(outcome, WholeWallet)
    assert numbers(outcome) == set(map(nft, state))


@st.composite
def schedules(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Draw states that each differ from the one before by transfers in and out; what left never comes back."""
    state = set(range(0, 90, 10))
    left: set[int] = set()
    schedule = [tuple(state)]
    for _ in range(draw(st.integers(0, 14))):
        gone = draw(st.sets(st.sampled_from(sorted(state)), max_size=2)) if state else set()
        came = draw(st.sets(st.integers(0, 99), max_size=2)) - left - state
        left |= gone
        state = state - gone | came
        schedule.append(tuple(sorted(state)))
    return schedule


@given(schedule=schedules(), null_at_end=st.booleans())
async def test_a_wallet_that_moves_between_the_pages_is_read_as_it_once_was_or_not_at_all(
    schedule: list[tuple[int, ...]], null_at_end: bool
) -> None:
    moving = MovingWallet(schedule, null_at_end=null_at_end)
    outcome = await read(moving)
    if isinstance(outcome, WholeWallet):
        assert numbers(outcome) in [set(map(nft, state)) for state in moving.shown]
    else:
        assert outcome.reason is UnknownReason.INCOMPLETE


@st.composite
def lies(draw: st.DrawFn) -> list[CursorPage]:
    row = st.builds(Holding, st.integers(1, 5).map(nft), st.sampled_from([FRIENDS, None]), st.just(1))
    cursors = st.sampled_from(["a", "b", "c", None])
    sizes = st.none() | st.integers(1, SIZE)
    rows = st.lists(row, max_size=SIZE + 1).map(tuple)
    return draw(st.lists(st.builds(CursorPage, rows, cursors, sizes, st.just(START)), min_size=1))


@given(pages=lies())
async def test_pages_that_lie_at_will_are_never_read_for_ever_and_never_in_part(pages: list[CursorPage]) -> None:
    said = cycle(pages)
    heard: list[CursorPage] = []

    async def fetch(cursor: str | None, again: bool) -> CursorPage | Unknown:
        heard.append(next(said))
        return heard[-1]

    outcome = await read_by_cursor(fetch, page_size=SIZE, most_pages=20, name="list")
    assert len(heard) <= 80
    if isinstance(outcome, WholeWallet):
        assert any(numbers(outcome) >= {row.asset for row in page.rows} for page in heard)


async def test_the_second_look_is_told_apart_so_that_nobody_elses_answer_stands_in_for_it() -> None:
    still = MovingWallet([tuple(range(8))])
    await read(still)
    assert still.looks == [(None, False), ("2", False), ("5", False), (None, True), ("2", True)]


async def test_one_page_is_one_call() -> None:
    still = MovingWallet([(1, 2)], null_at_end=False)
    await read(still)
    assert still.asked == 1


@pytest.mark.parametrize("bad", range(5))
async def test_an_unknown_page_ends_the_reading(bad: int) -> None:
    still = MovingWallet([tuple(range(8))])
    trouble = Unknown(UnknownReason.NETWORK)

    async def fetch(cursor: str | None, again: bool) -> CursorPage | Unknown:
        return trouble if still.asked == bad else await still.page(cursor, again)

    assert await read_by_cursor(fetch, page_size=SIZE, most_pages=20, name="list") is trouble


async def test_a_wallet_that_seems_to_vanish_while_it_is_read_is_not_believed_to_be_empty() -> None:
    outcome = await read(MovingWallet([tuple(range(8))] * 3 + [()]))
    assert isinstance(outcome, Unknown)
    assert outcome.reason is UnknownReason.INCOMPLETE

"""Paging: whatever moves while a list is read, what comes out was once true."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.readings import Unknown, UnknownReason
from bot.providers.paging import Page, WholeList, read_all
from tests.providers.support import START

SIZE = 3


@dataclass
class MovingList:
    """A list that takes its next state from the schedule with every request."""

    schedule: Sequence[tuple[int, ...]]
    total_past_end: bool = True
    cap: int = SIZE
    asked: int = 0
    shown: list[tuple[int, ...]] = field(default_factory=list)

    async def page(self, offset: int, again: bool) -> Page | Unknown:
        state = self.schedule[min(self.asked, len(self.schedule) - 1)]
        self.asked += 1
        self.shown.append(state)
        rows = state[offset : offset + min(self.cap, SIZE)]
        total = len(state) if rows or self.total_past_end else 0
        return Page(tuple((identity, 1) for identity in rows), total, START)


async def read(moving: MovingList, most_pages: int = 20) -> WholeList | Unknown:
    return await read_all(moving.page, page_size=SIZE, most_pages=most_pages, name="list")


states = st.lists(st.integers(0, 9), unique=True, max_size=9).map(tuple)


@given(state=states, total_past_end=st.booleans(), cap=st.integers(1, SIZE))
async def test_a_list_that_stands_still_is_read_whole(state: tuple[int, ...], total_past_end: bool, cap: int) -> None:
    outcome = await read(MovingList([state], total_past_end, cap))
    assert isinstance(outcome, WholeList)
    assert set(outcome.amounts) == set(state)


@st.composite
def schedules(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Draw states that each differ from the one before by transfers in and out; what left never comes back."""
    fresh = iter(range(100, 1_000))
    state = list(range(draw(st.integers(0, 9))))
    schedule = [tuple(state)]
    for _ in range(draw(st.integers(0, 14))):
        for _ in range(draw(st.integers(0, 2))):
            if state:
                state.pop(draw(st.integers(0, len(state) - 1)))
        for _ in range(draw(st.integers(0, 2))):
            state.insert(draw(st.integers(0, len(state))), next(fresh))
        schedule.append(tuple(state))
    return schedule


@given(schedule=schedules(), total_past_end=st.booleans())
async def test_a_list_that_moves_between_the_pages_is_read_as_it_once_was_or_not_at_all(
    schedule: list[tuple[int, ...]], total_past_end: bool
) -> None:
    moving = MovingList(schedule, total_past_end)
    outcome = await read(moving)
    if isinstance(outcome, WholeList):
        assert set(outcome.amounts) in [set(state) for state in moving.shown]
    else:
        assert outcome.reason in (UnknownReason.INCOMPLETE, UnknownReason.LOOP)


@st.composite
def lies(draw: st.DrawFn) -> list[Page]:
    rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=SIZE + 1).map(tuple)
    return draw(st.lists(st.builds(Page, rows=rows, total=st.integers(0, 8), asked_at=st.just(START)), min_size=1))


@given(pages=lies())
async def test_pages_that_lie_at_will_never_yield_a_sum_that_was_not_announced(pages: list[Page]) -> None:
    asked = 0

    async def fetch(offset: int, again: bool) -> Page | Unknown:
        nonlocal asked
        asked += 1
        return pages[(asked - 1) % len(pages)]

    outcome = await read_all(fetch, page_size=SIZE, most_pages=20, name="list")
    assert asked <= 80
    if isinstance(outcome, WholeList):
        assert len(outcome.amounts) in {page.total for page in pages}


async def test_the_second_look_is_told_apart_so_that_nobody_elses_answer_stands_in_for_it() -> None:
    looks: list[tuple[int, bool]] = []
    still = MovingList([tuple(range(7))])

    async def fetch(offset: int, again: bool) -> Page | Unknown:
        looks.append((offset, again))
        return await still.page(offset, again)

    await read_all(fetch, page_size=SIZE, most_pages=20, name="list")
    assert looks == [(0, False), (3, False), (6, False), (0, True), (3, True)]


@pytest.mark.parametrize("bad", range(5))
async def test_an_unknown_page_ends_the_reading(bad: int) -> None:
    still = MovingList([tuple(range(7))])
    trouble = Unknown(UnknownReason.NETWORK)

    async def fetch(offset: int, again: bool) -> Page | Unknown:
        return trouble if still.asked == bad else await still.page(offset, again)

    assert await read_all(fetch, page_size=SIZE, most_pages=20, name="list") is trouble


async def test_one_nft_with_two_amounts_is_not_believed() -> None:
    async def fetch(offset: int, again: bool) -> Page | Unknown:
        return Page(((1, 5), (1, 6)), 1, START)

    outcome = await read_all(fetch, page_size=SIZE, most_pages=20, name="list")
    assert isinstance(outcome, Unknown)
    assert outcome.reason is UnknownReason.INCOMPLETE

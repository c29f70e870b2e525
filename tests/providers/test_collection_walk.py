"""The walk: whatever moves between the pages, no pass is complete that missed an NFT."""

from dataclasses import dataclass, field
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.collection_passes import CollectionPass, CompletePass
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.collection_walk import CollectionPage, OwnedRow, calls_of_walk, walk
from tests.providers.support import FRIENDS_PASS, START, nft, owned, reason, wallet

SIZE = 3
State = tuple[tuple[int, int | None], ...]
"""A collection as it is listed: NFTs with their owners."""


@dataclass
class MovingCollection:
    """A collection that takes its next state from the schedule with every question.

    Pages are cut by number, or with `by_cursor` after the last NFT of the page before, wherever that is by now.
    """

    schedule: list[State]
    by_cursor: bool = False
    cap: int = SIZE
    asked: int = 0
    shown: list[State] = field(default_factory=list)

    def _state(self) -> State:
        state = self.schedule[min(self.asked, len(self.schedule) - 1)]
        self.asked += 1
        self.shown.append(state)
        return state

    async def page(self, token: str | None) -> CollectionPage | Unknown:
        state, most = self._state(), min(self.cap, SIZE)
        start = 0 if token is None else int(token)
        if self.by_cursor:
            start = next((at + 1 for at, row in enumerate(state) if str(row[0]) == token), 0)
        rows = tuple(
            OwnedRow(nft(number), wallet(owner).text if owner else None) for number, owner in state[start:][:most]
        )
        following = str(start + most) if not self.by_cursor else str(state[start:][:most][-1][0]) if rows else None
        return CollectionPage(rows, following, len(rows) < SIZE, START)

    async def count(self) -> int | Unknown:
        return len(self._state())


async def walked(moving: MovingCollection) -> CollectionPass:
    return await walk(FRIENDS_PASS, moving.page, moving.count, most_pages=30, name="somebody")


@given(
    owners=st.lists(st.none() | st.integers(1, 4), min_size=1, max_size=10),
    by_cursor=st.booleans(),
    cap=st.integers(1, SIZE),
)
async def test_a_collection_that_stands_still_is_read_whole(
    owners: list[int | None], by_cursor: bool, cap: int
) -> None:
    state = tuple(enumerate(owners, start=1))
    moving = MovingCollection([state], by_cursor, cap)
    outcome = await walked(moving)
    if all(owner is None for owner in owners):
        assert reason(outcome) is UnknownReason.INCOMPLETE
        return
    assert owned(outcome) == {
        wallet(owner).text: {nft(number) for number, whose in state if whose == owner}
        for owner in set(owners) - {None}
        if owner
    }
    assert isinstance(outcome, CompletePass)
    assert outcome.ownerless == owners.count(None)
    assert (outcome.announced, outcome.calls) == (len(owners), moving.asked)
    if cap == SIZE and not by_cursor:
        assert outcome.calls == calls_of_walk(len(owners), SIZE)


@st.composite
def schedules(draw: st.DrawFn) -> list[State]:
    """Draw states that each follow from the one before: NFTs change hands and places, and new ones are minted."""
    state: list[tuple[int, int | None]] = [(number, draw(st.integers(1, 4))) for number in range(1, 8)]
    fresh = iter(range(100, 1_000))
    schedule = [tuple(state)]
    for _ in range(draw(st.integers(0, 12))):
        for _ in range(draw(st.integers(0, 2))):
            number, _ = state.pop(draw(st.integers(0, len(state) - 1)))
            state.insert(draw(st.integers(0, len(state))), (number, draw(st.integers(1, 4))))
        if draw(st.booleans()):
            state.insert(draw(st.integers(0, len(state))), (next(fresh), draw(st.integers(1, 4))))
        schedule.append(tuple(state))
    return schedule


@given(schedule=schedules(), by_cursor=st.booleans())
async def test_a_collection_that_moves_is_seen_whole_or_not_at_all(schedule: list[State], by_cursor: bool) -> None:
    moving = MovingCollection(schedule, by_cursor)
    outcome = await walked(moving)
    if isinstance(outcome, Unknown):
        assert outcome.reason in (UnknownReason.INCOMPLETE, UnknownReason.LOOP)
        return
    seen = {asset: owner for owner, assets in owned(outcome).items() for asset in assets}
    assert set(seen) == {nft(number) for number, _ in moving.shown[-1]}
    assert outcome.announced == len(moving.shown[-1])
    once = {(nft(number), wallet(owner).text) for state in moving.shown for number, owner in state if owner}
    assert set(seen.items()) <= once


@st.composite
def lies(draw: st.DrawFn) -> list[CollectionPage]:
    row = st.builds(OwnedRow, st.integers(1, 6).map(nft), st.sampled_from([wallet(1).text, wallet(2).text, None]))
    return draw(
        st.lists(
            st.builds(
                CollectionPage,
                st.lists(row, max_size=SIZE + 1).map(tuple),
                st.sampled_from(["a", "b", "c", None]),
                st.booleans(),
                st.just(START),
            ),
            min_size=1,
        )
    )


@given(pages=lies(), counts=st.lists(st.integers(0, 8), min_size=1))
async def test_pages_that_lie_at_will_never_yield_fewer_than_were_announced(
    pages: list[CollectionPage], counts: list[int]
) -> None:
    next_page, next_count = cycle(pages), cycle(counts)
    asked = 0

    async def fetch(token: str | None) -> CollectionPage | Unknown:
        nonlocal asked
        asked += 1
        return next(next_page)

    async def count() -> int | Unknown:
        nonlocal asked
        asked += 1
        return next(next_count)

    outcome = await walk(FRIENDS_PASS, fetch, count, most_pages=20, name="somebody")
    assert asked <= 45
    if isinstance(outcome, CompletePass):
        seen = sum(len(holdings) for holdings in outcome.owners.values())
        assert seen + outcome.ownerless == outcome.announced
        assert outcome.announced in counts


async def test_a_row_that_slips_to_a_page_already_read_is_missed_and_so_there_is_no_pass() -> None:
    before: State = ((1, 1), (2, 1), (3, 1), (4, 2), (5, 2))
    after: State = ((4, 3), (1, 1), (2, 1), (3, 1), (5, 2))
    assert reason(await walked(MovingCollection([before, after]))) is UnknownReason.INCOMPLETE


async def test_what_is_minted_meanwhile_does_not_stand_in_for_what_was_missed() -> None:
    before: State = ((1, 1), (2, 1), (3, 1), (4, 2), (5, 2))
    after: State = ((4, 2), (1, 1), (2, 1), (3, 1), (5, 2), (6, 1))
    assert reason(await walked(MovingCollection([before, after]))) is UnknownReason.INCOMPLETE


async def test_an_nft_with_two_owners_starts_the_pass_again_once() -> None:
    before: State = ((1, 1), (2, 1), (3, 1), (4, 2))
    after: State = ((2, 1), (3, 1), (4, 2), (1, 2))
    moving = MovingCollection([before, (*before, (1, 2)), after])
    outcome = await walked(moving)
    assert owned(outcome) == {wallet(1).text: {nft(2), nft(3)}, wallet(2).text: {nft(4), nft(1)}}
    assert isinstance(outcome, CompletePass)
    assert outcome.calls == 2 + 3
    restless = MovingCollection([(*before, (1, 2))])
    assert reason(await walked(restless)) is UnknownReason.INCOMPLETE
    assert restless.asked == 4


async def test_a_swap_across_the_pages_forges_nothing_that_the_pass_would_confirm() -> None:
    """Alice swaps NFT 5, on a page still to come, for NFT 1, on a page already read: she always held one of them."""
    alice, bob = 1, 2
    before: State = ((1, bob), (2, bob), (3, bob), (4, bob), (5, alice))
    after: State = ((1, alice), (2, bob), (3, bob), (4, bob), (5, bob))
    outcome = await walked(MovingCollection([before, after]))
    assert wallet(alice).text not in owned(outcome)
    assert isinstance(outcome, CompletePass)
    held = await walked(MovingCollection([before]))
    assert isinstance(held, CompletePass)
    assert not outcome.agrees_with(wallet(alice), held.owners[wallet(alice).text])


@pytest.mark.parametrize("bad", range(4))
async def test_an_unknown_answer_ends_the_walk(bad: int) -> None:
    still = MovingCollection([tuple((number, 1) for number in range(1, 8))])
    trouble = Unknown(UnknownReason.NETWORK)

    async def fetch(token: str | None) -> CollectionPage | Unknown:
        return trouble if still.asked == bad else await still.page(token)

    async def count() -> int | Unknown:
        return trouble if still.asked == bad else await still.count()

    assert await walk(FRIENDS_PASS, fetch, count, most_pages=30, name="somebody") is trouble


async def test_a_collection_without_end_is_given_up() -> None:
    endless = MovingCollection([tuple((number, 1) for number in range(1, 200))])
    assert reason(await walked(endless)) is UnknownReason.TOO_MANY

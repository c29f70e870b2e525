import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.intervals import UNKNOWN, Interval, total

intervals = st.builds(
    lambda low, width: Interval(low, None if width is None else low + width),
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
)
numbers = st.integers(0, 60)


def test_a_known_count_is_one_number() -> None:
    assert Interval.exact(3) == Interval(3, 3)
    assert Interval.exact(3).is_exact
    assert not Interval(3, 4).is_exact
    assert not UNKNOWN.is_exact


@pytest.mark.parametrize(("low", "high"), [(-1, 3), (-1, None), (4, 3)])
def test_negative_and_empty_ranges_are_refused(low: int, high: int | None) -> None:
    with pytest.raises(ValueError, match=r"below 0|no number"):
        Interval(low, high)


def test_one_unknown_wallet_leaves_the_others_as_a_lower_bound() -> None:
    assert total([Interval.exact(2), UNKNOWN, Interval.exact(1)]) == Interval(3, None)
    assert total([Interval.exact(2), Interval(1, 4)]) == Interval(3, 6)


def test_no_wallets_hold_exactly_nothing() -> None:
    assert total([]) == Interval.exact(0)


def test_ranges_that_contradict_each_other_have_no_intersection() -> None:
    assert Interval(0, 2).intersection(Interval(3, None)) is None
    assert Interval(0, 3).intersection(Interval(3, None)) == Interval.exact(3)
    assert UNKNOWN.intersection(UNKNOWN) == UNKNOWN


@pytest.mark.parametrize(
    ("interval", "words"),
    [(Interval.exact(0), "0"), (Interval(2, 5), "2 to 5"), (Interval(2, None), "at least 2"), (UNKNOWN, "unknown")],
)
def test_an_interval_reads_like_words(interval: Interval, words: str) -> None:
    assert str(interval) == words


@given(intervals, intervals, numbers, numbers)
def test_a_sum_holds_every_sum_of_members(one: Interval, other: Interval, a: int, b: int) -> None:
    if one.contains(a) and other.contains(b):
        assert (one + other).contains(a + b)


@given(intervals, intervals, numbers)
def test_an_intersection_holds_exactly_what_both_hold(one: Interval, other: Interval, number: int) -> None:
    both = one.intersection(other)
    assert (both is not None and both.contains(number)) == (one.contains(number) and other.contains(number))


@given(intervals, intervals)
def test_being_within_is_the_same_as_intersecting_to_oneself(one: Interval, other: Interval) -> None:
    assert one.within(other) == (one.intersection(other) == one)
    assert one.within(UNKNOWN)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.brakes import Brake


def removals(brake: Brake, holders: int) -> int:
    """How many removals pass one after the other, until the brake holds or nobody has the role any more."""
    taken = 0
    while taken < holders and brake.allows(taken, holders - taken):
        taken += 1
    return taken


@pytest.mark.parametrize(
    ("holders", "passed"), [(3, 3), (5, 5), (20, 5), (50, 5), (59, 5), (60, 6), (100, 10), (1000, 100)]
)
def test_a_few_removals_always_pass_and_of_many_holders_a_part(holders: int, passed: int) -> None:
    assert removals(Brake(minimum=5, percent=10), holders) == passed


def test_a_brake_of_nothing_holds_every_removal() -> None:
    assert removals(Brake(minimum=0, percent=0), 1000) == 0


def test_a_brake_of_everything_holds_none() -> None:
    assert removals(Brake(minimum=0, percent=100), 1000) == 1000


@given(st.integers(0, 50), st.integers(0, 100), st.integers(0, 400))
def test_no_more_than_the_minimum_or_the_share_of_all_holders_pass(minimum: int, percent: int, holders: int) -> None:
    passed = removals(Brake(minimum, percent), holders)
    assert passed == min(holders, max(minimum, holders * percent // 100))


@given(st.integers(0, 50), st.integers(0, 100), st.integers(0, 400), st.integers(0, 400))
def test_once_it_holds_it_holds_until_the_window_has_passed(
    minimum: int, percent: int, taken: int, holders: int
) -> None:
    brake = Brake(minimum, percent)
    if not brake.allows(taken, holders + 1):
        assert not brake.allows(taken + 1, holders)

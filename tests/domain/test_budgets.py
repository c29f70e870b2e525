"""Budgets: what sweeps may spend, and how often that lets each wallet be read."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.budgets import Cadence, CallBudget, cadence, for_sweeps

NEXT_MONTH = datetime(2025, 4, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def budget(spent: int, quota: int | None, spacing: float = 0.0) -> CallBudget:
    return CallBudget("spacescan", spacing, spent, quota, NEXT_MONTH)


def test_a_tenth_of_the_month_is_kept_for_people() -> None:
    assert [for_sweeps(quota) for quota in (10_000, 10, 9, 1, 0)] == [9_000, 9, 8, 0, 0]


def test_sweeps_may_be_a_day_ahead_of_the_month_and_no_more() -> None:
    assert budget(0, 30_000).room(NEXT_MONTH - 30 * DAY) == 900
    assert budget(900, 30_000).room(NEXT_MONTH - 30 * DAY) == 0
    assert budget(900, 30_000).room(NEXT_MONTH - 29 * DAY) == 900
    assert budget(13_500, 30_000).room(NEXT_MONTH - 15 * DAY) == 900
    assert budget(26_000, 30_000).room(NEXT_MONTH - HOUR) == 1_000
    assert budget(28_000, 30_000).room(NEXT_MONTH - HOUR) == 0
    assert budget(0, None).room(NEXT_MONTH - HOUR) is None


def test_the_calls_that_are_left_are_spread_over_the_rest_of_the_month() -> None:
    assert budget(0, 30_000).spacing_of_sweeps(NEXT_MONTH - 30 * DAY) == 96
    assert budget(26_000, 30_000).spacing_of_sweeps(NEXT_MONTH - DAY) == 86.4
    assert budget(26_000, 30_000, spacing=120).spacing_of_sweeps(NEXT_MONTH - DAY) == 120
    assert budget(27_000, 30_000).spacing_of_sweeps(NEXT_MONTH - DAY) == math.inf
    assert budget(5, None, spacing=12).spacing_of_sweeps(NEXT_MONTH - DAY) == 12


def test_a_budget_that_suffices_changes_nothing() -> None:
    assert cadence(1_000, 10, 12.0, 6 * HOUR, 48 * HOUR) == Cadence(6 * HOUR, 6 * HOUR)


def test_what_never_changes_is_read_less_often_than_what_changed_lately() -> None:
    found = cadence(3_000, 300, 12.0, 6 * HOUR, 48 * HOUR)
    assert found.lively == 6 * HOUR
    assert found.quiet is not None
    assert timedelta(hours=10) < found.quiet < timedelta(hours=11)
    assert found.is_stretched
    assert not found.is_too_slow


def test_nobody_grows_stale_for_the_sake_of_those_who_changed() -> None:
    found = cadence(10_000, 1_000, 12.0, 6 * HOUR, 48 * HOUR)
    assert found.quiet == 0.9 * 48 * HOUR
    assert 6 * HOUR < found.lively < found.quiet


def test_a_budget_that_cannot_keep_readings_fresh_says_so() -> None:
    found = cadence(20_000, 1_000, 12.0, 6 * HOUR, 48 * HOUR)
    assert found.quiet == found.lively == timedelta(seconds=240_000)
    assert found.is_too_slow
    assert cadence(5, 0, math.inf, 6 * HOUR, 48 * HOUR) == Cadence(6 * HOUR, None, is_stretched=True, is_too_slow=True)


@given(wallets=st.integers(1, 100_000), share=st.floats(0, 1), spacing=st.floats(0.01, 60), interval=st.integers(1, 24))
def test_a_cadence_never_takes_more_calls_than_there_are(
    wallets: int, share: float, spacing: float, interval: int
) -> None:
    lively = int(wallets * share)
    found = cadence(wallets, lively, spacing, interval * HOUR, 48 * HOUR)
    assert found.quiet is not None
    assume(found.is_stretched)
    rate = lively / found.lively.total_seconds() + (wallets - lively) / found.quiet.total_seconds()
    assert rate <= 1 / spacing * 1.001
    assert found.lively >= interval * HOUR

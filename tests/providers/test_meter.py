"""Quotas start again with the month."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.meter import Unmetered, until_next_month


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_the_wait_ends_with_the_month(now: datetime, then: datetime) -> None:
    assert now + until_next_month(now) == then


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_wait_is_never_nothing_and_never_more_than_a_month(now: datetime) -> None:
    assert timedelta(0) < until_next_month(now) <= timedelta(days=31)


async def test_without_a_quota_every_call_passes() -> None:
    assert await Unmetered().spend("spacescan")

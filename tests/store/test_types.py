from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.engine import Dialect

from bot.store.types import Amount, Duration, UtcDateTime, storable

SQLITE, POSTGRESQL = (make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+psycopg"))
dialects = st.sampled_from([SQLITE, POSTGRESQL])


@given(
    dialect=dialects,
    time=st.datetimes(
        min_value=datetime(1971, 1, 1),  # noqa: DTZ001
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001
        timezones=st.timezones(),
    ),
)
def test_a_time_comes_back_as_the_same_point_in_utc(dialect: Dialect, time: datetime) -> None:
    kind = UtcDateTime()
    back = kind.process_result_value(kind.process_bind_param(time, dialect), dialect)
    assert back is not None
    assert back.utcoffset() == timedelta(0)
    assert back == time.astimezone(UTC)


def test_postgresql_may_answer_in_its_own_time_zone() -> None:
    answer = datetime(2025, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    back = UtcDateTime().process_result_value(answer, POSTGRESQL)
    assert back is not None
    assert back.isoformat() == "2025-03-01T12:00:00+00:00"


def test_a_time_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(datetime(2025, 3, 1), SQLITE)  # noqa: DTZ001


@given(dialect=dialects, length=st.timedeltas(min_value=-timedelta(days=10**5), max_value=timedelta(days=10**6)))
def test_a_duration_keeps_its_microseconds(dialect: Dialect, length: timedelta) -> None:
    kind = Duration()
    assert kind.process_result_value(kind.process_bind_param(length, dialect), dialect) == length


@given(dialect=dialects, amount=st.integers(1, 10**100))
def test_an_amount_never_overflows(dialect: Dialect, amount: int) -> None:
    kind = Amount()
    assert kind.process_result_value(kind.process_bind_param(amount, dialect), dialect) == amount


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(st.text(st.characters()) | st.text(st.sampled_from("a\x00\ud83d\ude00\udfff")))
def test_text_that_no_database_can_hold_becomes_text_that_it_can(text: str) -> None:
    stored = storable(text)
    assert stored.encode().decode() == stored
    assert "\x00" not in stored

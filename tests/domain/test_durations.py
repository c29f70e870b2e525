from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import LONGEST, format_duration, parse_duration
from bot.domain.errors import UserError

spans = st.integers(0, int(LONGEST.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))


def refusal(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_duration(text)
    return str(caught.value)


@given(spans)
def test_what_is_written_is_read_back(span: timedelta) -> None:
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0", timedelta(0)),
        ("0m", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("365d", LONGEST),
        ("1h30m", timedelta(minutes=90)),
        (" 1 H 30 M ", timedelta(minutes=90)),
        ("30m 1h", timedelta(minutes=90)),
    ],
)
def test_people_may_write_it_like_this(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0"),
        (timedelta(seconds=45), "45s"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(days=2), "2d"),
        (timedelta(weeks=1, seconds=1), "7d1s"),
    ],
)
def test_it_is_written_in_the_largest_units(span: timedelta, text: str) -> None:
    assert format_duration(span) == text


@pytest.mark.parametrize("text", ["", " ", "5", "h", "soon", "-1h", "1.5h", "1y", "1h30", "1h, 30m", "٣h", "0 0"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    assert "is not a span of time. Write a number and a unit, like 30m" in refusal(text)


@pytest.mark.parametrize("text", ["365d1s", "53w", "9000h", "999999999w", "999999999d" * 50])
def test_more_than_a_year_is_refused(text: str) -> None:
    assert "is longer than a year" in refusal(text)


def test_an_absurd_paste_is_not_repeated_whole() -> None:
    assert len(refusal("9" * 5000)) < 200


@given(st.text(alphabet="0123456789smhdw -+.", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        span = parse_duration(text)
    except UserError:
        return
    assert timedelta(0) <= span <= LONGEST

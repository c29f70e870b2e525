from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import UserError
from bot.domain.until import parse_until

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("14d", NOW + timedelta(days=14)),
        (" 12h ", NOW + timedelta(hours=12)),
        ("2026-12-24", datetime(2026, 12, 25, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2027-11-21", datetime(2027, 11, 22, tzinfo=UTC)),
    ],
)
def test_a_date_counts_to_its_end_and_a_span_from_now(text: str, until: datetime) -> None:
    assert parse_until(text, NOW) == until


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "not in the future"),
        ("2026-11-20", "not in the future"),
        ("2028-01-01", "more than a year"),
        ("400d", "neither a date nor a span"),
        ("tomorrow", "neither a date nor a span"),
        ("", "neither a date nor a span"),
        ("2026-13-01", "neither a date nor a span"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_until(text, NOW)

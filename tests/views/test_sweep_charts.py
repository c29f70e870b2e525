"""The picture below `/sweep status`: drawn for whatever there is, in letters that can be read."""

import struct
import warnings
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.history import History, Holders, Point
from bot.views import chart_drawing
from bot.views.sweep_charts import DESCRIPTION_MAX, picture

NOW = datetime(2025, 3, 1, 12, 34, tzinfo=UTC)
DAY = timedelta(days=1)


def history(days: int, roles: int, scale: int = 1) -> History:
    begins = NOW - days * DAY
    times = [begins + timedelta(hours=12) * step for step in range(2 * days)] + [NOW]
    points = [Point(at, scale * number, number % 3, number % 4, number % 5) for number, at in enumerate(times)]
    holders = [Holders(role, at, scale * (number + role)) for number, at in enumerate(times) for role in range(roles)]
    return History(begins, NOW, points, holders)


@pytest.mark.parametrize(
    "shown",
    [
        History(NOW - DAY, NOW, [Point(NOW, 0, 0)], []),
        history(1, 1),
        history(30, 50, scale=300_000),
    ],
    ids=["nothing", "one day", "a month of many roles"],
)
def test_a_picture_is_drawn_whatever_there_is(shown: History) -> None:
    names = {0: "Friends 🐸", 1: "穴熊", 2: "$x^{$ whale", 3: "a\nb\t\u202e\x00", 4: "W" * 100}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = picture(shown, names)
    assert file.name.endswith(".png")
    assert file.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", file.content[16:24]) == (chart_drawing.WIDTH, chart_drawing.HEIGHT)
    assert len(file.content) < 500_000
    assert 0 < len(file.description) <= DESCRIPTION_MAX


def test_the_description_says_what_the_picture_shows() -> None:
    shown = History(
        NOW - 2 * DAY,
        NOW,
        [Point(NOW - 2 * DAY, 1, 0), Point(NOW - DAY, 4, 0, given=5), Point(NOW, 3, 1, taken=2)],
        [Holders(7, NOW - 2 * DAY, 0), Holders(7, NOW - DAY, 5), Holders(7, NOW, 3)],
    )
    assert picture(shown, {7: "Holder 🐸"}).description == (
        "Charts of the last 2 days. Holders: Holder 🐸 from 0 to 3. Roles given: 5, taken: 2. "
        "Wallets with a complete last reading: 3, unknown: 1."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Friends 🐸", "Friends"),
        ("穴熊", "otherwise"),
        ("🐸 ⚡", "otherwise"),
        ("two\nlines", "two lines"),
        ("Größe", "Größe"),
        ("An endlessly long name", "An endlessl…"),
    ],
)
def test_only_what_the_font_has_is_written(name: str, shown: str) -> None:
    assert chart_drawing.readable(name, "otherwise") == shown

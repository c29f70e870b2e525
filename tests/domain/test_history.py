from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.history import History, Holders, Point, changes_of, series_of

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def history(*holders: Holders, points: tuple[Point, ...] = (), days: int = 2) -> History:
    return History(NOW - days * DAY, NOW, points, sorted(holders, key=lambda entry: entry.at))


def test_a_role_is_shown_as_steps_from_the_first_moment_to_the_last() -> None:
    (one,) = series_of(history(Holders(7, NOW - 9 * DAY, 3), Holders(7, NOW - HOUR, 5)), 5)
    assert one.role_id == 7
    assert one.times == (NOW - 2 * DAY, NOW - HOUR, NOW)
    assert one.values == (3, 5, 5)


def test_roles_that_nobody_held_are_left_out() -> None:
    assert series_of(history(Holders(7, NOW, 0)), 5) == []


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 47), st.integers(0, 9)), max_size=30), st.integers(2, 6))
def test_the_rest_is_shown_as_one_and_nobody_gets_lost(entries: list[tuple[int, int, int]], most: int) -> None:
    noted = {(role, hours): count for role, hours, count in entries}
    known = history(*(Holders(role, NOW - hours * HOUR, count) for (role, hours), count in noted.items()))
    shown = series_of(known, most)
    last: dict[int, int] = {}
    for entry in known.holders:
        last[entry.role_id] = entry.holders
    assert len(shown) <= most
    assert sum(one.last for one in shown) == sum(last.values())
    alone = [one.last for one in shown if one.role_id is not None]
    assert alone == sorted(alone, reverse=True)
    assert all(list(one.times) == sorted(one.times) for one in shown)


def test_changes_are_summed_in_steps_that_end_now() -> None:
    points = (
        Point(NOW - 3 * DAY, 0, 0, given=100),
        Point(NOW - 2 * DAY, 0, 0, given=50),
        Point(NOW - 30 * HOUR, 0, 0, given=2),
        Point(NOW - 25 * HOUR, 0, 0, given=1, taken=4),
        Point(NOW, 0, 0, taken=8),
    )
    changes = changes_of(history(points=points), DAY)
    assert [(each.since, each.given, each.taken) for each in changes] == [(NOW - 2 * DAY, 3, 4), (NOW - DAY, 0, 8)]

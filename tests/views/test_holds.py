from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.brake_causes import Cause, CauseKind, HoldNotice
from bot.domain.brakes import BrakeHold, HoldDecision, Wait
from bot.domain.ledger import Evidence, RoleAction
from bot.domain.rivals import Flip
from bot.services.braking import WAITS_SHOWN, Decided
from bot.services.rivals import in_words
from bot.views import hold_items, holds
from bot.views.text import CONTENT_MAX

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LONG_ID = 9_223_372_036_854_775_000
OPEN = BrakeHold(LONG_ID, LONG_ID, LONG_ID, NOW, count=3, newest=LONG_ID, revision=1)
EVERY_CAUSE = tuple(Cause(kind, "x" * 64, 99_999, timedelta(minutes=29), NOW, LONG_ID) for kind in CauseKind)


def notice(hold: BrakeHold, waiting: int, causes: tuple[Cause, ...] = ()) -> HoldNotice:
    waits = [Wait(number, LONG_ID + number, NOW, NOW, Evidence("")) for number in range(min(waiting, WAITS_SHOWN))]
    return HoldNotice(replace(hold, count=waiting), "Holder", waits, causes)


def decided(decision: HoldDecision) -> BrakeHold:
    by = None if decision is HoldDecision.EMPTIED else LONG_ID
    return replace(OPEN, decision=decision, decided_by=by, decided_at=NOW)


def described(of: HoldNotice) -> str:
    return holds.embed(of).description or ""


@pytest.mark.parametrize(("waiting", "rest"), [(1, 0), (holds.NAMED_MAX, 0), (holds.NAMED_MAX + 1, 1), (9_999, 9_939)])
def test_as_many_members_are_named_as_fit_and_the_rest_is_a_number(waiting: int, rest: int) -> None:
    text = described(notice(OPEN, waiting))
    assert (f" and {rest} more" in text) is (rest > 0)
    assert str(waiting) in text


def test_the_longest_post_is_not_cut() -> None:
    text = described(notice(OPEN, 9_999, EVERY_CAUSE))
    assert len(text) < holds.EMBED_MAX
    assert text.endswith("explains a single member.")


def test_as_many_holds_as_the_status_shows_fit_into_one_message() -> None:
    shown = hold_items.in_status([notice(OPEN, 9_999, EVERY_CAUSE)] * 9)
    embeds = [holds.embed(each, holds.NAMED_IN_STATUS) for each in shown]
    assert sum(len(embed) for embed in embeds) < 6_000
    view = hold_items.status_view([notice(OPEN, 1)] * 9)
    assert view is not None
    assert len(view.children) == 2 * len(shown)


@pytest.mark.parametrize("kind", CauseKind)
def test_every_cause_has_words(kind: CauseKind) -> None:
    text = described(notice(OPEN, 3, (Cause(kind, "friends", 3, at=NOW, by=7),)))
    assert "**Likely cause:** " in text
    assert kind.value not in text


@pytest.mark.parametrize("decision", HoldDecision)
def test_a_decided_hold_says_how_by_whom_and_when_and_has_no_buttons(decision: HoldDecision) -> None:
    of = notice(decided(decision), 1)
    assert hold_items.buttons(of) == ()
    assert f"<t:{int(NOW.timestamp())}:f>" in described(of)
    assert (f"<@{LONG_ID}>" in described(of)) is True
    late = holds.pressed(Decided(of.hold, is_new=False))
    assert late.startswith("This was decided already")
    assert "wait for your decision" not in late


def test_a_press_on_something_long_gone_says_where_to_look() -> None:
    assert "/sweep status" in holds.pressed(Decided(None, is_new=False))


@pytest.mark.parametrize("actors", [(), (7,), (7, 8)])
def test_a_report_of_rivals_fits_into_a_post(actors: tuple[int, ...]) -> None:
    flips = [Flip(NOW, 1, LONG_ID - number, LONG_ID, RoleAction.GIVE, is_rivalry=True) for number in range(100)]
    text = in_words(flips, actors)
    assert len(text) < CONTENT_MAX
    assert "and 90 more" in text
    assert all(f"<@{actor}>" in text for actor in actors)

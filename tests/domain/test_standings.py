"""How a role stands, and that it fits what the plan does about it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.privacy import Withdrawal
from bot.domain.role_plans import MOST_UNDONE, RoleCase, Sight, Step, plan_role
from bot.domain.rules import RuleState
from bot.domain.standings import Standing, stand, stays_until
from bot.domain.verdicts import Verdict
from tests.domain.role_cases import NOW, case, cases, held

HOUR = timedelta(hours=1)
LAPSED = held(lapsed_at=NOW - HOUR)
SHORT = Verdict.NOT_ENTITLED


def active(of: RoleCase, *, is_braked: bool = False) -> Standing:
    return stand(of, RuleState.ACTIVE, is_braked=is_braked)


@pytest.mark.parametrize(
    ("of", "standing"),
    [
        (case(Verdict.ENTITLED, entry=held(), has=True), Standing.HELD),
        (case(Verdict.ENTITLED, has=True), Standing.FOREIGN_MET),
        (case(Verdict.ENTITLED, has=False), Standing.COMING),
        (case(Verdict.ENTITLED, has=False, pending=True), Standing.SCREENING),
        (case(Verdict.ENTITLED, has=False, undone=MOST_UNDONE), Standing.CONTESTED),
        (case(Verdict.ENTITLED, entry=held(missing_since=NOW), has=False), Standing.MISSING),
        (case(Verdict.UNKNOWN, entry=held(), has=True), Standing.FROZEN),
        (case(Verdict.UNKNOWN, has=False), Standing.FROZEN),
        (case(SHORT, has=False), Standing.NOT_MET),
        (case(SHORT, has=True), Standing.FOREIGN),
        (case(SHORT, entry=held(), has=True, grace=HOUR), Standing.GRACE),
        (case(SHORT, entry=LAPSED, has=True), Standing.LEAVING),
        (case(SHORT, entry=held(grace_waived=True), has=True, grace=HOUR), Standing.LEAVING),
        (case(SHORT, entry=replace(LAPSED, state=LedgerState.TAKING), has=True), Standing.LEAVING),
        (case(SHORT, entry=held(state=LedgerState.TAKING, lapsed_at=NOW), has=True, grace=HOUR), Standing.GRACE),
        (case(SHORT, entry=held(kept_at=NOW), has=True), Standing.KEPT),
        (case(SHORT, entry=held(), has=True, protected=True), Standing.PROTECTED),
        (case(SHORT, entry=held(adopted_until=NOW + HOUR), has=True), Standing.ADOPTED),
        (case(SHORT, entry=held(adopted_until=NOW - HOUR), has=True), Standing.LEAVING),
        (case(Verdict.ENTITLED, entry=held(state=LedgerState.WITHHELD), has=False), Standing.WITHHELD),
        (case(SHORT, entry=held(), has=True, paused=True), Standing.SERVER_PAUSED),
    ],
)
def test_every_situation_has_its_word(of: RoleCase, standing: Standing) -> None:
    assert active(of) is standing


def test_a_removal_in_a_hold_waits_for_an_admin() -> None:
    assert active(case(SHORT, entry=LAPSED, has=True), is_braked=True) is Standing.BRAKE


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (RuleState.PAUSED, Standing.RULE_PAUSED),
        (RuleState.BLOCKED, Standing.BLOCKED),
        (RuleState.ROLE_GONE, Standing.ROLE_GONE),
    ],
)
def test_a_rule_that_does_not_run_decides_before_what_is_held(state: RuleState, standing: Standing) -> None:
    assert stand(case(Verdict.ENTITLED, entry=held(), has=True), state) is standing
    assert standing.is_pause


def test_what_the_member_or_an_admin_asked_for_comes_first() -> None:
    of = case(SHORT, entry=LAPSED, has=True, paused=True)
    assert stand(of, RuleState.PAUSED, withdrawal=Withdrawal.OPTED_OUT) is Standing.OPTED_OUT
    assert stand(of, RuleState.PAUSED, withdrawal=Withdrawal.FORGETTING) is Standing.FORGETTING
    assert stand(of, RuleState.PAUSED, is_undone=True) is Standing.UNDO


def test_dates_are_those_of_the_plan() -> None:
    grace = case(SHORT, entry=LAPSED, has=True, grace=2 * HOUR)
    assert stays_until(grace, Standing.GRACE, None) == NOW + HOUR
    adopted = case(SHORT, entry=held(adopted_until=NOW + HOUR), has=True)
    assert stays_until(adopted, Standing.ADOPTED, None) == NOW + HOUR
    assert stays_until(adopted, Standing.PROTECTED, NOW) == NOW
    assert stays_until(adopted, Standing.HELD, NOW) is None


seen = cases().filter(lambda of: of.member is not None)


@given(seen)
def test_what_the_plan_writes_is_what_the_standing_announces(of: RoleCase) -> None:
    standing = active(of)
    match plan_role(of).step:
        case Step.GIVE:
            assert standing is Standing.COMING
        case Step.TAKE:
            assert standing is Standing.LEAVING
        case _:
            assert standing is not Standing.LEAVING
            assert standing is not Standing.COMING or of.member is None


@given(seen, st.booleans())
def test_the_brake_only_ever_changes_a_removal(of: RoleCase, is_braked: bool) -> None:
    standing = active(of, is_braked=is_braked)
    if standing is Standing.BRAKE:
        assert active(of) is Standing.LEAVING
    else:
        assert standing is active(of)


@given(cases())
def test_a_role_that_is_said_to_be_there_by_the_bot_is_in_the_ledger(of: RoleCase) -> None:
    ours = {Standing.HELD, Standing.KEPT, Standing.PROTECTED, Standing.ADOPTED, Standing.GRACE, Standing.LEAVING}
    if active(of) in ours:
        assert isinstance(of.entry, LedgerEntry)
        assert active(replace(of, entry=None)) not in ours
    if of.sight is Sight.LACKS:
        assert active(of) not in ours

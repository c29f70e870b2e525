from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from bot.domain.ledger import LedgerState
from bot.domain.members import MemberSnapshot
from bot.domain.privacy import (
    LONGEST_WAIT,
    AskedBy,
    Deletion,
    is_pseudonym,
    next_try,
    plan_withdrawal,
    was_given,
)
from bot.domain.role_plans import MOST_UNDONE, RoleCase, Step
from bot.domain.verdicts import Verdict
from bot.services.forgetting import new_pseudonym
from tests.domain.role_cases import NOW, ROLE, USER, case, cases, held

NO = Verdict.NOT_ENTITLED


def test_a_role_from_the_bot_is_asked_back_whatever_stands_in_the_way() -> None:
    kept = held(kept_at=NOW - timedelta(hours=1), lapsed_at=NOW)
    plan = plan_withdrawal(case(NO, entry=kept, has=True, protected=True, grace=timedelta(days=7)))
    assert plan.step is Step.TAKE
    assert plan.entry is not None
    assert (plan.entry.state, plan.entry.grace_waived, plan.entry.kept_at) == (LedgerState.TAKING, True, None)


def test_the_member_is_looked_up_first() -> None:
    assert plan_withdrawal(case(NO, entry=held())).step is Step.LOOK


def test_it_is_asked_back_even_where_a_look_does_not_show_it() -> None:
    assert plan_withdrawal(case(NO, entry=held(), has=False)).step is Step.TAKE


def test_after_a_confirmed_write_a_look_ends_it() -> None:
    taking = held(state=LedgerState.TAKING, missing_since=NOW)
    gone = plan_withdrawal(case(NO, entry=taking, has=False))
    assert (gone.step, gone.entry) == (Step.NOTHING, None)
    assert plan_withdrawal(case(NO, entry=taking, has=True)).step is Step.TAKE
    unconfirmed = held(state=LedgerState.TAKING)
    assert plan_withdrawal(case(NO, entry=unconfirmed, has=False)).step is Step.TAKE


def test_who_keeps_giving_it_back_owns_it() -> None:
    taking = held(state=LedgerState.TAKING, missing_since=NOW)
    plan = plan_withdrawal(case(NO, entry=taking, has=True, undone=MOST_UNDONE))
    assert (plan.step, plan.entry) == (Step.NOTHING, None)


def test_a_role_that_somebody_else_gave_stays() -> None:
    adopted = plan_withdrawal(case(NO, entry=held(adopted_until=NOW + timedelta(days=1)), has=True))
    assert (adopted.step, adopted.entry) == (Step.NOTHING, None)


def test_who_left_and_came_back_has_nothing_to_give_back() -> None:
    plan = plan_withdrawal(case(NO, entry=held(), has=False, joined_at=NOW))
    assert (plan.step, plan.entry) == (Step.NOTHING, None)


def test_while_all_is_paused_it_waits() -> None:
    plan = plan_withdrawal(case(NO, entry=held(), has=True, paused=True))
    assert (plan.step, plan.entry) == (Step.NOTHING, held())


@given(cases())
def test_nothing_is_ever_given_and_only_the_bots_own_is_taken(any_case: RoleCase) -> None:
    plan = plan_withdrawal(any_case)
    assert plan.step is not Step.GIVE
    if plan.step is Step.TAKE:
        assert any_case.entry is not None
        assert was_given(any_case.entry)
        assert not any_case.is_paused
    if plan.entry is not None:
        assert any_case.entry is not None
        assert was_given(any_case.entry)


@given(cases())
def test_it_comes_to_an_end_when_discord_does_what_it_says(any_case: RoleCase) -> None:
    now = replace(any_case, is_paused=False)
    for _ in range(4):
        plan = plan_withdrawal(now)
        if plan.entry is None:
            return
        shown = MemberSnapshot(USER, frozenset({ROLE}), None, pending=False) if now.member is None else now.member
        entry = plan.entry
        if plan.step is Step.TAKE:
            shown = replace(shown, role_ids=shown.role_ids - {ROLE})
            entry = replace(entry, missing_since=NOW)
        now = replace(now, member=shown, entry=entry)
    raise AssertionError("it is still asked back")


def test_a_pseudonym_is_nobodys_id() -> None:
    assert not is_pseudonym(USER)
    assert all(is_pseudonym(new_pseudonym()) for _ in range(1000))
    assert all(new_pseudonym() >= -(2**63) for _ in range(1000))


def test_tries_come_less_and_less_often() -> None:
    deletion = Deletion(USER, NOW, AskedBy.MEMBER, NOW)
    waits = [next_try(replace(deletion, failures=failures), NOW) - NOW for failures in range(100)]
    assert waits[0] < waits[1] < waits[2]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT

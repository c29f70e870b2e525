"""When roles are looked at again, and what is made of what somebody else did or of a list without any role."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.ledger import LedgerEntry, LedgerState, RoleAction
from bot.domain.looks import LOOK_EVERY, NEWCOMER, SECOND_LOOK, routine_look_at
from bot.domain.members import MemberSnapshot
from bot.domain.role_plans import MOST_UNDONE, RoleCase, Step, plan_role
from bot.domain.verdicts import Verdict
from tests.domain.role_cases import NOW, OTHER_ROLE, ROLE, USER, case, cases, held, replace_any

YES, NO, UNKNOWN = Verdict.ENTITLED, Verdict.NOT_ENTITLED, Verdict.UNKNOWN


class TestRivals:
    def test_a_given_role_that_is_gone_at_once_again_and_again_is_given_up(self) -> None:
        gone = held(verified_at=None)
        assert plan_role(case(YES, entry=gone, has=False, undone=MOST_UNDONE - 2)).step is Step.GIVE
        plan = plan_role(case(YES, entry=gone, has=False, undone=MOST_UNDONE - 1))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.WITHHELD

    def test_a_taken_role_that_comes_back_again_and_again_is_left_to_whoever_gives_it(self) -> None:
        back = held(state=LedgerState.TAKING, missing_since=NOW - SECOND_LOOK)
        assert plan_role(case(NO, entry=back, has=True, undone=MOST_UNDONE - 2)).step is Step.TAKE
        plan = plan_role(case(NO, entry=back, has=True, undone=MOST_UNDONE - 1))
        assert (plan.step, plan.entry) == (Step.NOTHING, None)

    def test_a_removal_that_discord_never_confirmed_was_undone_by_nobody(self) -> None:
        assert case(NO, entry=held(state=LedgerState.TAKING), has=True).undoing is None

    def test_a_role_that_is_missing_at_one_look_was_undone_by_nobody_yet(self) -> None:
        assert case(YES, entry=held(), has=False).undoing is None
        missing = held(missing_since=NOW - SECOND_LOOK)
        assert case(YES, entry=missing, has=False).undoing is RoleAction.GIVE
        assert case(NO, entry=missing, has=False).undoing is None


class TestRoutineLooks:
    """Where Discord does not tell who leaves, somebody may have left and come back without the role."""

    def test_a_role_is_looked_at_at_least_so_often(self) -> None:
        seen = held(verified_at=NOW)
        plan = plan_role(case(YES, entry=seen, look_every=LOOK_EVERY))
        assert plan.step is Step.NOTHING
        assert plan.look_again_at is not None
        assert NOW + LOOK_EVERY / 2 < plan.look_again_at <= NOW + LOOK_EVERY
        assert plan_role(case(YES, entry=seen, look_every=LOOK_EVERY, now=plan.look_again_at)).step is Step.LOOK

    def test_a_look_that_finds_all_well_is_good_until_the_next(self) -> None:
        plan = plan_role(case(YES, entry=held(), has=True, look_every=LOOK_EVERY))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.verified_at == NOW
        assert plan.look_again_at is not None

    def test_nobody_is_looked_at_while_discord_tells_who_leaves(self) -> None:
        assert plan_role(case(YES, entry=held(), now=NOW + timedelta(days=99))).step is Step.NOTHING

    def test_what_is_due_sooner_comes_sooner(self) -> None:
        hour = timedelta(hours=1)
        plan = plan_role(case(NO, entry=held(verified_at=NOW), grace=hour, look_every=LOOK_EVERY))
        assert plan.look_again_at == NOW + hour

    @pytest.mark.parametrize("state", [LedgerState.GIVING, LedgerState.TAKING, LedgerState.WITHHELD])
    def test_only_held_roles_have_routine_looks(self, state: LedgerState) -> None:
        assert routine_look_at(held(state=state), LOOK_EVERY) is None

    def test_roles_that_were_given_together_do_not_stay_together(self) -> None:
        entries = [replace_any(held(verified_at=NOW), {"user_id": user_id}) for user_id in range(1, 400)]
        looks = [routine_look_at(entry, LOOK_EVERY) for entry in entries]
        hours = Counter((look - NOW) // timedelta(hours=1) for look in looks if look is not None)
        assert set(hours) == {18, 19, 20, 21, 22, 23}
        assert max(hours.values()) < 2 * min(hours.values())


class TestEmptyRoleLists:
    """Discord has been seen to show a member without any role who has some."""

    OLD = NOW - timedelta(days=2)

    def entry_on_empty_list(self) -> LedgerEntry:
        """What is in the ledger once the role was given to somebody who seemed to have none."""
        plan = plan_role(case(YES, has=False, joined_at=self.OLD))
        assert plan.step is Step.GIVE
        assert plan.entry is not None
        assert plan.entry.rests_on_empty_list
        return plan.entry

    @pytest.mark.parametrize("state", [LedgerState.GIVING, LedgerState.HELD])
    @pytest.mark.parametrize("verdict", list(Verdict))
    def test_a_role_that_may_have_been_there_before_is_not_claimed(self, state: LedgerState, verdict: Verdict) -> None:
        entry = replace_any(self.entry_on_empty_list(), {"state": state})
        plan = plan_role(case(verdict, entry=entry, has=True, others=frozenset({OTHER_ROLE}), joined_at=self.OLD))
        assert (plan.step, plan.entry) == (Step.NOTHING, None)

    def test_the_bots_own_other_roles_raise_no_doubt(self) -> None:
        seen = case(YES, entry=self.entry_on_empty_list(), has=True, others=frozenset({OTHER_ROLE}), joined_at=self.OLD)
        plan = plan_role(replace(seen, own_role_ids=frozenset({ROLE, OTHER_ROLE})))
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD

    def test_a_role_that_shows_as_the_only_one_is_the_bots(self) -> None:
        plan = plan_role(case(YES, entry=self.entry_on_empty_list(), has=True, joined_at=self.OLD))
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD
        assert not plan.entry.rests_on_empty_list

    def test_somebody_who_joined_just_now_may_well_have_no_role(self) -> None:
        plan = plan_role(case(YES, has=False, joined_at=NOW - NEWCOMER))
        assert plan.entry is not None
        assert not plan.entry.rests_on_empty_list

    def test_what_discord_showed_in_two_ways_is_believed(self) -> None:
        confirmed = MemberSnapshot(USER, frozenset(), self.OLD, pending=False, is_confirmed=True)
        plan = plan_role(replace(case(YES), member=confirmed))
        assert plan.step is Step.GIVE
        assert plan.entry is not None
        assert not plan.entry.rests_on_empty_list

    def test_one_other_role_is_enough_to_believe_the_list(self) -> None:
        plan = plan_role(case(YES, has=False, others=frozenset({OTHER_ROLE}), joined_at=self.OLD))
        assert plan.entry is not None
        assert not plan.entry.rests_on_empty_list

    def test_a_role_that_the_bot_has_taken_itself_is_its_own_when_it_is_given_again(self) -> None:
        taking = held(state=LedgerState.TAKING, missing_since=NOW)
        plan = plan_role(case(YES, entry=taking, has=False, joined_at=self.OLD))
        assert plan.step is Step.GIVE
        assert plan.entry is not None
        assert not plan.entry.rests_on_empty_list

    @given(cases())
    def test_a_doubtful_role_is_never_taken(self, any_case: RoleCase) -> None:
        if any_case.is_doubtful:
            assert plan_role(any_case).step is Step.NOTHING

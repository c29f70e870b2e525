"""What is done about one role of one member."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import LedgerState, RoleAction
from bot.domain.looks import SECOND_LOOK
from bot.domain.role_plans import RoleCase, Sight, Step, plan_role
from bot.domain.verdicts import Verdict
from tests.domain.role_cases import NOW, case, cases, held

YES, NO, UNKNOWN = Verdict.ENTITLED, Verdict.NOT_ENTITLED, Verdict.UNKNOWN


class TestWhateverHappens:
    @given(cases(st.just(UNKNOWN)))
    def test_an_unknown_verdict_never_changes_the_role(self, any_case: RoleCase) -> None:
        assert plan_role(any_case).step in (Step.NOTHING, Step.LOOK)

    @given(cases())
    def test_a_role_is_given_only_to_the_entitled(self, any_case: RoleCase) -> None:
        if plan_role(any_case).step is Step.GIVE:
            assert any_case.verdict is YES
            assert any_case.sight is Sight.LACKS

    @given(cases())
    def test_a_role_is_taken_only_from_the_not_entitled_who_have_it_from_the_bot(self, any_case: RoleCase) -> None:
        if plan_role(any_case).step is Step.TAKE:
            assert any_case.verdict is NO
            assert any_case.sight is Sight.HAS
            assert any_case.entry is not None
            assert any_case.entry.state is not LedgerState.WITHHELD

    @given(cases())
    def test_what_somebody_decided_stands_in_the_way_of_every_removal(self, any_case: RoleCase) -> None:
        if plan_role(any_case).step is Step.TAKE:
            assert any_case.entry is not None
            assert any_case.entry.kept_at is None
            assert not any_case.is_protected
            assert any_case.entry.adopted_until is None or any_case.entry.adopted_until <= any_case.now

    @given(cases())
    def test_nothing_is_given_or_taken_in_a_paused_server(self, any_case: RoleCase) -> None:
        if any_case.is_paused:
            assert plan_role(any_case).step in (Step.NOTHING, Step.LOOK)

    @given(cases())
    def test_what_somebody_else_keeps_undoing_is_not_done_again(self, any_case: RoleCase) -> None:
        if any_case.is_contested:
            assert plan_role(any_case).step is not Step.GIVE
        if any_case.is_contested and any_case.undoing is RoleAction.TAKE:
            assert plan_role(any_case).step is not Step.TAKE

    @given(cases())
    def test_another_look_is_never_asked_for_in_the_past(self, any_case: RoleCase) -> None:
        look_again_at = plan_role(any_case).look_again_at
        assert look_again_at is None or look_again_at > any_case.now

    @given(cases(st.just(YES)))
    def test_whoever_earns_a_role_holds_it_like_everybody_else(self, any_case: RoleCase) -> None:
        entry = plan_role(any_case).entry
        if entry is not None and entry.state is LedgerState.HELD and any_case.sight is Sight.HAS:
            assert (entry.lapsed_at, entry.notified_at, entry.kept_at, entry.adopted_until) == (None,) * 4

    @given(cases())
    def test_writing_to_discord_always_leaves_an_intent_in_the_ledger(self, any_case: RoleCase) -> None:
        plan = plan_role(any_case)
        if plan.step is Step.GIVE:
            assert plan.entry is not None
            assert plan.entry.state is LedgerState.GIVING
        if plan.step is Step.TAKE:
            assert plan.entry is not None
            assert plan.entry.state is LedgerState.TAKING

    @given(cases())
    def test_nothing_is_written_without_a_look_at_the_member(self, any_case: RoleCase) -> None:
        if any_case.member is None:
            assert plan_role(any_case).step in (Step.NOTHING, Step.LOOK)

    @given(cases())
    def test_a_look_is_asked_for_only_when_nobody_looked_yet(self, any_case: RoleCase) -> None:
        if plan_role(any_case).step is Step.LOOK:
            assert any_case.member is None

    @given(cases(st.sampled_from([YES, NO])))
    def test_planning_settles(self, any_case: RoleCase) -> None:
        """Carried out and seen to have stuck, a plan leads to a state in which there is nothing more to write."""
        plan = plan_role(any_case)
        if plan.step not in (Step.GIVE, Step.TAKE):
            return
        gave = plan.step is Step.GIVE
        after = case(any_case.verdict, entry=plan.entry, has=gave, grace=any_case.grace)
        assert plan_role(after).step is Step.NOTHING


class TestGiving:
    def test_the_entitled_get_the_role_once_discord_shows_they_lack_it(self) -> None:
        assert plan_role(case(YES)).step is Step.LOOK
        assert plan_role(case(YES, has=False)).step is Step.GIVE

    def test_a_role_that_somebody_else_gave_is_not_claimed(self) -> None:
        plan = plan_role(case(YES, has=True))
        assert plan.step is Step.NOTHING
        assert plan.entry is None

    def test_who_has_not_passed_screening_waits(self) -> None:
        plan = plan_role(case(YES, has=False, pending=True))
        assert plan.step is Step.NOTHING
        assert plan.look_again_at is not None

    def test_who_left_and_came_back_gets_the_role_again(self) -> None:
        plan = plan_role(case(YES, entry=held(), has=False, joined_at=NOW))
        assert plan.step is Step.GIVE

    def test_a_write_that_did_not_stick_is_done_again(self) -> None:
        never_seen = held(verified_at=None)
        assert plan_role(case(YES, entry=never_seen, has=False)).step is Step.GIVE

    def test_an_interrupted_give_that_reached_discord_is_the_bots_own(self) -> None:
        plan = plan_role(case(YES, entry=held(state=LedgerState.GIVING, verified_at=None), has=True))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD
        assert plan.entry.verified_at == NOW


class TestTaking:
    def test_the_role_goes_when_the_requirement_is_not_met(self) -> None:
        assert plan_role(case(NO, entry=held(), has=True)).step is Step.TAKE

    def test_a_role_that_the_bot_did_not_give_stays(self) -> None:
        assert plan_role(case(NO, has=True)).step is Step.NOTHING

    def test_the_grace_period_is_waited_for(self) -> None:
        day = timedelta(days=1)
        first = plan_role(case(NO, entry=held(), grace=day))
        assert first.step is Step.NOTHING
        assert first.look_again_at == NOW + day
        assert first.entry is not None
        later = NOW + day
        assert plan_role(case(NO, entry=first.entry, grace=day, has=True, now=later)).step is Step.TAKE

    def test_grace_starts_anew_after_the_requirement_was_met_in_between(self) -> None:
        lapsed = held(lapsed_at=NOW - timedelta(hours=2))
        back = plan_role(case(YES, entry=lapsed))
        assert back.entry is not None
        assert back.entry.lapsed_at is None

    def test_an_unlinked_wallet_has_no_grace(self) -> None:
        waived = held(grace_waived=True)
        assert plan_role(case(NO, entry=waived, grace=timedelta(days=3), has=True)).step is Step.TAKE

    def test_an_interrupted_take_is_finished(self) -> None:
        taking = held(state=LedgerState.TAKING)
        assert plan_role(case(NO, entry=taking, has=True)).step is Step.TAKE
        assert plan_role(case(NO, entry=taking, has=False)).entry is None

    def test_an_interrupted_take_waits_when_the_rule_gives_more_time_by_now(self) -> None:
        taking = held(state=LedgerState.TAKING, lapsed_at=NOW - timedelta(hours=1))
        plan = plan_role(case(NO, entry=taking, grace=timedelta(hours=2), has=True))
        assert (plan.step, plan.look_again_at) == (Step.NOTHING, NOW + timedelta(hours=1))
        assert plan.entry is not None
        assert (plan.entry.state, plan.entry.lapsed_at) == (LedgerState.HELD, NOW - timedelta(hours=1))
        assert plan_role(case(NO, entry=taking, grace=timedelta(hours=1), has=True)).step is Step.TAKE

    def test_a_take_that_an_ended_rule_began_is_not_finished_for_a_new_one(self) -> None:
        for seen_gone in (None, NOW - SECOND_LOOK):
            begun = held(
                state=LedgerState.TAKING, lapsed_at=NOW - timedelta(days=9), grace_waived=True, missing_since=seen_gone
            )
            assert plan_role(case(NO, entry=begun, has=True, grace=timedelta(days=1))).step is Step.TAKE
            left_over = begun.under_new_rule
            plan = plan_role(case(NO, entry=left_over, has=True, grace=timedelta(days=1)))
            assert (plan.step, plan.look_again_at) == (Step.NOTHING, NOW + timedelta(days=1))
            assert plan.entry is not None
            assert (plan.entry.state, plan.entry.lapsed_at) == (LedgerState.HELD, NOW)
            assert plan_role(case(NO, entry=left_over, has=False)).entry is None
            assert plan_role(case(YES, entry=left_over, has=False)).step is Step.GIVE

    def test_an_interrupted_take_freezes_when_the_evidence_is_gone(self) -> None:
        taking = held(state=LedgerState.TAKING)
        plan = plan_role(case(UNKNOWN, entry=taking, has=True))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD


class TestSomebodyElse:
    def test_one_look_that_misses_the_role_is_not_believed(self) -> None:
        plan = plan_role(case(YES, entry=held(), has=False))
        assert plan.step is Step.NOTHING
        assert plan.look_again_at == NOW + SECOND_LOOK
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD

    def test_a_role_taken_by_hand_is_not_fought_over(self) -> None:
        missing = held(missing_since=NOW - SECOND_LOOK)
        assert plan_role(case(YES, entry=missing)).step is Step.LOOK
        plan = plan_role(case(YES, entry=missing, has=False))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.WITHHELD
        assert plan_role(case(YES, entry=plan.entry, has=False)).step is Step.NOTHING

    def test_a_false_alarm_is_forgotten(self) -> None:
        plan = plan_role(case(YES, entry=held(missing_since=NOW - SECOND_LOOK), has=True))
        assert plan.entry is not None
        assert plan.entry.missing_since is None
        assert plan.look_again_at is None


class TestDecisions:
    DAY = timedelta(days=1)

    def test_a_kept_role_stays_until_its_holder_is_entitled_again(self) -> None:
        kept = held(kept_at=NOW - self.DAY, lapsed_at=NOW - self.DAY)
        plan = plan_role(case(NO, entry=kept, has=True))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert (plan.entry.kept_at, plan.entry.lapsed_at) == (kept.kept_at, None)
        back = plan_role(case(YES, entry=plan.entry))
        assert back.entry is not None
        assert back.entry.kept_at is None

    def test_an_adopted_role_stays_until_its_date_and_then_has_the_rules_grace(self) -> None:
        adopted = held(adopted_until=NOW + self.DAY)
        before = plan_role(case(NO, entry=adopted, has=True))
        assert (before.step, before.look_again_at) == (Step.NOTHING, NOW + self.DAY)
        after = plan_role(case(NO, entry=before.entry, has=True, grace=self.DAY, now=NOW + self.DAY))
        assert (after.step, after.look_again_at) == (Step.NOTHING, NOW + 2 * self.DAY)
        assert (
            plan_role(case(NO, entry=after.entry, has=True, grace=self.DAY, now=NOW + 2 * self.DAY)).step is Step.TAKE
        )

    def test_an_adopted_role_freezes_after_its_date_while_nothing_is_known(self) -> None:
        overdue = held(adopted_until=NOW - self.DAY)
        assert plan_role(case(UNKNOWN, entry=overdue, has=True)).step is Step.NOTHING

    def test_grace_starts_anew_when_the_protection_ends(self) -> None:
        lapsed = held(lapsed_at=NOW - self.DAY)
        protected = plan_role(case(NO, entry=lapsed, has=True, protected=True))
        assert protected.step is Step.NOTHING
        later = plan_role(case(NO, entry=protected.entry, has=True, grace=self.DAY))
        assert (later.step, later.look_again_at) == (Step.NOTHING, NOW + self.DAY)

    def test_a_pause_leaves_a_running_grace_as_it_is(self) -> None:
        lapsed = held(lapsed_at=NOW - self.DAY)
        paused = plan_role(case(NO, entry=lapsed, has=True, paused=True))
        assert paused.step is Step.NOTHING
        assert plan_role(case(NO, entry=paused.entry, has=True)).step is Step.TAKE

    def test_an_interrupted_take_stops_at_a_pause(self) -> None:
        plan = plan_role(case(NO, entry=held(state=LedgerState.TAKING), has=True, paused=True))
        assert plan.step is Step.NOTHING
        assert plan.entry is not None
        assert plan.entry.state is LedgerState.HELD

"""Undoing a sweep, one role of one member at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.looks import SECOND_LOOK
from bot.domain.members import MemberSnapshot
from bot.domain.role_plans import RoleCase, Step, plan_role
from bot.domain.undos import (
    MOST_TRIES,
    SkipReason,
    UndoAction,
    UndoState,
    UndoStep,
    net_changes,
    plan_step,
)
from bot.domain.verdicts import Verdict

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GUILD, USER, ROLE = 1, 2, 3
LINE = JournalEntry(NOW, GUILD, USER, ROLE, RoleAction.TAKE, RoleOutcome.DONE, Evidence("friends"))
GIVE_BACK = UndoStep(9, GUILD, USER, ROLE, UndoAction.GIVE, NOW - MINUTE)
TAKE_BACK = replace(GIVE_BACK, action=UndoAction.TAKE)
HELD = LedgerEntry(GUILD, USER, ROLE, LedgerState.HELD, NOW - MINUTE, verified_at=NOW - MINUTE)

moments = st.one_of(st.none(), st.integers(-600, 0).map(lambda minutes: NOW + minutes * MINUTE))
entries = st.one_of(
    st.none(),
    st.builds(
        replace,
        st.just(HELD),
        state=st.sampled_from(LedgerState),
        verified_at=moments,
        missing_since=moments,
        lapsed_at=moments,
        kept_at=moments,
        grace_waived=st.booleans(),
    ),
)
snapshots = st.builds(
    MemberSnapshot,
    user_id=st.just(USER),
    role_ids=st.sampled_from([frozenset[int](), frozenset({ROLE})]),
    joined_at=st.one_of(st.none(), st.sampled_from([NOW - timedelta(days=9), NOW])),
    pending=st.booleans(),
)
cases = st.builds(
    RoleCase,
    guild_id=st.just(GUILD),
    user_id=st.just(USER),
    role_id=st.just(ROLE),
    verdict=st.sampled_from(Verdict),
    grace=st.just(timedelta(0)),
    entry=entries,
    member=st.one_of(st.none(), snapshots),
    now=st.just(NOW),
    is_protected=st.booleans(),
    is_paused=st.booleans(),
)
steps = st.builds(
    replace,
    st.sampled_from([GIVE_BACK, TAKE_BACK]),
    state=st.sampled_from([UndoState.WAITING, UndoState.WRITTEN]),
    tries=st.integers(0, MOST_TRIES),
)


def case(entry: LedgerEntry | None, *role_ids: int) -> RoleCase:
    member = MemberSnapshot(USER, frozenset(role_ids), NOW - timedelta(days=9), pending=False)
    return RoleCase(GUILD, USER, ROLE, Verdict.NOT_ENTITLED, timedelta(0), entry, member, NOW)


@given(steps, cases)
def test_a_step_writes_only_what_it_is_about_after_a_look_and_with_an_intent(step: UndoStep, case: RoleCase) -> None:
    undone = plan_step(step, case)
    if undone.plan is None:
        assert undone.step.state is UndoState.SKIPPED
        assert undone.step.skipped is not None
        return
    if undone.plan.step is Step.LOOK:
        assert case.member is None
    if undone.plan.step not in (Step.GIVE, Step.TAKE):
        return
    assert case.member is not None
    assert undone.plan.entry is not None
    if undone.plan.step is Step.GIVE:
        assert step.action is UndoAction.GIVE
        assert ROLE not in case.member.role_ids
        assert (undone.plan.entry.state, undone.plan.entry.kept_at) == (LedgerState.GIVING, NOW)
    else:
        assert step.action is UndoAction.TAKE
        assert ROLE in case.member.role_ids
        assert not case.is_protected
        assert case.entry is not None
        assert case.entry.state is not LedgerState.WITHHELD
        assert undone.plan.entry.state is LedgerState.TAKING


@given(steps, cases)
def test_a_step_that_is_over_stays_over_in_the_usual_plan(step: UndoStep, case: RoleCase) -> None:
    """What an undo has brought about is not reversed by the very next check."""
    undone = plan_step(step, case)
    if undone.step.state is not UndoState.DONE or undone.plan is None or case.member is None:
        return
    following = plan_role(replace(case, entry=undone.plan.entry, is_paused=False, is_protected=False))
    assert following.step is Step.NOTHING


def test_the_net_of_a_sweep_leaves_out_what_went_and_came_back() -> None:
    back = replace(LINE, at=NOW + MINUTE, action=RoleAction.GIVE)
    gone = replace(LINE, at=NOW + 2 * MINUTE)
    failed = replace(LINE, user_id=7, outcome=RoleOutcome.UNREACHABLE)
    forgotten = replace(LINE, user_id=8, action=RoleAction.FORGET)
    assert net_changes([LINE, failed, forgotten]) == [LINE]
    assert net_changes([LINE, back]) == []
    assert net_changes([gone, back, LINE]) == [gone]


def test_a_role_is_given_back_and_kept() -> None:
    planned = plan_step(GIVE_BACK, case(None))
    assert planned.plan is not None
    assert planned.plan.step is Step.GIVE
    written = planned.step.after_write(RoleOutcome.DONE)
    assert written.state is UndoState.WRITTEN
    assert planned.plan.entry is not None
    seen = plan_step(written, case(replace(planned.plan.entry, state=LedgerState.HELD), ROLE))
    assert seen.step.state is UndoState.DONE
    assert seen.plan is not None
    assert seen.plan.entry is not None
    assert (seen.plan.entry.kept_at, seen.plan.entry.verified_at) == (NOW, NOW)


def test_a_role_is_taken_back_and_withheld() -> None:
    planned = plan_step(TAKE_BACK, case(HELD, ROLE))
    assert planned.plan is not None
    assert planned.plan.step is Step.TAKE
    seen = plan_step(planned.step.after_write(RoleOutcome.DONE), case(planned.plan.entry))
    assert seen.step.state is UndoState.DONE
    assert seen.plan is not None
    assert seen.plan.entry is not None
    assert seen.plan.entry.state is LedgerState.WITHHELD


def test_a_write_that_is_undone_again_and_again_is_given_up() -> None:
    step = GIVE_BACK
    for _ in range(MOST_TRIES):
        planned = plan_step(step, case(None))
        assert planned.plan is not None
        assert planned.plan.step is Step.GIVE
        step = planned.step.after_write(RoleOutcome.DONE)
    assert plan_step(step, case(None)).step.skipped is SkipReason.DID_NOT_STICK
    tired = replace(TAKE_BACK, tries=MOST_TRIES)
    assert plan_step(tired, case(HELD, ROLE)).step.skipped is SkipReason.DID_NOT_STICK


def test_a_role_that_is_missing_is_looked_for_twice_before_it_counts_as_gone() -> None:
    first = plan_step(TAKE_BACK, case(HELD))
    assert first.step == TAKE_BACK
    assert first.plan is not None
    assert first.plan.look_again_at == NOW + SECOND_LOOK
    assert first.plan.entry is not None
    later = replace(case(first.plan.entry), now=NOW + SECOND_LOOK)
    assert plan_step(TAKE_BACK, later).step.skipped is SkipReason.LACKS_IT


def test_what_is_not_possible_has_its_reason() -> None:
    withheld = replace(HELD, state=LedgerState.WITHHELD)
    assert plan_step(GIVE_BACK, case(None, ROLE)).step.skipped is SkipReason.HAS_IT
    assert plan_step(GIVE_BACK, case(withheld, ROLE)).step.skipped is SkipReason.HAS_IT
    assert plan_step(TAKE_BACK, case(None)).step.skipped is SkipReason.LACKS_IT
    assert plan_step(TAKE_BACK, case(withheld)).step.skipped is SkipReason.LACKS_IT
    assert plan_step(TAKE_BACK, case(None, ROLE)).step.skipped is SkipReason.NOT_OURS
    assert plan_step(TAKE_BACK, case(withheld, ROLE)).step.skipped is SkipReason.NOT_OURS
    protected = replace(case(HELD, ROLE), is_protected=True)
    assert plan_step(TAKE_BACK, protected).step.skipped is SkipReason.PROTECTED
    back = replace(case(None), member=MemberSnapshot(USER, frozenset(), NOW, pending=False))
    assert plan_step(GIVE_BACK, back).step.skipped is SkipReason.LEFT


def test_a_write_ends_a_step_or_leaves_it_waiting() -> None:
    outcomes = {outcome: GIVE_BACK.after_write(outcome) for outcome in RoleOutcome}
    assert outcomes[RoleOutcome.UNREACHABLE] == GIVE_BACK
    assert outcomes[RoleOutcome.MEMBER_GONE].skipped is SkipReason.LEFT
    assert outcomes[RoleOutcome.ROLE_GONE].skipped is SkipReason.ROLE_GONE
    assert outcomes[RoleOutcome.FORBIDDEN].skipped is SkipReason.FORBIDDEN

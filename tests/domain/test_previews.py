"""A preview says what the plan will do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import MemberSnapshot
from bot.domain.previews import Outlook, outlook
from bot.domain.role_plans import RoleCase, Step, plan_role
from bot.domain.verdicts import Verdict

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = LedgerEntry(1, 2, 3, LedgerState.HELD, NOW - HOUR, verified_at=NOW - HOUR)
CASE = RoleCase(1, 2, 3, Verdict.ENTITLED, HOUR, None, None, NOW)

moments = st.one_of(st.none(), st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes)))
entries = st.one_of(
    st.none(),
    st.builds(
        replace,
        st.just(HELD),
        state=st.sampled_from(LedgerState),
        lapsed_at=moments,
        kept_at=moments,
        adopted_until=moments,
        grace_waived=st.booleans(),
    ),
)
cases = st.builds(
    replace,
    st.just(CASE),
    verdict=st.sampled_from(Verdict),
    grace=st.sampled_from([timedelta(0), HOUR]),
    entry=entries,
    is_protected=st.booleans(),
    is_paused=st.booleans(),
)


@given(cases)
def test_who_gains_or_loses_is_who_the_plan_gives_to_or_takes_from(case: RoleCase) -> None:
    has_role = case.entry is not None and case.entry.state is not LedgerState.WITHHELD
    seen = MemberSnapshot(2, frozenset({3} if has_role else ()), None, pending=False)
    plan = plan_role(replace(case, member=seen, is_paused=False))
    step = plan.step
    said = outlook(case)
    assert (said is Outlook.GAIN) is (step is Step.GIVE)
    assert (said is Outlook.LOSE) is (step is Step.TAKE)
    if case.verdict is Verdict.UNKNOWN:
        assert said is Outlook.UNKNOWN
    if said is Outlook.LOSE_LATER:
        later = replace(case, entry=plan.entry, member=seen, is_paused=False, now=NOW + timedelta(days=1))
        assert plan_role(later).step is Step.TAKE


def test_each_outlook_has_its_case() -> None:
    lapsed = replace(CASE, verdict=Verdict.NOT_ENTITLED, entry=HELD)
    assert outlook(CASE) is Outlook.GAIN
    assert outlook(lapsed) is Outlook.LOSE_LATER
    assert outlook(replace(lapsed, grace=timedelta(0))) is Outlook.LOSE
    assert outlook(replace(lapsed, is_protected=True)) is Outlook.KEEP
    assert outlook(replace(lapsed, entry=replace(HELD, kept_at=NOW))) is Outlook.KEEP
    assert outlook(replace(CASE, entry=HELD)) is Outlook.KEEP
    assert outlook(replace(CASE, verdict=Verdict.UNKNOWN)) is Outlook.UNKNOWN
    assert outlook(replace(CASE, verdict=Verdict.NOT_ENTITLED)) is Outlook.LACK
    assert outlook(replace(CASE, entry=replace(HELD, state=LedgerState.WITHHELD))) is Outlook.LACK

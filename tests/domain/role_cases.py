"""Cases for the role planner."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.looks import LOOK_EVERY
from bot.domain.members import MemberSnapshot
from bot.domain.role_plans import MOST_UNDONE, RoleCase
from bot.domain.verdicts import Verdict

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROLE, OTHER_ROLE, GUILD, USER = 7, 8, 1, 2

moments = st.integers(-100_000, 0).map(lambda seconds: NOW + timedelta(seconds=seconds))
entries = st.builds(
    LedgerEntry,
    guild_id=st.just(GUILD),
    user_id=st.just(USER),
    role_id=st.just(ROLE),
    state=st.sampled_from(LedgerState),
    given_at=moments,
    verified_at=st.none() | moments,
    missing_since=st.none() | moments,
    lapsed_at=st.none() | moments,
    grace_waived=st.booleans(),
    kept_at=st.none() | moments,
    notified_at=st.none() | moments,
    adopted_until=st.none() | st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
members = st.builds(
    MemberSnapshot,
    user_id=st.just(USER),
    role_ids=st.sets(st.sampled_from([ROLE, OTHER_ROLE])).map(frozenset),
    joined_at=st.none() | moments,
    pending=st.booleans(),
)


def cases(verdicts: st.SearchStrategy[Verdict] | None = None) -> st.SearchStrategy[RoleCase]:
    """Any case at all, with those verdicts."""
    return st.builds(
        RoleCase,
        guild_id=st.just(GUILD),
        user_id=st.just(USER),
        role_id=st.just(ROLE),
        verdict=st.sampled_from(Verdict) if verdicts is None else verdicts,
        grace=st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=3)]),
        entry=st.none() | entries,
        member=st.none() | members,
        now=st.just(NOW),
        is_protected=st.booleans(),
        is_paused=st.booleans(),
        undone=st.integers(0, MOST_UNDONE),
        look_every=st.none() | st.just(LOOK_EVERY),
        own_role_ids=st.sets(st.sampled_from([ROLE, OTHER_ROLE])).map(frozenset),
    )


def case(
    verdict: Verdict,
    *,
    entry: LedgerEntry | None = None,
    has: bool | None = None,
    grace: timedelta = timedelta(0),
    now: datetime = NOW,
    joined_at: datetime | None = None,
    pending: bool = False,
    protected: bool = False,
    paused: bool = False,
    undone: int = 0,
    others: frozenset[int] = frozenset(),
    look_every: timedelta | None = None,
) -> RoleCase:
    """A case in which Discord was not asked (`has` None), or shows the role or not, besides `others`."""
    member = None
    if has is not None:
        member = MemberSnapshot(USER, others | ({ROLE} if has else set()), joined_at, pending)
    return RoleCase(
        GUILD, USER, ROLE, verdict, grace, entry, member, now, protected, paused, undone, look_every, frozenset({ROLE})
    )


def held(**changes: object) -> LedgerEntry:
    """A role that the bot gave yesterday and has seen since."""
    yesterday = NOW - timedelta(days=1)
    entry = LedgerEntry(GUILD, USER, ROLE, LedgerState.HELD, yesterday, verified_at=yesterday)
    return replace_any(entry, changes)


def replace_any(entry: LedgerEntry, changes: dict[str, object]) -> LedgerEntry:
    """`dataclasses.replace` for changes that are only known at run time."""
    values = {name: getattr(entry, name) for name in entry.__slots__} | changes
    return LedgerEntry(**values)

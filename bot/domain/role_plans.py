"""What to do about one role of one member: from the verdict, the ledger and what Discord shows.

This is where "never wrongly" is decided, so it is a table that can be read: one function per ledger state. An unknown
verdict never leads to a step that changes the role.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import MemberSnapshot
from bot.domain.verdicts import Verdict

SECOND_LOOK = timedelta(minutes=1)
"""A role that suddenly is missing is looked at once more after this time: Discord has been seen to answer with an
empty role list, and to report writes as done that were not."""


class Sight(StrEnum):
    """What Discord shows of the role on the member."""

    HAS = "has"
    LACKS = "lacks"
    UNSEEN = "unseen"
    """Discord was not asked."""


class Step(StrEnum):
    """What to do with the role in Discord."""

    NOTHING = "nothing"
    GIVE = "give"
    TAKE = "take"
    LOOK = "look"
    """Ask Discord for the member first, then plan again."""


@dataclass(frozen=True, slots=True)
class RolePlan:
    """One step and the bookkeeping that goes with it."""

    step: Step
    entry: LedgerEntry | None
    """The ledger entry to write (None: no entry, remove it if there was one)."""
    look_again_at: datetime | None = None
    """When this role needs another look even if nothing else happens."""


@dataclass(frozen=True, slots=True)
class RoleCase:
    """One role of one member, with everything that decides about it."""

    guild_id: int
    user_id: int
    role_id: int
    verdict: Verdict
    grace: timedelta
    entry: LedgerEntry | None
    member: MemberSnapshot | None
    """The member as Discord showed it just now; None when Discord was not asked."""
    now: datetime

    @property
    def sight(self) -> Sight:
        """What Discord shows of the role."""
        if self.member is None:
            return Sight.UNSEEN
        return Sight.HAS if self.role_id in self.member.role_ids else Sight.LACKS

    @property
    def has_rejoined(self) -> bool:
        """Whether the member left and came back after the role was given (leaving takes all roles away)."""
        if self.member is None or self.member.joined_at is None or self.entry is None:
            return False
        return self.member.joined_at > self.entry.given_at


def plan_role(case: RoleCase) -> RolePlan:
    """Decide about one role."""
    entry = case.entry
    if entry is not None and case.sight is Sight.LACKS and case.has_rejoined:
        case, entry = replace(case, entry=None), None
    if entry is None:
        return _plan_unclaimed(case)
    match entry.state:
        case LedgerState.GIVING:
            return _plan_giving(case, entry)
        case LedgerState.HELD:
            return _plan_held(case, entry)
        case LedgerState.TAKING:
            return _plan_taking(case, entry)
        case LedgerState.WITHHELD:
            return _plan_withheld(case, entry)


def _plan_unclaimed(case: RoleCase) -> RolePlan:
    if case.verdict is not Verdict.ENTITLED or case.sight is Sight.HAS:
        return RolePlan(Step.NOTHING, None)  # a role that somebody else gave is not the bot's
    if case.member is None:
        return RolePlan(Step.LOOK, None)
    return _give(case, None)


def _plan_giving(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    match case.sight:
        case Sight.UNSEEN:
            return RolePlan(Step.LOOK, entry)
        case Sight.HAS:
            return _plan_held(case, _seen(entry, case.now))
        case Sight.LACKS:
            if case.verdict is Verdict.ENTITLED:
                return _give(case, entry)
            return RolePlan(Step.NOTHING, entry if case.verdict is Verdict.UNKNOWN else None)


def _plan_held(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    if case.sight is Sight.LACKS:
        return _plan_missing(case, entry)
    if case.sight is Sight.HAS:
        entry = _seen(entry, case.now)
    elif entry.verified_at is None or _second_look_is_due(entry, case.now):
        return RolePlan(Step.LOOK, entry)
    match case.verdict:
        case Verdict.ENTITLED:
            return RolePlan(Step.NOTHING, replace(entry, lapsed_at=None, grace_waived=False), _second_look_at(entry))
        case Verdict.UNKNOWN:
            return RolePlan(Step.NOTHING, entry, _second_look_at(entry))
        case Verdict.NOT_ENTITLED:
            lapsed_at = entry.lapsed_at or case.now
            ends_at = lapsed_at + case.grace
            entry = replace(entry, lapsed_at=lapsed_at)
            if not entry.grace_waived and case.now < ends_at:
                return RolePlan(Step.NOTHING, entry, min(ends_at, _second_look_at(entry) or ends_at))
            if case.member is None:
                return RolePlan(Step.LOOK, entry)
            return RolePlan(Step.TAKE, replace(entry, state=LedgerState.TAKING))


def _plan_missing(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    """The ledger says the member has the role, Discord says not."""
    if entry.verified_at is None and case.verdict is not Verdict.NOT_ENTITLED:
        # The write was reported as done and never seen: it did not stick, nobody took anything.
        if case.verdict is Verdict.ENTITLED:
            return _give(case, entry)
        return RolePlan(Step.NOTHING, entry)
    if entry.missing_since is None:
        entry = replace(entry, missing_since=case.now)
    if not _second_look_is_due(entry, case.now):
        return RolePlan(Step.NOTHING, entry, _second_look_at(entry))
    if case.verdict is Verdict.NOT_ENTITLED:
        return RolePlan(Step.NOTHING, None)  # whoever took it, it is where it should be
    return RolePlan(Step.NOTHING, replace(entry, state=LedgerState.WITHHELD, lapsed_at=None))


def _plan_taking(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    match case.sight:
        case Sight.UNSEEN:
            return RolePlan(Step.LOOK, entry)
        case Sight.LACKS:
            return _plan_unclaimed(replace(case, entry=None))
        case Sight.HAS:
            if case.verdict is Verdict.NOT_ENTITLED:
                return RolePlan(Step.TAKE, entry)
            return _plan_held(case, _seen(replace(entry, state=LedgerState.HELD), case.now))


def _plan_withheld(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    if case.verdict is Verdict.NOT_ENTITLED or case.sight is Sight.HAS:
        return RolePlan(Step.NOTHING, None)  # a fresh start: the next entitlement, or whoever gave it back, decides
    return RolePlan(Step.NOTHING, entry)


def _give(case: RoleCase, entry: LedgerEntry | None) -> RolePlan:
    if case.member is not None and case.member.pending:
        return RolePlan(Step.NOTHING, entry, look_again_at=case.now + timedelta(minutes=10))
    giving = LedgerEntry(case.guild_id, case.user_id, case.role_id, LedgerState.GIVING, given_at=case.now)
    return RolePlan(Step.GIVE, giving)


def _seen(entry: LedgerEntry, now: datetime) -> LedgerEntry:
    return replace(entry, state=LedgerState.HELD, verified_at=now, missing_since=None)


def _second_look_at(entry: LedgerEntry) -> datetime | None:
    return None if entry.missing_since is None else entry.missing_since + SECOND_LOOK


def _second_look_is_due(entry: LedgerEntry, now: datetime) -> bool:
    look_at = _second_look_at(entry)
    return look_at is not None and now >= look_at

"""What to do about one role of one member: from the verdict, the ledger and what Discord shows.

This is where "never wrongly" is decided, so it is a table that can be read: one function per ledger state. An unknown
verdict never leads to a step that changes the role.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ledger import LedgerEntry, LedgerState, RoleAction
from bot.domain.looks import is_strangely_bare, routine_look_at, second_look_at, second_look_is_due
from bot.domain.members import MemberSnapshot
from bot.domain.verdicts import Verdict

MOST_UNDONE = 3
UNDONE_WINDOW = timedelta(days=1)
"""So often within this time something that the bot did with one role of one member may be undone by somebody else;
then it is their role, and the bot stops."""


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
    is_protected: bool = False
    """An admin protects the member: nothing is taken."""
    is_paused: bool = False
    """The server is paused: nothing is given or taken."""
    undone: int = 0
    """How often, within `UNDONE_WINDOW`, somebody else undid what the bot did with this role of this member."""
    look_every: timedelta | None = None
    """About how often to look whether the role is still there; None while Discord tells who leaves."""
    own_role_ids: frozenset[int] = frozenset()
    """All roles that the member has, or had, from the bot."""

    @property
    def sight(self) -> Sight:
        """What Discord shows of the role."""
        if self.member is None:
            return Sight.UNSEEN
        return Sight.HAS if self.role_id in self.member.role_ids else Sight.LACKS

    @property
    def undoing(self) -> RoleAction | None:
        """What the bot did, Discord confirmed, and this look shows undone: a role given and gone, or taken and back.

        A write that Discord confirmed without carrying it out looks the same. None also when it is not sure yet.
        """
        entry, member = self.entry, self.member
        if entry is None or member is None or member.pending or self.is_paused or self.has_rejoined:
            return None
        match entry.state, self.sight:
            case LedgerState.HELD, Sight.LACKS if entry.verified_at is None:
                return RoleAction.GIVE if self.verdict is Verdict.ENTITLED else None
            case LedgerState.HELD, Sight.LACKS if second_look_is_due(entry, self.now):
                return None if self.verdict is Verdict.NOT_ENTITLED else RoleAction.GIVE
            case LedgerState.TAKING, Sight.HAS if entry.is_gone:
                return RoleAction.TAKE
            case _:
                return None

    @property
    def is_contested(self) -> bool:
        """Whether somebody else undid the bot's doing so often that it stops."""
        return self.undone + (self.undoing is not None) >= MOST_UNDONE

    @property
    def may_be_taken(self) -> bool:
        """Whether nobody's decision stands in the way of a removal."""
        entry = self.entry
        if entry is None or self.is_protected or self.is_paused or entry.kept_at is not None:
            return False
        return entry.adopted_until is None or self.now >= entry.adopted_until

    @property
    def has_rejoined(self) -> bool:
        """Whether the member left and came back after the role was given (leaving takes all roles away)."""
        if self.member is None or self.member.joined_at is None or self.entry is None:
            return False
        return self.member.joined_at > self.entry.given_at

    @property
    def is_doubtful(self) -> bool:
        """Whether the role may have been there before the bot gave it.

        The member was shown without any role then, and is shown with roles that are not from the bot now.
        """
        if self.entry is None or self.member is None or self.sight is not Sight.HAS:
            return False
        others = self.member.role_ids - self.own_role_ids - {self.role_id}
        return self.entry.rests_on_empty_list and bool(others)


def plan_role(case: RoleCase) -> RolePlan:
    """Decide about one role."""
    plan = _plan(case)
    if plan.step is not Step.NOTHING or plan.entry is None:
        return plan
    look_at = routine_look_at(plan.entry, case.look_every)
    if look_at is None or look_at <= case.now:
        return plan
    return replace(plan, look_again_at=min(look_at, plan.look_again_at or look_at))


def _plan(case: RoleCase) -> RolePlan:
    entry = case.entry
    if entry is not None and case.sight is Sight.LACKS and case.has_rejoined:
        case, entry = replace(case, entry=None), None
    if entry is None:
        return _plan_unclaimed(case)
    if case.is_doubtful:
        return RolePlan(Step.NOTHING, None)  # rather a role too many than one taken that somebody else gave
    match entry.state:
        case LedgerState.GIVING:
            return _plan_giving(case, entry)
        case LedgerState.HELD:
            return _plan_held(case, entry)
        case LedgerState.TAKING:
            return _plan_taking(case, entry)
        case LedgerState.WITHHELD:
            return _plan_withheld(case, entry)


def _plan_unclaimed(case: RoleCase, *, was_ours: bool = False) -> RolePlan:
    if case.verdict is not Verdict.ENTITLED or case.sight is Sight.HAS:
        return RolePlan(Step.NOTHING, None)  # a role that somebody else gave is not the bot's
    if case.is_paused:
        return RolePlan(Step.NOTHING, None)
    if case.member is None:
        return RolePlan(Step.LOOK, None)
    if case.is_contested:
        return RolePlan(Step.NOTHING, None, look_again_at=case.now + UNDONE_WINDOW)
    return _give(case, None, was_ours=was_ours)


def _plan_giving(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    match case.sight:
        case Sight.UNSEEN:
            return RolePlan(Step.LOOK, entry)
        case Sight.HAS:
            return _plan_held(case, _seen(entry, case.now))
        case Sight.LACKS:
            if case.verdict is Verdict.UNKNOWN or case.is_paused:
                return RolePlan(Step.NOTHING, entry)
            if case.verdict is Verdict.NOT_ENTITLED or case.is_contested:
                return RolePlan(Step.NOTHING, None)
            return _give(case, entry, was_ours=not entry.rests_on_empty_list)


def _plan_held(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    if case.sight is Sight.LACKS:
        return _plan_missing(case, entry)
    if case.sight is Sight.HAS:
        entry = _seen(entry, case.now)
    elif _needs_look(case, entry):
        return RolePlan(Step.LOOK, entry)
    match case.verdict:
        case Verdict.ENTITLED:
            earned = replace(_without_lapse(entry), grace_waived=False, kept_at=None, adopted_until=None)
            return RolePlan(Step.NOTHING, earned, second_look_at(entry))
        case Verdict.UNKNOWN:
            return RolePlan(Step.NOTHING, entry, second_look_at(entry))
        case Verdict.NOT_ENTITLED if case.is_paused:
            return RolePlan(Step.NOTHING, entry, second_look_at(entry))
        case Verdict.NOT_ENTITLED:
            return _plan_lapsed(case, entry)


def _plan_lapsed(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    """The member has the role from the bot, and the requirement is not met."""
    if not case.may_be_taken:
        # The lapse starts anew, with its grace, when the decision that stands in the way ends.
        looks = [at for at in (entry.adopted_until, second_look_at(entry)) if at is not None and at > case.now]
        return RolePlan(Step.NOTHING, _without_lapse(entry), min(looks, default=None))
    lapsed_at = entry.lapsed_at or case.now
    ends_at = lapsed_at + case.grace
    entry = replace(entry, lapsed_at=lapsed_at)
    if not entry.grace_waived and case.now < ends_at:
        return RolePlan(Step.NOTHING, entry, min(ends_at, second_look_at(entry) or ends_at))
    if case.member is None:
        return RolePlan(Step.LOOK, entry)
    return RolePlan(Step.TAKE, replace(entry, state=LedgerState.TAKING))


def _plan_missing(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    """The ledger says the member has the role, Discord says not."""
    if entry.verified_at is None and case.verdict is not Verdict.NOT_ENTITLED:
        # The write was reported as done and never seen: it did not stick, or somebody is quick to undo it.
        if case.verdict is Verdict.UNKNOWN or case.is_paused:
            return RolePlan(Step.NOTHING, entry)
        if case.is_contested:
            return RolePlan(Step.NOTHING, _withheld(entry))
        return _give(case, entry, was_ours=not entry.rests_on_empty_list)
    if entry.missing_since is None:
        entry = replace(entry, missing_since=case.now)
    if not second_look_is_due(entry, case.now):
        return RolePlan(Step.NOTHING, entry, second_look_at(entry))
    if case.verdict is Verdict.NOT_ENTITLED:
        return RolePlan(Step.NOTHING, None)  # whoever took it, it is where it should be
    return RolePlan(Step.NOTHING, _withheld(entry))


def _plan_taking(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    match case.sight:
        case Sight.UNSEEN:
            return RolePlan(Step.LOOK, entry)
        case Sight.LACKS:
            return _plan_unclaimed(replace(case, entry=None), was_ours=True)
        case Sight.HAS:
            if case.verdict is Verdict.NOT_ENTITLED and case.is_contested:
                return RolePlan(Step.NOTHING, None)  # whoever keeps giving it back owns it
            is_due = case.may_be_taken and entry.is_to_be_finished(case.grace, case.now)
            if case.verdict is Verdict.NOT_ENTITLED and is_due:
                return RolePlan(Step.TAKE, replace(entry, missing_since=None))
            # The removal is off, the rule gives more time by now, or a new rule begins with a lapse of its own.
            return _plan_held(case, _seen(replace(entry, state=LedgerState.HELD), case.now))


def _plan_withheld(case: RoleCase, entry: LedgerEntry) -> RolePlan:
    if case.verdict is Verdict.NOT_ENTITLED or case.sight is Sight.HAS:
        return RolePlan(Step.NOTHING, None)  # a fresh start: the next entitlement, or whoever gave it back, decides
    return RolePlan(Step.NOTHING, entry)


def _give(case: RoleCase, entry: LedgerEntry | None, *, was_ours: bool) -> RolePlan:
    if case.member is not None and case.member.pending:
        return RolePlan(Step.NOTHING, entry, look_again_at=case.now + timedelta(minutes=10))
    giving = LedgerEntry(case.guild_id, case.user_id, case.role_id, LedgerState.GIVING, given_at=case.now)
    if not was_ours and case.member is not None and is_strangely_bare(case.member, case.now):
        giving = replace(giving, missing_since=case.now)
    return RolePlan(Step.GIVE, giving)


def _seen(entry: LedgerEntry, now: datetime) -> LedgerEntry:
    return replace(entry, state=LedgerState.HELD, verified_at=now, missing_since=None)


def _without_lapse(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, lapsed_at=None, notified_at=None)


def _withheld(entry: LedgerEntry) -> LedgerEntry:
    return replace(_without_lapse(entry), state=LedgerState.WITHHELD, kept_at=None, adopted_until=None)


def _needs_look(case: RoleCase, entry: LedgerEntry) -> bool:
    """Whether Discord is to be asked about a held role, whatever the verdict."""
    if entry.verified_at is None or second_look_is_due(entry, case.now):
        return True
    look_at = routine_look_at(entry, case.look_every)
    return look_at is not None and case.now >= look_at

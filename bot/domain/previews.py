"""What a change of a rule would do to one member, by the same plan that is carried out later."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import MemberSnapshot
from bot.domain.role_plans import RoleCase, Step, plan_role
from bot.domain.verdicts import Verdict


class Outlook(StrEnum):
    """What would become of one role of one member."""

    GAIN = "gain"
    LOSE = "lose"
    LOSE_LATER = "lose_later"
    """The role goes when the grace period is over."""
    KEEP = "keep"
    UNKNOWN = "unknown"
    """The evidence does not say; whatever the member has stays."""
    LACK = "lack"
    """The member does not have the role and would not get it."""


def assumed(user_id: int, role_id: int, entry: LedgerEntry | None) -> MemberSnapshot:
    """A member as the ledger lets expect them, since a preview does not ask Discord about everybody."""
    has_role = entry is not None and entry.state is not LedgerState.WITHHELD
    return MemberSnapshot(user_id, frozenset({role_id} if has_role else ()), joined_at=None, pending=False)


def outlook(case: RoleCase) -> Outlook:
    """Say what would become of a role. A pause is left aside: the preview is about what follows after it."""
    seen = assumed(case.user_id, case.role_id, case.entry)
    case = replace(case, is_paused=False, member=seen)
    match plan_role(case).step:
        case Step.GIVE:
            return Outlook.GAIN
        case Step.TAKE:
            return Outlook.LOSE
    if case.verdict is Verdict.UNKNOWN:
        return Outlook.UNKNOWN
    if not seen.role_ids:
        return Outlook.LACK
    at_once = plan_role(replace(case, grace=timedelta(0)))
    return Outlook.LOSE_LATER if at_once.step is Step.TAKE else Outlook.KEEP

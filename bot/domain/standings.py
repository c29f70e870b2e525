"""How a role of a member stands, in one word: what decides about it now, and so what happens next.

The same facts lead `plan_role` to its step. A property test holds the two together: no standing promises that a role
stays which the plan takes, nor the other way round.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from bot.domain.ledger import LedgerState
from bot.domain.privacy import Withdrawal
from bot.domain.role_plans import RoleCase, Sight
from bot.domain.rules import RuleState
from bot.domain.verdicts import Verdict


class Standing(StrEnum):
    """What decides about a role of a member."""

    ABSENT = "absent"
    """The user is not in the server; nothing is decided until they come back."""
    OPTED_OUT = "opted_out"
    """The member does not want to count here."""
    FORGETTING = "forgetting"
    """All that is stored of the member is being deleted."""
    UNDO = "undo"
    """An admin has a sweep undone, and this role is part of that."""
    ROLE_GONE = "role_gone"
    SERVER_PAUSED = "server_paused"
    RULE_PAUSED = "rule_paused"
    BLOCKED = "blocked"
    """Discord does not let the bot change the role."""
    WITHHELD = "withheld"
    """Somebody took the role away, and the bot does not fight over it."""
    HELD = "held"
    """Entitled, and has the role from the bot."""
    FOREIGN_MET = "foreign_met"
    """Entitled, and has the role from somebody else."""
    FOREIGN = "foreign"
    """Not entitled, and has the role from somebody else."""
    SCREENING = "screening"
    """Entitled, and has not passed the server's membership screening yet."""
    CONTESTED = "contested"
    """Somebody else keeps undoing what the bot does with the role."""
    MISSING = "missing"
    """Entitled, and the role is missing by surprise; a second look decides whether that is real."""
    COMING = "coming"
    """Entitled, and the role is about to be given."""
    FROZEN = "frozen"
    """Evidence is missing, so the role stays as it is, there or not."""
    NOT_MET = "not_met"
    """Not entitled, and does not have the role."""
    KEPT = "kept"
    """Not entitled; an admin decided that the member keeps the role."""
    PROTECTED = "protected"
    """Not entitled; an admin protects the member."""
    ADOPTED = "adopted"
    """Not entitled; the role was there before the bot, and stays until a date."""
    BRAKE = "brake"
    """Not entitled; the removal waits for an admin's decision."""
    GRACE = "grace"
    """Not entitled; the grace period runs, or begins with the next check."""
    LEAVING = "leaving"
    """Not entitled; the role is being taken back."""

    @property
    def is_withdrawal(self) -> bool:
        """Whether the member's wallets do not count at all."""
        return self in (Standing.OPTED_OUT, Standing.FORGETTING)

    @property
    def is_pause(self) -> bool:
        """Whether somebody or something stands in the way of the rule as a whole."""
        return self in (Standing.ROLE_GONE, Standing.SERVER_PAUSED, Standing.RULE_PAUSED, Standing.BLOCKED)


_STOPPED = {
    RuleState.ROLE_GONE: Standing.ROLE_GONE,
    RuleState.PAUSED: Standing.RULE_PAUSED,
    RuleState.BLOCKED: Standing.BLOCKED,
}
_WITHDRAWN = {Withdrawal.OPTED_OUT: Standing.OPTED_OUT, Withdrawal.FORGETTING: Standing.FORGETTING}


def stand(
    case: RoleCase,
    rule_state: RuleState,
    *,
    withdrawal: Withdrawal | None = None,
    is_undone: bool = False,
    is_braked: bool = False,
) -> Standing:
    """Say how a role stands. `is_undone`: an undo still has to do with it; `is_braked`: its removal is in a hold."""
    if case.sight is Sight.LACKS and case.has_rejoined:
        case = replace(case, entry=None)  # as the plan does: leaving took the role away
    if withdrawal is not None:
        return _WITHDRAWN[withdrawal]
    if is_undone:
        return Standing.UNDO
    if rule_state is RuleState.ROLE_GONE:
        return Standing.ROLE_GONE
    if case.is_paused:
        return Standing.SERVER_PAUSED
    if rule_state in _STOPPED:
        return _STOPPED[rule_state]
    if case.entry is not None and case.entry.state is LedgerState.WITHHELD and case.verdict is not Verdict.NOT_ENTITLED:
        if case.sight is Sight.HAS:
            return Standing.FOREIGN_MET
        return Standing.CONTESTED if case.is_contested else Standing.WITHHELD
    match case.verdict:
        case Verdict.ENTITLED:
            return _entitled(case)
        case Verdict.UNKNOWN:
            return Standing.FROZEN
        case Verdict.NOT_ENTITLED:
            return _not_entitled(case, is_braked=is_braked)


def stays_until(case: RoleCase, standing: Standing, protected_until: datetime | None) -> datetime | None:
    """Until when the role surely stays with the member; None where no date is set, or the standing knows none."""
    entry = case.entry
    match standing:
        case Standing.PROTECTED:
            return protected_until
        case Standing.ADOPTED if entry is not None:
            return entry.adopted_until
        case Standing.GRACE if entry is not None:
            return (entry.lapsed_at or case.now) + case.grace
        case _:
            return None


def _entitled(case: RoleCase) -> Standing:
    entry = case.entry
    if case.sight is not Sight.LACKS:
        return Standing.HELD if entry is not None else Standing.FOREIGN_MET
    if case.member is not None and case.member.pending:
        return Standing.SCREENING
    if case.is_contested:
        return Standing.CONTESTED
    was_seen = entry is not None and entry.state is LedgerState.HELD and entry.verified_at is not None
    return Standing.MISSING if was_seen else Standing.COMING


def _not_entitled(case: RoleCase, *, is_braked: bool) -> Standing:
    entry = case.entry
    if entry is None or entry.state is LedgerState.WITHHELD:
        if case.sight is not Sight.HAS:
            return Standing.NOT_MET
        return Standing.CONTESTED if case.is_contested else Standing.FOREIGN
    if case.sight is Sight.LACKS:
        return Standing.NOT_MET
    if entry.state is LedgerState.TAKING and case.is_contested:
        return Standing.CONTESTED
    if entry.kept_at is not None:
        return Standing.KEPT
    if case.is_protected:
        return Standing.PROTECTED
    if entry.adopted_until is not None and case.now < entry.adopted_until:
        return Standing.ADOPTED
    if entry.grace_waived or entry.is_to_be_finished(case.grace, case.now):
        return Standing.LEAVING
    if case.now < (entry.lapsed_at or case.now) + case.grace:
        return Standing.GRACE
    return Standing.BRAKE if is_braked else Standing.LEAVING

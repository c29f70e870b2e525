"""What people decide about what is stored of them: not to count in a server, or to be forgotten altogether."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.role_plans import RoleCase, RolePlan, Sight, Step

FIRST_WAIT = timedelta(seconds=30)
"""The wait after a first try to finish a deletion; it doubles with every further one."""
LONGEST_WAIT = timedelta(hours=1)

Stored = str | int | bool | None | Sequence["Stored"] | Mapping[str, "Stored"]
"""A stored value as JSON can hold it: ids and amounts are digits, times are ISO 8601 in UTC."""
PersonalData = Mapping[str, Sequence[Mapping[str, Stored]]]
"""Everything that is stored of one person: rows by the name of what they are."""


class Withdrawal(StrEnum):
    """Why a member's wallets do not count in a server, though they are linked."""

    OPTED_OUT = "opted_out"
    """The member asked for that in this server."""
    FORGETTING = "forgetting"
    """All that is stored of the member is being deleted."""

    @property
    def in_words(self) -> str:
        """What to write beside a role that is taken back for it."""
        if self is Withdrawal.OPTED_OUT:
            return "the member does not want their wallets to count in this server"
        return "the member's data is being deleted"


class AskedBy(StrEnum):
    """Who wanted a person's data deleted."""

    MEMBER = "member"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Deletion:
    """Somebody's data is to be deleted. The row goes with the data, so what is left of it is still to do."""

    user_id: int
    asked_at: datetime
    asked_by: AskedBy
    due_at: datetime
    failures: int = 0
    """Tries so far that did not finish it."""
    obstacle: str = ""
    """What was in the way the last time, in words for whoever asked."""


def next_try(deletion: Deletion, now: datetime) -> datetime:
    """When to try again after one more failure."""
    return now + min(FIRST_WAIT * (1 << min(deletion.failures, 10)), LONGEST_WAIT)


def was_given(entry: LedgerEntry) -> bool:
    """Whether a role in the ledger is (or may be) on the member by the bot's doing, so that it is to be taken back.

    An adopted role came from somebody else, and a withheld one is not on the member.
    """
    return entry.state is not LedgerState.WITHHELD and entry.adopted_until is None


def is_pseudonym(user_id: int) -> bool:
    """Whether an id stands for somebody whose data was deleted. Discord's own ids are positive."""
    return user_id < 0


def plan_withdrawal(case: RoleCase) -> RolePlan:
    """Decide about a role that is to be taken back because its member wishes so, whatever a rule says of them.

    It is asked for again even where Discord shows it missing, since a look can be wrong and the ledger is about to be
    emptied; only after a confirmed write a look at the member is believed.
    """
    entry = case.entry
    if entry is None or not was_given(entry):
        return RolePlan(Step.NOTHING, None)
    if case.is_doubtful:
        return RolePlan(Step.NOTHING, None)
    if case.is_paused:
        return RolePlan(Step.NOTHING, entry)
    if case.member is None:
        return RolePlan(Step.LOOK, entry)
    is_confirmed = entry.state is LedgerState.TAKING and entry.missing_since is not None
    if case.sight is Sight.LACKS and (is_confirmed or case.has_rejoined):
        return RolePlan(Step.NOTHING, None)
    if is_confirmed and case.is_contested:
        return RolePlan(Step.NOTHING, None)  # whoever keeps giving it back owns it
    taking = replace(entry, state=LedgerState.TAKING, missing_since=None, grace_waived=True, kept_at=None)
    return RolePlan(Step.TAKE, taking)

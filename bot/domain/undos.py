"""Undoing a sweep: what becomes of each role that it changed.

An undo is a sweep of its own, with one step for each role of each member. A step is carried out like any other plan:
the intent goes into the ledger first, and a later look tells whether the write stuck. What has changed since by other
hands stays as it is, and is counted with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.ledger import JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.looks import SECOND_LOOK
from bot.domain.role_plans import RoleCase, RolePlan, Sight, Step

MOST_TRIES = 3
"""So often a step is written when Discord confirms it each time and then shows it undone."""


class UndoAction(StrEnum):
    """What a step does: the opposite of what the sweep did."""

    GIVE = "give"
    TAKE = "take"


class UndoState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    WRITTEN = "written"
    """Discord has confirmed the write; a look at the member shows whether it stuck."""
    DONE = "done"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a step is not carried out."""

    LEFT = "left"
    """The member left the server since then, be it that they came back: leaving takes all roles."""
    ROLE_GONE = "role_gone"
    CHANGED_SINCE = "changed_since"
    """The bot has given or taken the role again since, on newer evidence."""
    HAS_IT = "has_it"
    """The member has the role already."""
    LACKS_IT = "lacks_it"
    """The member does not have the role any more."""
    NOT_OURS = "not_ours"
    """Somebody else gave the role since."""
    PROTECTED = "protected"
    OPTED_OUT = "opted_out"
    """The member does not want to count in this server."""
    FORBIDDEN = "forbidden"
    """Discord does not let the bot change the role."""
    DID_NOT_STICK = "did_not_stick"
    """Discord confirmed the write again and again, and each time it showed undone."""


@dataclass(frozen=True, slots=True)
class UndoStep:
    """What an undo is to do about one role of one member."""

    sweep_id: int
    """The undo, which is a sweep of its own."""
    guild_id: int
    user_id: int
    role_id: int
    action: UndoAction
    changed_at: datetime
    """When the sweep made the change that is undone."""
    state: UndoState = UndoState.WAITING
    skipped: SkipReason | None = None
    tries: int = 0

    def skip(self, reason: SkipReason) -> "UndoStep":
        """The step as it is after it turned out not to be possible."""
        return replace(self, state=UndoState.SKIPPED, skipped=reason)

    def after_write(self, outcome: RoleOutcome) -> "UndoStep":
        """The step as it is after a write. One whose outcome is not known waits for the next look."""
        match outcome:
            case RoleOutcome.DONE:
                return replace(self, state=UndoState.WRITTEN, tries=self.tries + 1)
            case RoleOutcome.MEMBER_GONE:
                return self.skip(SkipReason.LEFT)
            case RoleOutcome.ROLE_GONE:
                return self.skip(SkipReason.ROLE_GONE)
            case RoleOutcome.FORBIDDEN:
                return self.skip(SkipReason.FORBIDDEN)
            case RoleOutcome.UNREACHABLE:
                return self


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """A step after a look, and what to do about its role. Without a plan the usual one counts."""

    step: UndoStep
    plan: RolePlan | None = None


def net_changes(lines: Iterable[JournalEntry]) -> Sequence[JournalEntry]:
    """What a sweep changed in the end: the last line of each role of each member, oldest first.

    A role that was taken and given back within the same sweep is where it was before, so it is left out.
    """
    first: dict[tuple[int, int], JournalEntry] = {}
    last: dict[tuple[int, int], JournalEntry] = {}
    for line in sorted(lines, key=lambda line: line.at):
        if line.outcome is RoleOutcome.DONE and line.action in (RoleAction.GIVE, RoleAction.TAKE):
            first.setdefault((line.user_id, line.role_id), line)
            last[line.user_id, line.role_id] = line
    return sorted((line for key, line in last.items() if line.action is first[key].action), key=lambda line: line.at)


def opposite(action: RoleAction) -> UndoAction:
    """What undoes a change."""
    return UndoAction.TAKE if action is RoleAction.GIVE else UndoAction.GIVE


def plan_step(step: UndoStep, case: RoleCase) -> UndoPlan:
    """Decide about one role that an undo is about.

    An admin has asked for it and seen whom it concerns, so neither a pause nor the brake stands in its way.
    """
    if case.member is None:
        return UndoPlan(step, RolePlan(Step.LOOK, case.entry))
    if case.member.pending or (case.member.joined_at is not None and case.member.joined_at > step.changed_at):
        return UndoPlan(step.skip(SkipReason.LEFT))
    return _give_back(step, case) if step.action is UndoAction.GIVE else _take_back(step, case)


def _give_back(step: UndoStep, case: RoleCase) -> UndoPlan:
    entry = case.entry
    if case.sight is Sight.HAS:
        if entry is None or entry.state is LedgerState.WITHHELD:
            return UndoPlan(step.skip(SkipReason.HAS_IT))
        was_written = step.state is UndoState.WRITTEN or entry.state is LedgerState.GIVING
        kept = replace(
            entry,
            state=LedgerState.HELD,
            verified_at=case.now,
            missing_since=None,
            lapsed_at=None,
            notified_at=None,
            grace_waived=False,
            kept_at=entry.kept_at or case.now,
        )
        done = replace(step, state=UndoState.DONE) if was_written else step.skip(SkipReason.HAS_IT)
        return UndoPlan(done, RolePlan(Step.NOTHING, kept, look_again_at=case.now))
    if step.tries >= MOST_TRIES:
        return UndoPlan(step.skip(SkipReason.DID_NOT_STICK))
    giving = LedgerEntry(
        case.guild_id, case.user_id, case.role_id, LedgerState.GIVING, given_at=case.now, kept_at=case.now
    )
    return UndoPlan(step, RolePlan(Step.GIVE, giving))


def _take_back(step: UndoStep, case: RoleCase) -> UndoPlan:
    entry = case.entry
    is_ours = entry is not None and entry.state is not LedgerState.WITHHELD and not case.is_doubtful
    if entry is None or not is_ours:
        gone = case.sight is Sight.LACKS
        return UndoPlan(step.skip(SkipReason.LACKS_IT if gone else SkipReason.NOT_OURS))
    if case.sight is Sight.LACKS:
        if entry.state is LedgerState.TAKING:
            withheld = replace(entry, state=LedgerState.WITHHELD, lapsed_at=None, missing_since=None, kept_at=None)
            done = replace(step, state=UndoState.DONE)
            return UndoPlan(done, RolePlan(Step.NOTHING, withheld, look_again_at=case.now))
        missing_since = entry.missing_since or case.now
        if case.now >= missing_since + SECOND_LOOK:
            return UndoPlan(step.skip(SkipReason.LACKS_IT))
        waiting = replace(entry, missing_since=missing_since)
        return UndoPlan(step, RolePlan(Step.NOTHING, waiting, missing_since + SECOND_LOOK))
    if case.is_protected:
        return UndoPlan(step.skip(SkipReason.PROTECTED))
    if step.tries >= MOST_TRIES:
        return UndoPlan(step.skip(SkipReason.DID_NOT_STICK))
    return UndoPlan(step, RolePlan(Step.TAKE, replace(entry, state=LedgerState.TAKING)))

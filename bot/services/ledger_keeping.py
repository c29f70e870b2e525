"""What is written down of a role change: the intent before it, and the outcome after it.

The ledger says what the bot has given, the journal what happened and on what evidence. Both are written in the unit of
work that decides, so that a crash leaves either nothing or an intent that the next look at the member clears up.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.ledger import JournalEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.members import Membership, MemberSnapshot
from bot.services.journalling import write_line
from bot.services.loose_ends import CHANGED_SINCE, tie_up
from bot.services.member_cases import MemberCase, RoleDecision
from bot.services.repositories import UnitOfWork
from bot.services.role_writing import RoleWriting, Written

SEEN_LATE = "the outcome was not known until the member was looked at again"


class LedgerKeeping:
    """Keeps ledger, journal and undo in step with what is decided and done."""

    def __init__(self, writing: RoleWriting, interval: timedelta) -> None:
        """`interval`: between two sweeps."""
        self._writing = writing
        self._interval = interval

    async def write_intent(self, unit: UnitOfWork, case: MemberCase, decision: RoleDecision) -> None:
        """Write what is about to be done, before Discord is called."""
        before, after = decision.entry, decision.plan.entry
        if after is None and before is not None:
            await unit.ledger.remove(before)
        elif after is not None and after != before:
            await unit.ledger.save(after)
        step = decision.undo_step
        if step is not None and step != case.undo_steps.get(decision.role_id):
            await unit.undos.save(step)

    async def record_late(self, unit: UnitOfWork, decision: RoleDecision, seen: MemberSnapshot, now: datetime) -> None:
        """Write the journal's line for a change whose outcome was not known until now: done if Discord shows it.

        If not, it may have been done and undone since.
        """
        entry = decision.entry
        action = None if entry is None else entry.begun
        if entry is None or action is None:
            return
        has_left = seen.joined_at is not None and seen.joined_at > entry.given_at
        is_shown = (entry.role_id in seen.role_ids) is (action is RoleAction.GIVE) and not has_left
        if not is_shown or (action is RoleAction.GIVE and decision.plan.entry is None):
            await tie_up(unit, [entry], now, CHANGED_SINCE)
            return
        last = await unit.journal.last_of(entry.guild_id, entry.user_id, entry.role_id)
        if last is not None and last.at >= entry.given_at and (last.action, last.outcome) == (action, RoleOutcome.DONE):
            return
        evidence = replace(decision.evidence, note=SEEN_LATE)
        line = JournalEntry(now, entry.guild_id, entry.user_id, entry.role_id, action, RoleOutcome.DONE, evidence)
        await write_line(unit, line, decision.undo_step, self._interval)

    async def record_outcome(self, unit: UnitOfWork, member: Membership, write: Written, now: datetime) -> str | None:
        """Write down how a write ended. Returns what to tell the server's admins."""
        decision, outcome = write.decision, write.outcome
        entry = decision.plan.entry
        if entry is None:
            return None
        line = JournalEntry(
            now, member.guild_id, member.user_id, decision.role_id, write.action, outcome, decision.evidence
        )
        await write_line(unit, line, decision.undo_step, self._interval)
        if decision.undo_step is not None:
            await unit.undos.save(decision.undo_step.after_write(outcome))
        rule = await unit.rules.of_role(member.guild_id, decision.role_id)
        if decision.rule is not None and rule is None:
            return None  # removed meanwhile: the ledger says what is to become of the role
        if rule is not None and (decision.rule is None or decision.rule.id != rule.id):
            entry = entry.under_new_rule
            if entry is None:
                return None
        match outcome:
            case RoleOutcome.DONE if write.action is RoleAction.GIVE:
                await unit.ledger.save(replace(entry, state=LedgerState.HELD))
            case RoleOutcome.DONE:
                await unit.ledger.save(replace(entry, missing_since=now))  # the next look decides whether that stuck
            case RoleOutcome.ROLE_GONE | RoleOutcome.FORBIDDEN:
                told = await self._writing.stop(unit, write)
                if write.action is RoleAction.GIVE or outcome is RoleOutcome.ROLE_GONE or decision.rule is None:
                    await unit.ledger.remove(entry)
                else:
                    await unit.ledger.save(replace(entry, state=LedgerState.HELD))
                return told
            case _:
                pass  # the intent stays: the next look decides whether the write stuck
        return None

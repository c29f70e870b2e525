"""Changes of roles that were begun, and whose end nobody will look for any more: the journal tells of them too.

The bot may have ended between its call to Discord and the record of what came of it. The next look at the member shows
how it went; where there is no next look, since the role is not the bot's business any more, all that is known is that
it may have been done.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.services.repositories import UnitOfWork

RULE_REMOVED = "the rule was removed before it was known whether that had been done"
ROLE_DELETED = "the role was deleted before it was known whether that had been done"
ROLE_GIVEN_UP = "the role was deleted, or given up, before it was known whether that had been done"
MEMBER_LEFT = "the member left before it was known whether that had been done"
BOT_LEFT = "Holdfast was removed from the server before it was known whether that had been done"
CHANGED_SINCE = "whether that had been done could not be seen any more when the member was looked at again"


async def tie_up_role(
    unit: UnitOfWork, guild_id: int, role_id: int, now: datetime, why: str, besides: int | None = None
) -> None:
    """Tell of what was begun with a role, right before all its entries go; not of one user's, who is told of."""
    begun = await unit.ledger.of_role(guild_id, role_id, (LedgerState.GIVING, LedgerState.TAKING))
    await tie_up(unit, [entry for entry in begun if entry.user_id != besides], now, why)


async def tie_up(unit: UnitOfWork, entries: Iterable[LedgerEntry], now: datetime, why: str) -> None:
    """Tell of what was begun, where the journal does not yet, right before that is given up or begun once more."""
    for entry in entries:
        action = entry.begun
        if action is None:
            continue
        last = await unit.journal.last_of(entry.guild_id, entry.user_id, entry.role_id)
        if last is not None and _tells(last, entry, action):
            continue
        evidence = Evidence("", note=why)
        await unit.journal.add(
            JournalEntry(now, entry.guild_id, entry.user_id, entry.role_id, action, RoleOutcome.UNREACHABLE, evidence)
        )


def _tells(line: JournalEntry, entry: LedgerEntry, action: RoleAction) -> bool:
    """Whether the newest line is about what was begun."""
    if line.action is not action or line.at < entry.given_at:
        return False
    return action is RoleAction.GIVE or line.outcome is RoleOutcome.UNREACHABLE

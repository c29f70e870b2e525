"""The audit: who changed what in a server. Services write the lines; here they are listed, and told in the log channel.

A line is written in the same unit of work as the change it tells of, and announced from the database afterwards. So
whoever makes a change only writes its line, nothing is announced that did not happen, and a restart forgets no line.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.audits import AuditAction, AuditLine, NumberedLine
from bot.services.guild_log import GuildLog
from bot.services.ports import Clock, Store

ANNOUNCED: Final = frozenset(
    {
        AuditAction.COLLECTION_ADDED,
        AuditAction.COLLECTION_REMOVED,
        AuditAction.RULE_ADDED,
        AuditAction.RULE_EDITED,
        AuditAction.RULE_REMOVED,
        AuditAction.RULE_PAUSED,
        AuditAction.RULE_RESUMED,
        AuditAction.SETTING_CHANGED,
        AuditAction.MEMBER_PROTECTED,
        AuditAction.MEMBER_UNPROTECTED,
        AuditAction.ROLE_ADOPTED,
        AuditAction.REMOVALS_APPROVED,
        AuditAction.REMOVALS_KEPT,
        AuditAction.SWEEP_UNDONE,
        AuditAction.SWEEP_CANCELLED,
        AuditAction.HOLDERS_EXPORTED,
    }
)
"""What admins decided. The rest is either told in the log channel by whoever does it, or a member's own business."""
MEMBERS_OWN: Final = frozenset(
    {
        AuditAction.WALLET_LINKED,
        AuditAction.WALLET_UNLINKED,
        AuditAction.MEMBER_OPTED_OUT,
        AuditAction.MEMBER_OPTED_IN,
    }
)
"""What members do with their own wallets: left out of the list that admins read, which it would drown."""

LINES_SHOWN: Final = 1_000
LINES_PER_PASS: Final = 100
POST_MAX: Final = 1_900
"""Characters of one post; Discord takes 2,000."""
NEWS: Final = timedelta(minutes=10)
"""Where it is not known what was announced last: what is older than this is history."""
GAP_PATIENCE: Final = timedelta(minutes=2)
"""How long to wait for a line whose number is missing. Its unit of work may still be open: PostgreSQL hands out numbers
before it commits. No unit lives this long."""
_ANNOUNCED_UP_TO: Final = "audit:announced"


class Auditing:
    """Lists audit lines, and announces those that concern a server's admins."""

    def __init__(self, store: Store, guild_log: GuildLog, clock: Clock, in_words: Callable[[AuditLine], str]) -> None:
        self._store = store
        self._guild_log = guild_log
        self._clock = clock
        self._in_words = in_words

    async def recent(self, guild_id: int) -> Sequence[AuditLine]:
        """What was changed in a server, newest first, at most `LINES_SHOWN` lines."""
        async with self._store.reading() as unit:
            return await unit.audit.recent(guild_id, LINES_SHOWN, MEMBERS_OWN)

    async def announce(self) -> bool:
        """Tell servers' log channels what is new. Returns whether there may be more.

        A crash between the post and its note makes a line appear twice, never not at all.
        """
        fresh = await self._not_announced()
        if not fresh:
            return False
        texts: dict[int, list[str]] = defaultdict(list)
        for _, line in fresh:
            if line.action in ANNOUNCED:
                texts[line.guild_id].append(self._in_words(line))
        await asyncio.gather(*(self._tell(guild_id, lines) for guild_id, lines in texts.items()))
        async with self._store.unit() as unit:
            await unit.notes.set(_ANNOUNCED_UP_TO, _mark(fresh[-1]))
        return True

    async def _not_announced(self) -> Sequence[NumberedLine]:
        now = self._clock.now()
        async with self._store.unit() as unit:
            noted = await unit.notes.get(_ANNOUNCED_UP_TO)
            if noted is not None:
                newest = int(noted.partition(" ")[0])
                found = await unit.audit.after(newest - 1, LINES_PER_PASS + 1)
                if found and _mark(found[0]) == noted:
                    return unbroken(found[1:], newest, now)
            # Nothing was ever announced, or that line was deleted; SQLite may hand out its number again.
            newest = await unit.audit.newest_before(now - NEWS)
            return unbroken(await unit.audit.after(newest, LINES_PER_PASS), newest, now)

    async def _tell(self, guild_id: int, lines: Sequence[str]) -> None:
        post = ""
        for line in lines:
            if post and len(post) + len(line) + 1 > POST_MAX:
                await self._guild_log.post(guild_id, post)
                post = ""
            post = f"{post}\n{line}" if post else line
        await self._guild_log.post(guild_id, post)


def _mark(numbered: NumberedLine) -> str:
    number, line = numbered
    return f"{number} {line.at.isoformat()}"


def unbroken(lines: Sequence[NumberedLine], newest: int, now: datetime) -> Sequence[NumberedLine]:
    """Return the lines up to the first gap in their numbers that may still be filled."""
    for place, (number, line) in enumerate(lines):
        if number != newest + 1 and now - line.at < GAP_PATIENCE:
            return lines[:place]
        newest = number
    return lines

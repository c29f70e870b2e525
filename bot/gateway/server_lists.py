"""What Discord lists of a server on request: its members, and its audit log."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.domain.ledger import RoleAction
from bot.domain.members import MembersHidden, MemberSnapshot, Unreachable
from bot.domain.rivals import Flip
from bot.gateway.outcomes import TROUBLE, DiscordCode, in_words
from bot.gateway.rest import DiscordRest, member_snapshot

if TYPE_CHECKING:
    from discord.types.audit_log import AuditLogEntry  # cannot be imported at run time: discord.py's types are a circle

log = structlog.get_logger(__name__)

MEMBERS_A_PAGE = 1000
"""As many as Discord gives at once. https://discord.com/developers/docs/resources/guild#list-guild-members"""
ENTRIES_A_PAGE = 100
_MOST_PAGES = 5
"""The bot's own entries fill pages as well."""
_LOOK_BACK = timedelta(days=1)
_MEMBER_ROLE_UPDATE: Final = 25
"""https://discord.com/developers/docs/resources/audit-log#audit-log-entry-object-audit-log-events"""


class DiscordLists:
    """Lists members and audit-log entries over REST."""

    def __init__(self, client: discord.Client, rest: DiscordRest) -> None:
        self._client = client
        self._rest = rest

    async def members(self, guild_id: int, after: int) -> Sequence[MemberSnapshot] | MembersHidden | Unreachable:
        """One page of a server's members other than bots, by user id, beginning after that one; empty at the end."""
        listed = self._client.http.get_members
        while True:
            try:
                page = await self._rest.ask(partial(listed, guild_id, MEMBERS_A_PAGE, after))
            except TROUBLE as error:
                if isinstance(error, discord.HTTPException) and error.code == DiscordCode.MISSING_ACCESS:
                    return MembersHidden()
                log.warning("discord.unreachable", what="members", guild_id=guild_id, error=in_words(error))
                return Unreachable(in_words(error))
            people = [member_snapshot(int(data["user"]["id"]), data) for data in page if not data["user"].get("bot")]
            if people or not page:
                return sorted(people, key=lambda member: member.user_id)
            after = max(int(data["user"]["id"]) for data in page)

    async def who_changed(self, flip: Flip) -> int | None:
        """Look for somebody else's entry in the audit log that undid the bot's doing; the newest one counts."""
        guild, me = self._client.get_guild(flip.guild_id), self._client.user
        if me is None or (guild is not None and not guild.me.guild_permissions.view_audit_log):
            return None
        since = discord.utils.time_snowflake(flip.at - _LOOK_BACK)
        before: int | None = None
        for _ in range(_MOST_PAGES):
            try:
                entries = await self._entries(flip.guild_id, before)
            except TROUBLE as error:
                log.info("discord.no_audit_log", guild_id=flip.guild_id, error=in_words(error))
                return None
            for entry in entries:
                actor, before = entry["user_id"], int(entry["id"])
                if before < since:
                    return None
                if actor is not None and int(actor) != me.id and _undoes(entry, flip):
                    return int(actor)
            if len(entries) < ENTRIES_A_PAGE:
                return None
        return None

    async def _entries(self, guild_id: int, before: int | None) -> Sequence["AuditLogEntry"]:
        """One page of the audit log's role changes, newest first. Raises what discord.py raises."""
        log_of = self._client.http.get_audit_logs
        found = await self._rest.ask(
            lambda: log_of(guild_id, ENTRIES_A_PAGE, before=before, action_type=_MEMBER_ROLE_UPDATE)
        )
        return sorted(found["audit_log_entries"], key=lambda entry: -int(entry["id"]))


def _undoes(entry: "AuditLogEntry", flip: Flip) -> bool:
    return entry["target_id"] == str(flip.user_id) and flip.role_id in _roles_changed(entry, flip.undone)


def _roles_changed(entry: "AuditLogEntry", undone: RoleAction) -> frozenset[int]:
    """The roles that an entry took (when it undid a giving) or gave."""
    key = "$remove" if undone is RoleAction.GIVE else "$add"
    found: set[int] = set()
    for change in entry.get("changes", []):
        roles = change.get("new_value")
        if change["key"] == key and isinstance(roles, list):
            found.update(int(role["id"]) for role in roles if isinstance(role, dict))
    return frozenset(found)

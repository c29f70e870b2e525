"""What services ask of the database about members and the roles that the bot gave them.

Every answer is made of domain objects.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.ledger import JournalEntry, LedgerEntry, LedgerState
from bot.domain.members import MemberKey, Membership, Presence


class Members(Protocol):
    """Members the bot has met, and whose roles are due to be reconciled."""

    async def meet(self, guild_id: int, user_id: int, now: datetime) -> Membership:
        """Remember that a user is in a server. New and returning members become due."""

    async def get(self, guild_id: int, user_id: int) -> Membership | None:
        """One membership."""

    async def many(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Membership]:
        """Several memberships, as far as there are such."""

    async def present_guilds(self, user_ids: AnyOf[int]) -> Mapping[int, Sequence[int]]:
        """The servers in which users are present, by user."""

    async def mark_left(self, guild_id: int, user_id: int, look_again_at: datetime | None) -> None:
        """The user is not in the server any more; due again at that time, in case of an unnoticed return."""

    async def touch_user(self, user_id: int) -> None:
        """Something about a user's wallets changed: due in every server where the user is present."""

    async def touch_many(self, keys: AnyOf[MemberKey]) -> None:
        """Something about these members' wallets changed: they are due, where present."""

    async def touch_guild(self, guild_id: int) -> None:
        """Something about a server's rules changed: all its present members are due."""

    async def touch_members(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Something about the roles of some members is to be done: they are due, where present."""

    async def due(self, now: datetime, limit: int, guild_id: int | None = None) -> Sequence[Membership]:
        """Members whose revision is unsettled or whose time has come, at most one page, fair between servers."""

    async def settle(self, member: Membership, due_at: datetime | None, failures: int = 0) -> None:
        """Record that `member.revision` has been reconciled, and when to look again. A newer revision stays due."""

    async def settle_many(self, settled: Sequence[tuple[Membership, datetime | None]]) -> None:
        """Like `settle`, for members of whom nothing was written since they were loaded; others stay due."""

    async def postpone(self, member: Membership, due_at: datetime) -> None:
        """Discord did not let the reconciliation through: try again then, count the failure, settle nothing."""

    async def in_guild(self, guild_id: int, presence: Presence) -> Sequence[int]:
        """User ids of a server's members in that state."""

    async def holders_without_look(self, guild_id: int) -> Sequence[int]:
        """User ids of a server's present members who hold a role from the bot, and have no time for another look."""

    async def guilds_of(self, user_id: int) -> Sequence[int]:
        """The servers in which a user was met, in order."""

    async def forget_guild(self, guild_id: int) -> None:
        """The bot was removed from a server: nobody there is due any more."""


class Ledger(Protocol):
    """Roles that the bot gave."""

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[LedgerEntry]:
        """A member's entries."""

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[LedgerEntry]]:
        """The entries of each of several members."""

    async def of_user(self, user_id: int) -> Sequence[LedgerEntry]:
        """A user's entries in all servers."""

    async def save(self, entry: LedgerEntry) -> None:
        """Write an entry, new or changed."""

    async def save_many(self, entries: Sequence[LedgerEntry]) -> None:
        """Write entries, new or changed."""

    async def remove(self, entry: LedgerEntry) -> None:
        """The role is not the bot's any more."""

    async def of_role(
        self, guild_id: int, role_id: int, states: AnyOf[LedgerState] = tuple(LedgerState)
    ) -> Sequence[LedgerEntry]:
        """Everybody who has a role from the bot, or whose entry is in one of these states."""

    async def of_role_among(self, guild_id: int, role_id: int, user_ids: Sequence[int]) -> Sequence[LedgerEntry]:
        """Who of these has a role from the bot."""

    async def count(self, guild_id: int, role_id: int) -> tuple[int, int]:
        """How many members hold a role from the bot, and from how many it is being taken, unconfirmed by Discord."""

    async def remove_role(self, guild_id: int, role_id: int) -> int:
        """Forget all entries of a role. Returns how many."""

    async def waive_grace(
        self, *, user_id: int | None = None, guild_id: int | None = None, role_id: int | None = None
    ) -> None:
        """Set `grace_waived` on all entries of a user, or of a server's role.

        Within one server this is somebody's express wish, which also ends an earlier decision to keep the role.
        """

    async def begin_anew(self, guild_id: int, role_id: int) -> None:
        """Leave a role's entries to a new rule, as `LedgerEntry.under_new_rule` says."""

    async def keep(self, guild_id: int, role_id: int, user_ids: Sequence[int], now: datetime) -> None:
        """An admin lets these members keep a role despite the evidence (`kept_at`)."""

    async def release_kept(self, guild_id: int, *, user_id: int | None = None, role_id: int | None = None) -> int:
        """End `kept_at` on a server's entries, of one user or one role if given. Returns how many it ended."""


class Journal(Protocol):
    """What was written to Discord."""

    async def add(self, entry: JournalEntry) -> None:
        """Append a line."""

    async def last_of(self, guild_id: int, user_id: int, role_id: int) -> JournalEntry | None:
        """The newest line about a member's role."""

    async def of_member_since(self, guild_id: int, user_id: int, since: datetime) -> Sequence[JournalEntry]:
        """A member's lines since then, newest first, at most a hundred."""

    async def recent(self, guild_id: int, limit: int) -> Sequence[JournalEntry]:
        """A server's newest lines, newest first."""

    async def adopters(self, guild_id: int, role_id: int) -> Sequence[int]:
        """The user ids of everybody whose role was ever adopted."""

    async def taken_since(self, guild_id: int, role_id: int, since: datetime) -> int:
        """How many times the role was taken since then."""

    async def of_sweep(self, sweep_id: int) -> Sequence[JournalEntry]:
        """The lines of one sweep, oldest first."""

    async def changed_besides(
        self, guild_id: int, sweep_id: int, since: datetime
    ) -> Mapping[tuple[int, int], datetime]:
        """(User id, role id) -> when a role was last given or taken since then outside of a sweep's lines."""

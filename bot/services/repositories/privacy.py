"""What services ask of the database about people's own decisions on their data, and about data that has grown old."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.members import MemberKey
from bot.domain.privacy import Deletion, PersonalData, Withdrawal


class OptOuts(Protocol):
    """Members whose wallets do not count in a server, by their own wish."""

    async def add(self, guild_id: int, user_id: int, now: datetime) -> bool:
        """Note that a member opted out; False when they had already."""

    async def remove(self, guild_id: int, user_id: int) -> bool:
        """Forget that a member opted out; False when they had not."""

    async def is_out(self, guild_id: int, user_id: int) -> bool:
        """Whether a member opted out."""

    async def of_guild(self, guild_id: int) -> frozenset[int]:
        """The user ids that opted out in a server."""

    async def withdrawal(self, guild_id: int, user_id: int) -> Withdrawal | None:
        """Why a member's wallets do not count in a server; None when they do."""

    async def withdrawals(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Withdrawal]:
        """The same of several members; those whose wallets count are left out."""


class Deletions(Protocol):
    """Deletions of people's data that are not finished."""

    async def ask(self, deletion: Deletion) -> None:
        """Note that somebody's data is to be deleted; when that is noted already, it is due at once again."""

    async def get(self, user_id: int) -> Deletion | None:
        """The unfinished deletion of somebody's data."""

    async def due(self, now: datetime, limit: int) -> Sequence[Deletion]:
        """Deletions to go on with now, longest waiting first."""

    async def postpone(self, user_id: int, due_at: datetime, obstacle: str) -> None:
        """Note what was in the way, and when to try again."""


class PersonalRecords(Protocol):
    """All that is stored of one person, in every table."""

    async def of_user(self, user_id: int) -> PersonalData:
        """Everything, without secrets and without other people's ids."""

    async def forget(self, user_id: int, pseudonym: int) -> None:
        """Delete it, an unfinished deletion included; in the records of what was done put the pseudonym instead."""


class Retention(Protocol):
    """Data that nobody needs any more. What deletes many rows does so in bounded batches, and returns how many."""

    async def note_absences(self, now: datetime) -> None:
        """Note since when members are away, where that is not noted yet."""

    async def absent_since(self, before: datetime, limit: int) -> Sequence[int]:
        """Users who have been in no server since then at least, and whose data is not being deleted already."""

    async def is_absent_since(self, user_id: int, before: datetime) -> bool:
        """Whether that still holds for one user."""

    async def known_guilds(self, after: int, limit: int) -> Sequence[int]:
        """Ids of servers that something is stored of, above `after`, in order."""

    async def note_departure(self, guild_id: int, now: datetime) -> None:
        """Note that the bot is not in a server any more, unless that is noted already."""

    async def note_return(self, guild_id: int, now: datetime) -> None:
        """Note that the bot is in a server. After an absence, everybody it knew there is looked at again."""

    async def departed_before(self, before: datetime, limit: int) -> Sequence[int]:
        """Servers that the bot has not been in since then at least."""

    async def forget_guild(self, guild_id: int) -> int:
        """Delete one batch of all that is stored of a server. Its members' wallets stay linked."""

    async def prune(self, before: datetime) -> int:
        """Delete one batch of each kind of record that is older: journal, audit lines, ended links, finished work."""

"""What services ask of the database about protected members, and about lapses that nobody was told of.

Every answer is made of domain objects.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.members import MemberKey
from bot.domain.notices import Lapse, NoticeToPost
from bot.domain.protections import Protection


class Protections(Protocol):
    """Members from whom no role is taken, at most one protection for each member and role."""

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[Protection]:
        """A member's protections, also those that have ended by themselves."""

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[Protection]]:
        """The same of each of several members."""

    async def of_guild(self, guild_id: int, now: datetime) -> Sequence[Protection]:
        """The protections of a server that hold now, by member."""

    async def save(self, protection: Protection) -> None:
        """Write a protection; it takes the place of an earlier one for the same member and role."""

    async def remove(self, protection: Protection) -> None:
        """End a protection."""

    async def purge(self, ended_before: datetime) -> int:
        """Delete protections that ended by themselves before then. Returns how many."""


class Notices(Protocol):
    """Lapses of which their members have not been told."""

    async def untold(self, guild_id: int, user_id: int, now: datetime, *, unposted: bool = False) -> Sequence[Lapse]:
        """A member's untold lapses, as far as the role stays; `unposted`: about which no post was tried yet."""

    async def to_post(self, now: datetime, per_guild: int, limit: int) -> Sequence[NoticeToPost]:
        """Whom to tell in their server's notice channel, the longest waiting of each server first."""

    async def try_post(self, lapses: Sequence[Lapse]) -> None:
        """Note that a post about these is about to be made, which happens once only."""

    async def told(self, lapses: Sequence[Lapse], now: datetime) -> None:
        """Note that the member knows of these lapses. One that is over meanwhile is left alone."""

    async def channel_failed(self, guild_id: int, now: datetime) -> bool:
        """Note that the notice channel did not take a post just now. True when that is news."""

    async def channel_works(self, guild_id: int) -> None:
        """Note that the notice channel takes posts, or is another one."""

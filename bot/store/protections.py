"""Protected members."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.members import MemberKey
from bot.domain.protections import Protection
from bot.store.protection_models import ProtectionRow
from bot.store.statements import in_batches, insert_into, is_one_of, write

_ALL_ROLES = 0


class SqlProtections:
    """Protections in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[Protection]:
        """Return a member's protections, also those that have ended by themselves."""
        return await self._find(ProtectionRow.guild_id == guild_id, ProtectionRow.user_id == user_id)

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[Protection]]:
        """Return several members' protections, also those that have ended by themselves."""
        found: dict[MemberKey, list[Protection]] = {key: [] for key in keys}
        for some in in_batches(sorted(found)):
            for protection in await self._find(is_one_of(ProtectionRow.guild_id, ProtectionRow.user_id, some)):
                found[protection.guild_id, protection.user_id].append(protection)
        return found

    async def of_guild(self, guild_id: int, now: datetime) -> Sequence[Protection]:
        """Return the protections of a server that hold now, by member."""
        holds = or_(ProtectionRow.until.is_(None), ProtectionRow.until > now)
        return await self._find(ProtectionRow.guild_id == guild_id, holds)

    async def _find(self, *conditions: ColumnElement[bool]) -> list[Protection]:
        query = select(ProtectionRow).where(*conditions).order_by(ProtectionRow.user_id, ProtectionRow.role_id)
        return [
            Protection(
                guild_id=row.guild_id,
                user_id=row.user_id,
                role_id=None if row.role_id == _ALL_ROLES else row.role_id,
                until=row.until,
                reason=row.reason,
                protected_by=row.protected_by,
                protected_at=row.protected_at,
            )
            for row in await self._session.scalars(query)
        ]

    async def save(self, protection: Protection) -> None:
        """Write a protection; it takes the place of an earlier one for the same member and role."""
        key = {
            "guild_id": protection.guild_id,
            "user_id": protection.user_id,
            "role_id": protection.role_id or _ALL_ROLES,
        }
        state = {
            "until": protection.until,
            "reason": protection.reason,
            "protected_by": protection.protected_by,
            "protected_at": protection.protected_at,
        }
        new = insert_into(self._session, ProtectionRow).values(**key, **state)
        await write(self._session, new.on_conflict_do_update(index_elements=list(key), set_=state))

    async def remove(self, protection: Protection) -> None:
        """End a protection."""
        same = delete(ProtectionRow).where(
            ProtectionRow.guild_id == protection.guild_id,
            ProtectionRow.user_id == protection.user_id,
            ProtectionRow.role_id == (protection.role_id or _ALL_ROLES),
        )
        await write(self._session, same)

    async def purge(self, ended_before: datetime) -> int:
        """Delete protections that ended by themselves before then. Returns how many."""
        return await write(self._session, delete(ProtectionRow).where(ProtectionRow.until < ended_before))

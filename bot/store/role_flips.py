"""The times that somebody else undid what the bot did with a member's role."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.members import MemberKey
from bot.domain.rivals import Flip
from bot.store.safety_models import RoleFlipRow
from bot.store.statements import in_batches, is_one_of, write

_MOST = 100


class SqlRoleFlips:
    """Flips in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, flip: Flip) -> None:
        """Append one."""
        self._session.add(
            RoleFlipRow(
                at=flip.at,
                guild_id=flip.guild_id,
                user_id=flip.user_id,
                role_id=flip.role_id,
                undone=flip.undone,
                is_rivalry=flip.is_rivalry,
            )
        )
        await self._session.flush()

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[Flip]:
        """Return a member's newest ones, newest first, at most a hundred."""
        whose = and_(RoleFlipRow.guild_id == guild_id, RoleFlipRow.user_id == user_id)
        query = select(RoleFlipRow).where(whose).order_by(RoleFlipRow.at.desc(), RoleFlipRow.id.desc())
        return [_flip(row) for row in await self._session.scalars(query.limit(_MOST))]

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[Flip]]:
        """Return the newest ones of several members, newest first, at most a hundred of each."""
        found: dict[MemberKey, list[Flip]] = {key: [] for key in keys}
        for some in in_batches(sorted(found)):
            whose = is_one_of(RoleFlipRow.guild_id, RoleFlipRow.user_id, some)
            query = select(RoleFlipRow).where(whose).order_by(RoleFlipRow.at.desc(), RoleFlipRow.id.desc())
            for flip in map(_flip, await self._session.scalars(query)):
                found[flip.guild_id, flip.user_id].append(flip)
        return {key: flips[:_MOST] for key, flips in found.items()}

    async def rivalries(self, guild_id: int, since: datetime) -> Sequence[Flip]:
        """Return those since then at which the bot stopped, newest first."""
        which = and_(RoleFlipRow.guild_id == guild_id, RoleFlipRow.is_rivalry, RoleFlipRow.at >= since)
        query = select(RoleFlipRow).where(which).order_by(RoleFlipRow.at.desc(), RoleFlipRow.id.desc())
        return [_flip(row) for row in await self._session.scalars(query.limit(_MOST))]

    async def unreported(self, limit: int) -> Sequence[Flip]:
        """Return those at which the bot stopped, and of which no log channel was told yet, oldest first."""
        query = select(RoleFlipRow).where(RoleFlipRow.is_rivalry, RoleFlipRow.reported_at.is_(None))
        return [_flip(row) for row in await self._session.scalars(query.order_by(RoleFlipRow.id).limit(limit))]

    async def report(self, flip: Flip, now: datetime) -> bool:
        """Note that one was told of; False when it had been already."""
        untold = and_(_is(flip), RoleFlipRow.is_rivalry, RoleFlipRow.reported_at.is_(None))
        return await write(self._session, update(RoleFlipRow).where(untold).values(reported_at=now)) > 0

    async def is_told(self, guild_id: int, role_id: int, since: datetime) -> bool:
        """Say whether a log channel was told since then that a role is fought over."""
        told = and_(RoleFlipRow.guild_id == guild_id, RoleFlipRow.role_id == role_id, RoleFlipRow.reported_at >= since)
        return (await self._session.scalars(select(func.count()).select_from(RoleFlipRow).where(told))).one() > 0

    async def purge(self, before: datetime) -> int:
        """Delete older ones. Returns how many."""
        return await write(self._session, delete(RoleFlipRow).where(RoleFlipRow.at < before))


def _is(flip: Flip) -> ColumnElement[bool]:
    return and_(
        RoleFlipRow.guild_id == flip.guild_id,
        RoleFlipRow.user_id == flip.user_id,
        RoleFlipRow.role_id == flip.role_id,
        RoleFlipRow.at == flip.at,
    )


def _flip(row: RoleFlipRow) -> Flip:
    return Flip(row.at, row.guild_id, row.user_id, row.role_id, row.undone, row.is_rivalry)

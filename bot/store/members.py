"""Members, and which of them are due to be reconciled."""

from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.members import Membership, Presence
from bot.store.guild_models import IS_UNSETTLED, MembershipRow
from bot.store.statements import in_batches, insert_into, lock_in_order, write

IS_PRESENT = MembershipRow.presence == Presence.PRESENT
"""The condition that a member is in the server."""


def is_waiting(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a member's roles still wait to be reconciled, be it after a pause."""
    return and_(IS_PRESENT, or_(IS_UNSETTLED, MembershipRow.due_at <= now))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Say who is due now. A failure holds a member back until its `due_at`; without one, being unsettled is enough."""
    not_held_back = or_(MembershipRow.failures == 0, MembershipRow.due_at.is_(None))
    return or_(and_(IS_PRESENT, IS_UNSETTLED, not_held_back), MembershipRow.due_at <= now)


class SqlMembers:
    """Memberships in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def meet(self, guild_id: int, user_id: int, now: datetime) -> Membership:
        """Remember that a user is in a server. New and returning members become due."""
        new = insert_into(self._session, MembershipRow).values(
            guild_id=guild_id,
            user_id=user_id,
            presence=Presence.PRESENT,
            revision=1,
            settled=0,
            due_at=now,
            failures=0,
        )
        await write(
            self._session,
            new.on_conflict_do_update(
                index_elements=["guild_id", "user_id"],
                set_={
                    "presence": Presence.PRESENT,
                    "revision": MembershipRow.revision + 1,
                    "due_at": now,
                    "failures": 0,
                    "left_at": None,
                },
                where=MembershipRow.presence == Presence.LEFT,
            ),
        )
        query = select(MembershipRow).where(_is(guild_id, user_id))
        return _membership((await self._session.scalars(query)).one())

    async def get(self, guild_id: int, user_id: int) -> Membership | None:
        """Return one membership."""
        row = (await self._session.scalars(select(MembershipRow).where(_is(guild_id, user_id)))).one_or_none()
        return None if row is None else _membership(row)

    async def mark_left(self, guild_id: int, user_id: int, look_again_at: datetime | None) -> None:
        """Remember that the user is not in the server; due again at that time, in case of an unnoticed return."""
        await write(self._session, _left(update(MembershipRow).where(_is(guild_id, user_id)), look_again_at))

    async def touch_user(self, user_id: int) -> None:
        """Make a user due in every server where present: something about the wallets changed."""
        await self._touch(MembershipRow.user_id == user_id)

    async def touch_users(self, user_ids: AnyOf[int]) -> None:
        """Make users due in every server where present: something about their wallets changed."""
        for some in in_batches(sorted(user_ids)):
            await self._touch(MembershipRow.user_id.in_(some))

    async def touch_guild(self, guild_id: int) -> None:
        """Make all present members of a server due: something about its rules changed."""
        await self._touch(MembershipRow.guild_id == guild_id)

    async def touch_members(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Make some members of a server due, where present: something about their roles is to be done."""
        for some in in_batches(sorted(set(user_ids))):
            await self._touch(and_(MembershipRow.guild_id == guild_id, MembershipRow.user_id.in_(some)))

    async def _touch(self, whose: ColumnElement[bool]) -> None:
        meant = and_(whose, IS_PRESENT)
        await self._lock(meant)
        # What changed may be what stood in the way, so an earlier failure holds nobody back any longer.
        changed = update(MembershipRow).where(meant)
        await write(self._session, changed.values(revision=MembershipRow.revision + 1, failures=0))

    async def _lock(self, meant: ColumnElement[bool]) -> None:
        keys = select(MembershipRow.user_id).where(meant)
        await lock_in_order(self._session, keys.order_by(MembershipRow.guild_id, MembershipRow.user_id))

    async def due(self, now: datetime, limit: int, guild_id: int | None = None) -> Sequence[Membership]:
        """Return members whose revision is unsettled or whose time has come: one page, fair between servers.

        Fair means in turn: every server's first member, then every server's second, and so on.
        """
        due = _is_due(now) if guild_id is None else and_(_is_due(now), MembershipRow.guild_id == guild_id)
        # By user id within a server, since the index of unsettled members has them in that order already.
        place = func.row_number().over(partition_by=MembershipRow.guild_id, order_by=MembershipRow.user_id)
        queue = select(MembershipRow, place.label("place")).where(due).subquery()
        query = (
            select(aliased(MembershipRow, queue))
            .where(queue.c.place <= limit)
            .order_by(queue.c.place, queue.c.guild_id)
            .limit(limit)
        )
        return [_membership(row) for row in await self._session.scalars(query)]

    async def settle(self, member: Membership, due_at: datetime | None, failures: int = 0) -> None:
        """Record that `member.revision` has been reconciled, and when to look again. A newer revision stays due.

        Late news, about an older revision than the last settled one or from before the member left, change nothing.
        """
        nothing_newer = MembershipRow.revision == member.revision
        changed = _not_overtaken(member).values(
            settled=member.revision, due_at=due_at, failures=case((nothing_newer, failures), else_=0)
        )
        await write(self._session, changed)

    async def postpone(self, member: Membership, due_at: datetime) -> None:
        """Try again then, as Discord did not let the reconciliation through; count the failure, settle nothing."""
        changed = _not_overtaken(member).values(due_at=due_at, failures=MembershipRow.failures + 1)
        await write(self._session, changed)

    async def in_guild(self, guild_id: int, presence: Presence) -> Sequence[int]:
        """Return the user ids of a server's members in that state."""
        query = select(MembershipRow.user_id).where(
            MembershipRow.guild_id == guild_id, MembershipRow.presence == presence
        )
        return (await self._session.scalars(query.order_by(MembershipRow.user_id))).all()

    async def guilds_of(self, user_id: int) -> Sequence[int]:
        """Return the servers in which a user was met, in order."""
        query = select(MembershipRow.guild_id).where(MembershipRow.user_id == user_id)
        return (await self._session.scalars(query.order_by(MembershipRow.guild_id))).all()

    async def forget_guild(self, guild_id: int) -> None:
        """Remember that the bot was removed from a server: nobody there is due, until they are met again."""
        of_guild = MembershipRow.guild_id == guild_id
        await self._lock(of_guild)
        await write(self._session, _left(update(MembershipRow).where(of_guild), None))


def _is(guild_id: int, user_id: int) -> ColumnElement[bool]:
    return and_(MembershipRow.guild_id == guild_id, MembershipRow.user_id == user_id)


def _left(update_of: Update, look_again_at: datetime | None) -> Update:
    return update_of.values(presence=Presence.LEFT, settled=MembershipRow.revision, due_at=look_again_at, failures=0)


def _not_overtaken(member: Membership) -> Update:
    return update(MembershipRow).where(
        _is(member.guild_id, member.user_id),
        MembershipRow.presence == member.presence,
        MembershipRow.settled <= member.revision,
    )


def _membership(row: MembershipRow) -> Membership:
    return Membership(
        guild_id=row.guild_id,
        user_id=row.user_id,
        presence=row.presence,
        revision=row.revision,
        settled=row.settled,
        due_at=row.due_at,
        failures=row.failures,
    )

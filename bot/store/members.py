"""Members, and which of them are due to be reconciled."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, Update, and_, bindparam, case, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.ledger import LedgerState
from bot.domain.members import MemberKey, Membership, Presence
from bot.store.guild_models import IS_UNSETTLED, LedgerRow, MembershipRow
from bot.store.statements import in_batches, insert_into, is_one_of, lock_in_order, write

IS_PRESENT = MembershipRow.presence == Presence.PRESENT
"""The condition that a member is in the server."""


def is_waiting(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a member's roles still wait to be reconciled, be it after a pause."""
    return and_(IS_PRESENT, or_(IS_UNSETTLED, MembershipRow.due_at <= now))


_HAS_NEWS = and_(IS_PRESENT, IS_UNSETTLED, or_(MembershipRow.failures == 0, MembershipRow.due_at.is_(None)))
"""Something changed. A failure holds a member back until its `due_at`; without one, that is enough to be due."""
_CANDIDATES = 20
"""So many times as many members as fit on a page are put in turn, if there are that many."""


_COLUMNS = tuple(MembershipRow.__table__.columns)
_SETTLED = (
    update(MembershipRow)
    .where(
        MembershipRow.guild_id == bindparam("b_guild"),
        MembershipRow.user_id == bindparam("b_user"),
        MembershipRow.presence == bindparam("b_presence"),
        MembershipRow.revision == bindparam("b_revision"),
        MembershipRow.settled == bindparam("b_settled"),
        MembershipRow.due_at.is_not_distinct_from(bindparam("b_was_due_at")),
    )
    .values(settled=bindparam("b_revision"), due_at=bindparam("b_due_at"), failures=0)
)


def _settling(member: Membership, due_at: datetime | None) -> dict[str, object]:
    return {
        "b_guild": member.guild_id,
        "b_user": member.user_id,
        "b_presence": member.presence,
        "b_revision": member.revision,
        "b_settled": member.settled,
        "b_was_due_at": member.due_at,
        "b_due_at": due_at,
    }


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
        return membership_of((await self._session.scalars(query)).one())

    async def get(self, guild_id: int, user_id: int) -> Membership | None:
        """Return one membership."""
        row = (await self._session.scalars(select(MembershipRow).where(_is(guild_id, user_id)))).one_or_none()
        return None if row is None else membership_of(row)

    async def many(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Membership]:
        """Return memberships."""
        found: dict[MemberKey, Membership] = {}
        for some in in_batches(sorted(keys)):
            meant = is_one_of(MembershipRow.guild_id, MembershipRow.user_id, some)
            rows = await self._session.execute(select(*_COLUMNS).where(meant))
            found |= {(row.guild_id, row.user_id): membership_of(row) for row in rows}
        return found

    async def present_guilds(self, user_ids: AnyOf[int]) -> Mapping[int, Sequence[int]]:
        """Return the servers in which users are present, by user."""
        found: dict[int, list[int]] = {user_id: [] for user_id in user_ids}
        for some in in_batches(sorted(user_ids)):
            query = select(MembershipRow.user_id, MembershipRow.guild_id)
            for row in await self._session.execute(query.where(MembershipRow.user_id.in_(some), IS_PRESENT)):
                found[row.user_id].append(row.guild_id)
        return found

    async def mark_left(self, guild_id: int, user_id: int, look_again_at: datetime | None) -> None:
        """Remember that the user is not in the server; due again at that time, in case of an unnoticed return."""
        await write(self._session, _left(update(MembershipRow).where(_is(guild_id, user_id)), look_again_at))

    async def touch_user(self, user_id: int) -> None:
        """Make a user due in every server where present: something about the wallets changed."""
        await self._touch(MembershipRow.user_id == user_id)

    async def touch_many(self, keys: AnyOf[MemberKey]) -> None:
        """Make members due, where present: something about their wallets changed."""
        for some in in_batches(sorted(keys)):
            await self._touch(is_one_of(MembershipRow.guild_id, MembershipRow.user_id, some))

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
        if guild_id is None:
            guilds = await self._session.scalar(select(func.count()).select_from(_GUILDS_WITH_NEWS)) or 1
            with_news = _with_news(max(1, min(limit, limit * _CANDIDATES // guilds)))
        else:
            with_news = _keys().where(_HAS_NEWS, MembershipRow.guild_id == guild_id)
            with_news = with_news.order_by(MembershipRow.user_id).limit(limit)
        waited = _keys().where(MembershipRow.due_at <= now)
        if guild_id is not None:
            waited = waited.where(MembershipRow.guild_id == guild_id)
        due = union(select(with_news.subquery()), waited).subquery()
        place = func.row_number().over(partition_by=due.c.guild_id, order_by=due.c.user_id)
        turns = select(due, place.label("place")).subquery()
        same = and_(MembershipRow.guild_id == turns.c.guild_id, MembershipRow.user_id == turns.c.user_id)
        query = select(*_COLUMNS).join(turns, same).order_by(turns.c.place, turns.c.guild_id).limit(limit)
        return [membership_of(row) for row in await self._session.execute(query)]

    async def settle(self, member: Membership, due_at: datetime | None, failures: int = 0) -> None:
        """Record that `member.revision` has been reconciled, and when to look again. A newer revision stays due.

        Late news, about an older revision than the last settled one or from before the member left, change nothing.
        """
        nothing_newer = MembershipRow.revision == member.revision
        changed = _not_overtaken(member).values(
            settled=member.revision, due_at=due_at, failures=case((nothing_newer, failures), else_=0)
        )
        await write(self._session, changed)

    async def settle_many(self, settled: Sequence[tuple[Membership, datetime | None]]) -> None:
        """Like `settle`, for members of whom nothing at all has been written since they were loaded."""
        if settled:
            connection = await self._session.connection()
            in_order = sorted(settled, key=lambda each: each[0].key)
            await connection.execute(_SETTLED, [_settling(member, due_at) for member, due_at in in_order])

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

    async def holders_without_look(self, guild_id: int) -> Sequence[int]:
        """Return the present members who hold a role from the bot, and have no time for another look."""
        held = select(LedgerRow.user_id).where(
            LedgerRow.guild_id == guild_id,
            LedgerRow.user_id == MembershipRow.user_id,
            LedgerRow.state == LedgerState.HELD,
        )
        query = select(MembershipRow.user_id).where(
            MembershipRow.guild_id == guild_id, IS_PRESENT, MembershipRow.due_at.is_(None), held.exists()
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


def _keys() -> Select[int, int]:
    return select(MembershipRow.guild_id, MembershipRow.user_id)


def _guilds_with_news() -> CTE:
    """The servers of unsettled members, by hopping along their index from one server to the next."""
    first = select(func.min(MembershipRow.guild_id).label("guild_id")).where(IS_UNSETTLED)
    hop = first.cte("guilds_with_news", recursive=True)
    later = select(func.min(MembershipRow.guild_id)).where(IS_UNSETTLED, MembershipRow.guild_id > hop.c.guild_id)
    return hop.union_all(select(later.scalar_subquery()).where(hop.c.guild_id.is_not(None)))


_GUILDS_WITH_NEWS = _guilds_with_news()


def _with_news(each: int) -> Select[int, int]:
    """The first members of every server of whom there is news, by user id, since the index has them in that order."""
    inner = aliased(MembershipRow)
    first = (
        select(MembershipRow.user_id)
        .where(MembershipRow.guild_id == _GUILDS_WITH_NEWS.c.guild_id, _HAS_NEWS)
        .order_by(MembershipRow.user_id)
        .limit(each)
        .correlate(_GUILDS_WITH_NEWS)
    )
    of_guild = and_(inner.guild_id == _GUILDS_WITH_NEWS.c.guild_id, inner.user_id.in_(first))
    return select(inner.guild_id, inner.user_id).join(_GUILDS_WITH_NEWS, of_guild)


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


def membership_of(row: MembershipRow | Row[*tuple[Any, ...]]) -> Membership:
    """Return the membership of a row."""
    return Membership(
        guild_id=row.guild_id,
        user_id=row.user_id,
        presence=row.presence,
        revision=row.revision,
        settled=row.settled,
        due_at=row.due_at,
        failures=row.failures,
    )

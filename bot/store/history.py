"""Figures over time, written down only where they changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.history import Holders, Point
from bot.domain.ledger import LedgerState, RoleAction
from bot.store.guild_models import JournalRow, LedgerRow, RuleRow
from bot.store.history_models import HistoryHoldersRow, HistoryPointRow
from bot.store.ledger import WAS_DONE
from bot.store.models import WalletRow
from bot.store.statements import insert_into, write
from bot.store.wallets import is_linked

_HOUR: Final = timedelta(hours=1)


class SqlHistory:
    """Figures over time in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def guilds(self, after: int, limit: int) -> Sequence[int]:
        """Return ids of servers with something to note, above `after`, in order."""
        places = (RuleRow.guild_id, LedgerRow.guild_id, HistoryHoldersRow.guild_id)
        known = union(*(select(place.label("guild_id")).where(place > after) for place in places)).subquery()
        return (await self._session.scalars(select(known.c.guild_id).order_by(known.c.guild_id).limit(limit))).all()

    async def now(self, guild_id: int, now: datetime) -> tuple[Point, Sequence[Holders]]:
        """Return how a server stands, with what was given and taken since its last noted point."""
        noted_at = await self._session.scalar(
            select(func.max(HistoryPointRow.at)).where(HistoryPointRow.guild_id == guild_id, HistoryPointRow.at < now)
        )
        given, taken = await self._changes(guild_id, noted_at or now - _HOUR, now)
        wallets = select(_count_if(WalletRow.unknown.is_(None) & WalletRow.read_at.is_not(None)), func.count())
        complete, total = (await self._session.execute(wallets.where(is_linked(guild_id)))).one()
        point = Point(now, complete, total - complete, given, taken)
        return point, [Holders(role_id, now, count) for role_id, count in (await self._holders(guild_id)).items()]

    async def note(self, guild_id: int, at: datetime) -> None:
        """Write down how a server stands, as of `at`, where that differs from what was noted last.

        Who comes second with the same `at` changes nothing.
        """
        point, holders = await self.now(guild_id, at)
        if not await self._is_noted(HistoryPointRow, guild_id, at):
            last = await self._last_point(guild_id)
            is_news = last is None or (last.complete, last.unknown) != (point.complete, point.unknown)
            if is_news or point.given or point.taken:
                await self._insert(
                    HistoryPointRow,
                    {
                        "guild_id": guild_id,
                        "at": at,
                        "complete": point.complete,
                        "unknown": point.unknown,
                        "given": point.given,
                        "taken": point.taken,
                    },
                )
        before = await self._last_holders(guild_id)
        gone = [Holders(role_id, at, 0) for role_id in before.keys() - {entry.role_id for entry in holders}]
        for entry in (*holders, *gone):
            if before.get(entry.role_id) != entry.holders:
                new = {"guild_id": guild_id, "role_id": entry.role_id, "at": at, "holders": entry.holders}
                await self._insert(HistoryHoldersRow, new)

    async def points(self, guild_id: int, since: datetime, until: datetime) -> Sequence[Point]:
        """Return what was noted between two times, and the last point before, oldest first."""
        newest_before = (
            select(func.max(HistoryPointRow.at))
            .where(HistoryPointRow.guild_id == guild_id, HistoryPointRow.at <= since)
            .scalar_subquery()
        )
        meant = and_(
            HistoryPointRow.guild_id == guild_id,
            HistoryPointRow.at <= until,
            or_(HistoryPointRow.at > since, HistoryPointRow.at == newest_before),
        )
        rows = await self._session.scalars(select(HistoryPointRow).where(meant).order_by(HistoryPointRow.at))
        return [_point(row) for row in rows]

    async def holders(self, guild_id: int, since: datetime, until: datetime) -> Sequence[Holders]:
        """Return what was noted of all roles between two times, and the last of each before, oldest first."""
        meant = and_(
            HistoryHoldersRow.guild_id == guild_id,
            HistoryHoldersRow.at <= until,
            or_(HistoryHoldersRow.at > since, ~_has_newer_holders(since)),
        )
        rows = await self._session.scalars(
            select(HistoryHoldersRow).where(meant).order_by(HistoryHoldersRow.at, HistoryHoldersRow.role_id)
        )
        return [Holders(row.role_id, row.at, row.holders) for row in rows]

    async def purge(self, before: datetime) -> int:
        """Delete what is older, except for what still tells how things stand. Returns how many rows."""
        later = aliased(HistoryPointRow)
        has_newer = exists().where(
            later.guild_id == HistoryPointRow.guild_id, later.at > HistoryPointRow.at, later.at <= before
        )
        points = await write(self._session, delete(HistoryPointRow).where(HistoryPointRow.at < before, has_newer))
        old = delete(HistoryHoldersRow).where(HistoryHoldersRow.at < before, _has_newer_holders(before))
        return points + await write(self._session, old)

    async def _changes(self, guild_id: int, since: datetime, until: datetime) -> tuple[int, int]:
        query = select(
            _count_if(JournalRow.action == RoleAction.GIVE), _count_if(JournalRow.action == RoleAction.TAKE)
        ).where(JournalRow.guild_id == guild_id, JournalRow.at >= since, JournalRow.at < until, WAS_DONE)
        given, taken = (await self._session.execute(query)).one()
        return given, taken

    async def _holders(self, guild_id: int) -> dict[int, int]:
        ruled = await self._session.scalars(select(RuleRow.role_id).where(RuleRow.guild_id == guild_id))
        holders = dict.fromkeys(ruled.all(), 0)
        held = (
            select(LedgerRow.role_id, func.count())
            .where(LedgerRow.guild_id == guild_id, LedgerRow.state == LedgerState.HELD)
            .group_by(LedgerRow.role_id)
        )
        for role_id, count in await self._session.execute(held):
            holders[role_id] = count
        return holders

    async def _last_point(self, guild_id: int) -> Point | None:
        newest = select(HistoryPointRow).where(HistoryPointRow.guild_id == guild_id)
        row = (await self._session.scalars(newest.order_by(HistoryPointRow.at.desc()).limit(1))).one_or_none()
        return None if row is None else _point(row)

    async def _last_holders(self, guild_id: int) -> dict[int, int]:
        later = aliased(HistoryHoldersRow)
        has_newer = exists().where(
            later.guild_id == HistoryHoldersRow.guild_id,
            later.role_id == HistoryHoldersRow.role_id,
            later.at > HistoryHoldersRow.at,
        )
        rows = await self._session.scalars(
            select(HistoryHoldersRow).where(HistoryHoldersRow.guild_id == guild_id, ~has_newer)
        )
        return {row.role_id: row.holders for row in rows}

    async def _is_noted(self, row: type[HistoryPointRow], guild_id: int, at: datetime) -> bool:
        found = await self._session.scalar(select(row.at).where(row.guild_id == guild_id, row.at >= at).limit(1))
        return found is not None

    async def _insert(self, row: type[HistoryPointRow | HistoryHoldersRow], values: dict[str, Any]) -> None:
        await write(self._session, insert_into(self._session, row).values(values).on_conflict_do_nothing())


def _has_newer_holders(until: datetime) -> ColumnElement[bool]:
    """Say that a role has a newer row which is not later than `until`."""
    later = aliased(HistoryHoldersRow)
    return exists().where(
        later.guild_id == HistoryHoldersRow.guild_id,
        later.role_id == HistoryHoldersRow.role_id,
        later.at > HistoryHoldersRow.at,
        later.at <= until,
    )


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _point(row: HistoryPointRow) -> Point:
    return Point(row.at, row.complete, row.unknown, row.given, row.taken)

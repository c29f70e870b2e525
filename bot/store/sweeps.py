"""Sweeps, what they changed, and how re-verification stands."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ledger import LedgerState, RoleAction
from bot.domain.readings import UnknownReason
from bot.domain.sweeps import Sweep, SweepChanges, SweepFigures, SweepKind, SweepProgress
from bot.store.guild_models import JournalRow, LedgerRow, MembershipRow, SweepRow
from bot.store.ledger import WAS_DONE
from bot.store.members import IS_PRESENT, is_waiting
from bot.store.models import WalletRow
from bot.store.statements import write
from bot.store.wallets import is_linked

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IS_REQUESTED = SweepRow.kind == SweepKind.REQUESTED
_IS_SCHEDULED_AND_OPEN = and_(SweepRow.kind == SweepKind.SCHEDULED, SweepRow.finished_at.is_(None))


class SqlSweeps:
    """Sweeps in the database. A server's wallets are those its present members have linked."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, guild_id: int | None, requested_by: int | None, now: datetime) -> Sweep:
        """Record a requested sweep."""
        row = SweepRow(guild_id=guild_id, requested_by=requested_by, started_at=now, kind=SweepKind.REQUESTED)
        self._session.add(row)
        await self._session.flush()
        return _sweep(row)

    async def running(self, guild_id: int | None) -> Sweep | None:
        """Return the unfinished requested sweep of a server (or of all), if there is one."""
        return await self._newest(_of(guild_id), _IS_REQUESTED, SweepRow.finished_at.is_(None))

    async def unfinished(self, kind: SweepKind = SweepKind.REQUESTED) -> Sequence[Sweep]:
        """Return all sweeps of a kind that are not over yet, oldest first."""
        query = select(SweepRow).where(SweepRow.finished_at.is_(None), SweepRow.kind == kind).order_by(SweepRow.id)
        return [_sweep(row) for row in await self._session.scalars(query)]

    async def latest(self, guild_id: int | None) -> Sweep | None:
        """Return the newest requested sweep, finished or not."""
        return await self._newest(_of(guild_id), _IS_REQUESTED)

    async def get(self, sweep_id: int) -> Sweep | None:
        """Return one sweep of any kind."""
        return await self._newest(SweepRow.id == sweep_id)

    async def current(self, guild_id: int, now: datetime, interval: timedelta) -> Sweep:
        """Return what a change of roles now belongs to: a requested sweep under way, or the interval's own."""
        requested = await self.running(guild_id)
        if requested is not None:
            return requested
        began_at = now - (now - _EPOCH) % interval
        known = await self._newest(_of(guild_id), _IS_SCHEDULED_AND_OPEN, SweepRow.started_at >= began_at)
        if known is not None:
            return known
        row = SweepRow(guild_id=guild_id, started_at=now, kind=SweepKind.SCHEDULED)
        self._session.add(row)
        await self._session.flush()
        return _sweep(row)

    async def cut(self, guild_id: int, now: datetime) -> None:
        """End the interval's own sweep early: what follows belongs to another one."""
        of_guild = update(SweepRow).where(_of(guild_id), _IS_SCHEDULED_AND_OPEN)
        await write(self._session, of_guild.values(finished_at=now))

    async def start_undo(self, undone: Sweep, requested_by: int, now: datetime) -> Sweep:
        """Record that a sweep is being undone."""
        row = SweepRow(
            guild_id=undone.guild_id,
            requested_by=requested_by,
            started_at=now,
            kind=SweepKind.UNDO,
            undoes=undone.id,
        )
        self._session.add(row)
        await self._session.flush()
        return _sweep(row)

    async def undo_of(self, sweep_id: int) -> Sweep | None:
        """Return the newest undo of a sweep."""
        return await self._newest(SweepRow.undoes == sweep_id)

    async def with_changes(self, guild_id: int, since: datetime, limit: int) -> Sequence[SweepChanges]:
        """Return a server's newest sweeps that changed roles since then, newest first."""
        given, taken = _count_if(JournalRow.action == RoleAction.GIVE), _count_if(JournalRow.action == RoleAction.TAKE)
        query = (
            select(JournalRow.sweep_id, given, taken)
            .where(
                JournalRow.guild_id == guild_id,
                JournalRow.at >= since,
                JournalRow.sweep_id.is_not(None),
                JournalRow.action.in_((RoleAction.GIVE, RoleAction.TAKE)),
                WAS_DONE,
            )
            .group_by(JournalRow.sweep_id)
            .order_by(JournalRow.sweep_id.desc())
            .limit(limit)
        )
        counts = {sweep_id: (gave, took) for sweep_id, gave, took in await self._session.execute(query)}
        rows = await self._session.scalars(select(SweepRow).where(SweepRow.id.in_(counts)).order_by(SweepRow.id.desc()))
        undos = select(SweepRow.undoes, func.max(SweepRow.started_at)).where(SweepRow.undoes.in_(counts))
        undone = {sweep_id: at for sweep_id, at in await self._session.execute(undos.group_by(SweepRow.undoes))}  # noqa: C416
        return [SweepChanges(_sweep(row), *counts[row.id], undone.get(row.id)) for row in rows.all()]

    async def _newest(self, *conditions: ColumnElement[bool]) -> Sweep | None:
        query = select(SweepRow).where(*conditions).order_by(SweepRow.id.desc()).limit(1)
        row = (await self._session.scalars(query)).one_or_none()
        return None if row is None else _sweep(row)

    async def progress(self, sweep: Sweep, now: datetime) -> SweepProgress:
        """Count what is done. A wallet that was linked after the start takes part too."""
        was_tried = WalletRow.tried_at >= sweep.started_at
        done, unknown = _count_if(was_tried), _count_if(and_(was_tried, WalletRow.unknown.is_not(None)))
        wallets = await self._session.execute(select(func.count(), done, unknown).where(is_linked(sweep.guild_id)))
        total, tried, failed = wallets.one()
        members = select(func.count(), _count_if(is_waiting(now))).where(IS_PRESENT, _members_of(sweep.guild_id))
        present, waiting = (await self._session.execute(members)).one()
        calls = await self._session.scalar(select(SweepRow.calls).where(SweepRow.id == sweep.id))
        return SweepProgress(total, tried, waiting, failed, present, calls or 0)

    async def finish(self, sweep: Sweep, now: datetime) -> None:
        """Record that it is over; the first time counts."""
        await self._finish(sweep, now)

    async def close(self, sweep: Sweep, now: datetime) -> bool:
        """Like `finish`; True for the one caller who ended it, so that it is told of once."""
        return await self._finish(sweep, now) == 1

    async def cancel(self, sweep: Sweep, cancelled_by: int, now: datetime) -> bool:
        """Record that a requested sweep was called off; False when it was over already."""
        unfinished = update(SweepRow).where(SweepRow.id == sweep.id, SweepRow.finished_at.is_(None), _IS_REQUESTED)
        called_off = unfinished.values(finished_at=now, cancelled=True, cancelled_by=cancelled_by)
        return await write(self._session, called_off) == 1

    async def add_calls(self, calls: int) -> None:
        """Count calls to balance services for all requested sweeps that run."""
        running = update(SweepRow).where(SweepRow.finished_at.is_(None), _IS_REQUESTED)
        await write(self._session, running.values(calls=SweepRow.calls + calls))

    async def _finish(self, sweep: Sweep, now: datetime) -> int:
        unfinished = update(SweepRow).where(SweepRow.id == sweep.id, SweepRow.finished_at.is_(None))
        return await write(self._session, unfinished.values(finished_at=now))

    async def figures(self, guild_id: int | None, now: datetime) -> SweepFigures:
        """Say how re-verification stands."""
        linked = is_linked(guild_id)
        wallets = select(
            func.count(),
            _count_if(WalletRow.due_at <= now),
            func.min(WalletRow.read_at),
            func.min(WalletRow.due_at),
        ).where(linked)
        total, due, oldest_reading, next_due = (await self._session.execute(wallets)).one()
        members = select(func.count(), _count_if(is_waiting(now))).where(IS_PRESENT, _members_of(guild_id))
        present, waiting = (await self._session.execute(members)).one()
        given, taken = await self._changes_since(guild_id, now - _DAY)
        return SweepFigures(
            wallets=total,
            wallets_due=due,
            wallets_unknown=await self._unknown(linked),
            oldest_reading=oldest_reading,
            next_due=next_due,
            members=present,
            members_waiting=waiting,
            roles_held=await self._roles_held(guild_id),
            given_last_day=given,
            taken_last_day=taken,
        )

    async def _unknown(self, linked: ColumnElement[bool]) -> tuple[tuple[UnknownReason, int], ...]:
        query = (
            select(WalletRow.unknown, func.count())
            .where(linked, WalletRow.unknown.is_not(None))
            .group_by(WalletRow.unknown)
            .order_by(func.count().desc(), WalletRow.unknown)
        )
        rows = await self._session.execute(query)
        return tuple((reason, count) for reason, count in rows if reason is not None)

    async def _roles_held(self, guild_id: int | None) -> int:
        query = select(func.count()).select_from(LedgerRow).where(LedgerRow.state == LedgerState.HELD)
        if guild_id is not None:
            query = query.where(LedgerRow.guild_id == guild_id)
        return (await self._session.scalars(query)).one()

    async def _changes_since(self, guild_id: int | None, since: datetime) -> tuple[int, int]:
        query = select(
            _count_if(JournalRow.action == RoleAction.GIVE), _count_if(JournalRow.action == RoleAction.TAKE)
        ).where(JournalRow.at >= since, WAS_DONE)
        if guild_id is not None:
            query = query.where(JournalRow.guild_id == guild_id)
        given, taken = (await self._session.execute(query)).one()
        return given, taken


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _of(guild_id: int | None) -> ColumnElement[bool]:
    return SweepRow.guild_id.is_(None) if guild_id is None else SweepRow.guild_id == guild_id


def _members_of(guild_id: int | None) -> ColumnElement[bool]:
    return true() if guild_id is None else MembershipRow.guild_id == guild_id


def _sweep(row: SweepRow) -> Sweep:
    return Sweep(
        id=row.id,
        guild_id=row.guild_id,
        requested_by=row.requested_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        kind=row.kind,
        undoes=row.undoes,
        cancelled=bool(row.cancelled),
        cancelled_by=row.cancelled_by,
    )

"""The ledger and the journal."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ledger import (
    JournalEntry,
    LedgerEntry,
    LedgerState,
    RoleAction,
    RoleOutcome,
)
from bot.domain.members import MemberKey
from bot.store.guild_models import JournalRow, LedgerRow
from bot.store.journal_lines import evidence_to_json, line_of
from bot.store.statements import fetch, in_batches, insert_into, is_one_of, write

_KEY = ("guild_id", "user_id", "role_id")


def _columns(entry: LedgerEntry) -> dict[str, object]:
    return {field.name: getattr(entry, field.name) for field in fields(entry)}


_FOUND = select(*LedgerRow.__table__.columns).order_by(LedgerRow.user_id, LedgerRow.guild_id, LedgerRow.role_id)
_OF_MEMBER = _FOUND.where(LedgerRow.guild_id == bindparam("guild_id"), LedgerRow.user_id == bindparam("user_id"))


def _entries(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[LedgerEntry]:
    return [
        LedgerEntry(
            guild_id=row.guild_id,
            user_id=row.user_id,
            role_id=row.role_id,
            state=row.state,
            given_at=row.given_at,
            verified_at=row.verified_at,
            missing_since=row.missing_since,
            lapsed_at=row.lapsed_at,
            grace_waived=row.grace_waived,
            kept_at=row.kept_at,
            notified_at=row.notified_at,
            adopted_until=row.adopted_until,
        )
        for row in rows
    ]


class SqlLedger:
    """The ledger in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[LedgerEntry]:
        """Return a member's entries."""
        return _entries(await fetch(self._session, _OF_MEMBER, guild_id=guild_id, user_id=user_id))

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[LedgerEntry]]:
        """Return the entries of several members."""
        found: dict[MemberKey, list[LedgerEntry]] = {key: [] for key in keys}
        for some in in_batches(sorted(found)):
            for entry in await self._find(is_one_of(LedgerRow.guild_id, LedgerRow.user_id, some)):
                found[entry.guild_id, entry.user_id].append(entry)
        return found

    async def of_user(self, user_id: int) -> Sequence[LedgerEntry]:
        """Return a user's entries in all servers."""
        return await self._find(LedgerRow.user_id == user_id)

    async def of_role(
        self, guild_id: int, role_id: int, states: AnyOf[LedgerState] = tuple(LedgerState)
    ) -> Sequence[LedgerEntry]:
        """Return the entries of a role, or those in one of these states."""
        in_state = LedgerRow.state.in_(states)
        return await self._find(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id, in_state)

    async def of_role_among(self, guild_id: int, role_id: int, user_ids: Sequence[int]) -> Sequence[LedgerEntry]:
        """Return the entries of those of these members who have a role from the bot."""
        of_role = and_(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)
        return [
            entry for some in in_batches(user_ids) for entry in await self._find(of_role, LedgerRow.user_id.in_(some))
        ]

    async def _find(self, *conditions: ColumnElement[bool]) -> list[LedgerEntry]:
        return _entries(await fetch(self._session, _FOUND.where(*conditions)))

    async def save(self, entry: LedgerEntry) -> None:
        """Write an entry, new or changed."""
        await self.save_many([entry])

    async def save_many(self, entries: Sequence[LedgerEntry]) -> None:
        """Write entries, new or changed."""
        if not entries:
            return
        rows = [_columns(entry) for entry in entries]
        new = insert_into(self._session, LedgerRow)
        state = {name: new.excluded[name] for name in rows[0] if name not in _KEY}
        # Whoever loaded the entry before its member was told of the lapse must not make that be forgotten.
        same_lapse = and_(LedgerRow.lapsed_at.is_not(None), LedgerRow.lapsed_at == new.excluded.lapsed_at)
        still_told = func.coalesce(new.excluded.notified_at, LedgerRow.notified_at)
        told = case((same_lapse, still_told), else_=new.excluded.notified_at)
        changed = new.on_conflict_do_update(index_elements=_KEY, set_=state | {"notified_at": told})
        await write(self._session, changed, rows)

    async def remove(self, entry: LedgerEntry) -> None:
        """Forget an entry: the role is not the bot's any more."""
        same = and_(
            LedgerRow.guild_id == entry.guild_id,
            LedgerRow.user_id == entry.user_id,
            LedgerRow.role_id == entry.role_id,
        )
        await write(self._session, delete(LedgerRow).where(same))

    async def count(self, guild_id: int, role_id: int) -> tuple[int, int]:
        """Count who holds a role from the bot, and from whom it is being taken, unconfirmed by Discord."""
        is_leaving = and_(LedgerRow.state == LedgerState.TAKING, LedgerRow.missing_since.is_(None))
        query = select(
            func.count(case((LedgerRow.state == LedgerState.HELD, 1))), func.count(case((is_leaving, 1)))
        ).where(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)
        held, leaving = (await self._session.execute(query)).one()
        return held, leaving

    async def remove_role(self, guild_id: int, role_id: int) -> int:
        """Forget all entries of a role. Returns how many."""
        of_role = and_(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)
        return await write(self._session, delete(LedgerRow).where(of_role))

    async def waive_grace(
        self, *, user_id: int | None = None, guild_id: int | None = None, role_id: int | None = None
    ) -> None:
        """Set `grace_waived` on all entries of a user, or of a server's role. Without any of these, on none.

        Within one server this is somebody's express wish, which also ends an earlier decision to keep the role.
        """
        given = {LedgerRow.user_id: user_id, LedgerRow.guild_id: guild_id, LedgerRow.role_id: role_id}
        whose = [column == value for column, value in given.items() if value is not None]
        if whose:
            await write(self._session, update(LedgerRow).where(*whose).values(grace_waived=True))
        if whose and guild_id is not None:
            await write(self._session, update(LedgerRow).where(*whose).values(kept_at=None))

    async def begin_anew(self, guild_id: int, role_id: int) -> None:
        """Leave a role's entries to a new rule, as `LedgerEntry.under_new_rule` says."""
        of_role = and_(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)
        await write(self._session, delete(LedgerRow).where(of_role, LedgerRow.adopted_until.is_not(None)))
        anew = update(LedgerRow).where(of_role)
        await write(self._session, anew.values(lapsed_at=None, notified_at=None, grace_waived=False))

    async def keep(self, guild_id: int, role_id: int, user_ids: Sequence[int], now: datetime) -> None:
        """Record that an admin lets these members keep a role despite the evidence."""
        for batch in in_batches(user_ids):
            held = update(LedgerRow).where(
                LedgerRow.guild_id == guild_id,
                LedgerRow.role_id == role_id,
                LedgerRow.user_id.in_(batch),
                LedgerRow.state == LedgerState.HELD,
            )
            await write(self._session, held.values(kept_at=now, lapsed_at=None, notified_at=None, grace_waived=False))

    async def release_kept(self, guild_id: int, *, user_id: int | None = None, role_id: int | None = None) -> int:
        """End `kept_at` on a server's entries, of one user or one role if given. Returns how many it ended."""
        given = {LedgerRow.user_id: user_id, LedgerRow.role_id: role_id}
        whose = [column == value for column, value in given.items() if value is not None]
        kept = and_(LedgerRow.guild_id == guild_id, LedgerRow.kept_at.is_not(None), *whose)
        return await write(self._session, update(LedgerRow).where(kept).values(kept_at=None))


WAS_DONE = JournalRow.outcome == RoleOutcome.DONE
"""The condition that Discord confirmed a write."""


class SqlJournal:
    """The journal in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, entry: JournalEntry) -> None:
        """Append a line."""
        self._session.add(
            JournalRow(
                at=entry.at,
                guild_id=entry.guild_id,
                user_id=entry.user_id,
                role_id=entry.role_id,
                action=entry.action,
                outcome=entry.outcome,
                evidence=evidence_to_json(entry.evidence),
                sweep_id=entry.sweep_id,
            )
        )
        await self._session.flush()

    async def last_of(self, guild_id: int, user_id: int, role_id: int) -> JournalEntry | None:
        """Return the newest line about a member's role."""
        about = and_(JournalRow.guild_id == guild_id, JournalRow.user_id == user_id, JournalRow.role_id == role_id)
        found = await self._newest(about, 1)
        return found[0] if found else None

    async def of_member_since(self, guild_id: int, user_id: int, since: datetime) -> Sequence[JournalEntry]:
        """Return a member's lines since then, newest first, at most a hundred."""
        about = and_(JournalRow.guild_id == guild_id, JournalRow.user_id == user_id, JournalRow.at >= since)
        return await self._newest(about, 100)

    async def recent(self, guild_id: int, limit: int) -> Sequence[JournalEntry]:
        """Return a server's newest lines, newest first."""
        return await self._newest(JournalRow.guild_id == guild_id, limit)

    async def _newest(self, about: ColumnElement[bool], limit: int | None) -> list[JournalEntry]:
        query = select(JournalRow).where(about).order_by(JournalRow.at.desc(), JournalRow.id.desc()).limit(limit)
        return [line_of(row) for row in await self._session.scalars(query)]

    async def adopters(self, guild_id: int, role_id: int) -> Sequence[int]:
        """Return the user ids of everybody whose role was ever adopted; those of deleted data are left out."""
        query = select(JournalRow.user_id).where(
            JournalRow.guild_id == guild_id,
            JournalRow.role_id == role_id,
            JournalRow.action == RoleAction.ADOPT,
            JournalRow.user_id > 0,
        )
        return (await self._session.scalars(query.distinct().order_by(JournalRow.user_id))).all()

    async def taken_since(self, guild_id: int, role_id: int, since: datetime) -> int:
        """Count how many times the role was taken since then, as Discord confirmed it."""
        query = select(func.count()).where(
            JournalRow.guild_id == guild_id,
            JournalRow.at >= since,
            JournalRow.role_id == role_id,
            JournalRow.action == RoleAction.TAKE,
            WAS_DONE,
        )
        return (await self._session.scalars(query)).one()

    async def of_sweep(self, sweep_id: int) -> Sequence[JournalEntry]:
        """Return the lines of one sweep, oldest first."""
        return list(reversed(await self._newest(JournalRow.sweep_id == sweep_id, None)))

    async def changed_besides(
        self, guild_id: int, sweep_id: int, since: datetime
    ) -> Mapping[tuple[int, int], datetime]:
        """Return (user id, role id) -> when a role was last changed since then outside of a sweep's lines."""
        query = (
            select(JournalRow.user_id, JournalRow.role_id, func.max(JournalRow.at))
            .where(
                JournalRow.guild_id == guild_id,
                JournalRow.at >= since,
                JournalRow.sweep_id.is_distinct_from(sweep_id),
                JournalRow.action.in_((RoleAction.GIVE, RoleAction.TAKE)),
                WAS_DONE,
            )
            .group_by(JournalRow.user_id, JournalRow.role_id)
        )
        return {(user_id, role_id): at for user_id, role_id, at in await self._session.execute(query)}

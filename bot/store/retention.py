"""Data that nobody needs any more: of people and servers that are gone, and records that have grown old."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, select, tuple_, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.members import Presence
from bot.store.change_models import RuleDraftRow, UndoStepRow
from bot.store.editions import forget_editions
from bot.store.guild_models import (
    AuditRow,
    CollectionRow,
    GuildSettingsRow,
    JournalRow,
    LedgerRow,
    MembershipRow,
    RuleRow,
    SweepRow,
)
from bot.store.models import Base, LinkRow
from bot.store.personal_records import forget_unlinked, table_of
from bot.store.privacy_models import DeletionRow, DepartureRow
from bot.store.safety_models import BrakeHoldRow, RoleFlipRow
from bot.store.statements import insert_into, write

BATCH: Final = 500
"""Rows of one table that one unit of work deletes at most."""

STAYING: Final = frozenset({"links", "departures"})
"""Tables whose rows outlive their server: a link is its member's, who may be elsewhere too; the departure goes last."""

_KNOWN: Final = (RuleRow, CollectionRow, GuildSettingsRow, MembershipRow, LedgerRow, AuditRow)
"""Where a server that the bot ever served has left something."""


class SqlRetention:
    """Old data in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # People

    async def note_absences(self, now: datetime) -> None:
        """Note since when members are away, where that is not noted yet."""
        unnoted = and_(MembershipRow.presence == Presence.LEFT, MembershipRow.left_at.is_(None))
        await write(self._session, update(MembershipRow).where(unnoted).values(left_at=now))

    async def absent_since(self, before: datetime, limit: int) -> Sequence[int]:
        """Return users who are in no server since then at least, and whose data is not being deleted already.

        Who has links and no membership was in servers only that are forgotten.
        """
        away = select(MembershipRow.user_id).group_by(MembershipRow.user_id).having(_are_all_noted_gone(before))
        nowhere = select(LinkRow.user_id).where(~exists().where(MembershipRow.user_id == LinkRow.user_id))
        found = union(away, nowhere).subquery()
        query = select(found.c.user_id).where(~exists().where(DeletionRow.user_id == found.c.user_id))
        return (await self._session.scalars(query.order_by(found.c.user_id).limit(limit))).all()

    async def is_absent_since(self, user_id: int, before: datetime) -> bool:
        """Say whether that still holds for one user."""
        query = select(_are_all_noted_gone(before)).where(MembershipRow.user_id == user_id)
        return bool(await self._session.scalar(query))

    # Servers

    async def known_guilds(self, after: int, limit: int) -> Sequence[int]:
        """Return ids of servers that something is stored of, above `after`, in order."""
        known = union(*(select(table_of(row).c.guild_id).where(table_of(row).c.guild_id > after) for row in _KNOWN))
        query = select(known.subquery().c.guild_id)
        return (await self._session.scalars(query.order_by("guild_id").limit(limit))).all()

    async def note_departure(self, guild_id: int, now: datetime) -> None:
        """Note that the bot is not in a server any more, unless that is noted already."""
        new = insert_into(self._session, DepartureRow).values(guild_id=guild_id, since=now)
        await write(self._session, new.on_conflict_do_nothing())

    async def note_return(self, guild_id: int, now: datetime) -> None:
        """Note that the bot is in a server. After an absence, everybody it knew there is looked at again."""
        if await write(self._session, delete(DepartureRow).where(DepartureRow.guild_id == guild_id)):
            of_guild = update(MembershipRow).where(MembershipRow.guild_id == guild_id)
            await write(self._session, of_guild.values(due_at=now))

    async def departed_before(self, before: datetime, limit: int) -> Sequence[int]:
        """Return servers that the bot has not been in since then at least."""
        query = select(DepartureRow.guild_id).where(DepartureRow.since <= before)
        return (await self._session.scalars(query.order_by(DepartureRow.since).limit(limit))).all()

    async def forget_guild(self, guild_id: int) -> int:
        """Delete one batch of all that is stored of a server; with the last of it, the note of the bot's departure."""
        gone = 0
        for table in reversed(Base.metadata.sorted_tables):
            if "guild_id" in table.c and table.name not in STAYING:
                gone += await self._delete_some(table, table.c.guild_id == guild_id)
        await forget_editions(self._session, guild_id)
        if gone == 0:
            await write(self._session, delete(DepartureRow).where(DepartureRow.guild_id == guild_id))
        return gone

    # Records

    async def prune(self, before: datetime) -> int:
        """Delete one batch of each kind of record that is older."""
        gone = 0
        for row, condition in (
            (JournalRow, JournalRow.at < before),
            (AuditRow, AuditRow.at < before),
            (SweepRow, SweepRow.finished_at < before),
            (UndoStepRow, UndoStepRow.changed_at < before),
            (BrakeHoldRow, BrakeHoldRow.decided_at < before),
            (RoleFlipRow, RoleFlipRow.at < before),
            (RuleDraftRow, RuleDraftRow.expires_at < before),
        ):
            gone += await self._delete_some(table_of(row), condition)
        ended = select(LinkRow.id, LinkRow.wallet_id).where(LinkRow.ended_at < before).order_by(LinkRow.id).limit(BATCH)
        links = (await self._session.execute(ended)).all()
        if links:
            await write(self._session, delete(LinkRow).where(LinkRow.id.in_([link_id for link_id, _ in links])))
            await forget_unlinked(self._session, sorted({wallet_id for _, wallet_id in links}))
        return gone + len(links)

    async def _delete_some(self, table: Table, condition: ColumnElement[bool]) -> int:
        key = tuple_(*table.primary_key.columns)
        some = select(*table.primary_key.columns).where(condition).limit(BATCH)
        return await write(self._session, delete(table).where(key.in_(some)))


def _are_all_noted_gone(before: datetime) -> ColumnElement[bool]:
    left_at = MembershipRow.left_at
    return and_(func.count() == func.count(left_at), func.coalesce(func.max(left_at) <= before, True))

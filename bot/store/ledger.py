"""The ledger and the journal."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.intervals import Interval
from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, ReadingUsed, RoleAction, RoleOutcome
from bot.store.guild_models import EvidenceJson, JournalRow, LedgerRow
from bot.store.statements import insert_into, write


class SqlLedger:
    """The ledger in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[LedgerEntry]:
        """Return a member's entries."""
        return await self._find(LedgerRow.guild_id == guild_id, LedgerRow.user_id == user_id)

    async def of_role(self, guild_id: int, role_id: int) -> Sequence[LedgerEntry]:
        """Return the entries of everybody who has a role from the bot."""
        return await self._find(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)

    async def _find(self, *conditions: ColumnElement[bool]) -> list[LedgerEntry]:
        query = select(LedgerRow).where(*conditions).order_by(LedgerRow.user_id, LedgerRow.role_id)
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
            )
            for row in await self._session.scalars(query)
        ]

    async def save(self, entry: LedgerEntry) -> None:
        """Write an entry, new or changed."""
        state = {
            "state": entry.state,
            "given_at": entry.given_at,
            "verified_at": entry.verified_at,
            "missing_since": entry.missing_since,
            "lapsed_at": entry.lapsed_at,
            "grace_waived": entry.grace_waived,
        }
        key = {"guild_id": entry.guild_id, "user_id": entry.user_id, "role_id": entry.role_id}
        new = insert_into(self._session, LedgerRow).values(**key, **state)
        await write(self._session, new.on_conflict_do_update(index_elements=list(key), set_=state))

    async def remove(self, entry: LedgerEntry) -> None:
        """Forget an entry: the role is not the bot's any more."""
        same = and_(
            LedgerRow.guild_id == entry.guild_id,
            LedgerRow.user_id == entry.user_id,
            LedgerRow.role_id == entry.role_id,
        )
        await write(self._session, delete(LedgerRow).where(same))

    async def remove_role(self, guild_id: int, role_id: int) -> int:
        """Forget all entries of a role. Returns how many."""
        of_role = and_(LedgerRow.guild_id == guild_id, LedgerRow.role_id == role_id)
        return await write(self._session, delete(LedgerRow).where(of_role))

    async def waive_grace(
        self, *, user_id: int | None = None, guild_id: int | None = None, role_id: int | None = None
    ) -> None:
        """Set `grace_waived` on all entries of a user, or of a server's role. Without any of these, on none."""
        given = {LedgerRow.user_id: user_id, LedgerRow.guild_id: guild_id, LedgerRow.role_id: role_id}
        whose = [column == value for column, value in given.items() if value is not None]
        if whose:
            await write(self._session, update(LedgerRow).where(*whose).values(grace_waived=True))


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
                evidence=_to_json(entry.evidence),
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

    async def _newest(self, about: ColumnElement[bool], limit: int) -> list[JournalEntry]:
        query = select(JournalRow).where(about).order_by(JournalRow.at.desc(), JournalRow.id.desc()).limit(limit)
        return [
            JournalEntry(
                at=row.at,
                guild_id=row.guild_id,
                user_id=row.user_id,
                role_id=row.role_id,
                action=row.action,
                outcome=row.outcome,
                evidence=_from_json(row.evidence),
            )
            for row in await self._session.scalars(query)
        ]

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


def _to_json(evidence: Evidence) -> EvidenceJson:
    return {
        "requirement": evidence.requirement,
        "counts": [(name, count.low, count.high) for name, count in evidence.counts],
        "readings": [
            {
                "wallet": used.wallet,
                "source": used.source,
                "read_at": None if used.read_at is None else used.read_at.isoformat(),
            }
            for used in evidence.readings
        ],
        "note": evidence.note,
    }


def _from_json(stored: EvidenceJson) -> Evidence:
    return Evidence(
        requirement=stored["requirement"],
        counts=tuple((name, Interval(low, high)) for name, low, high in stored["counts"]),
        readings=tuple(
            ReadingUsed(
                wallet=used["wallet"],
                source=used["source"],
                read_at=None if used["read_at"] is None else datetime.fromisoformat(used["read_at"]),
            )
            for used in stored["readings"]
        ),
        note=stored["note"],
    )

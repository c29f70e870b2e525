"""Removals that wait for an admin's decision."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.brakes import BrakeHold, HoldDecision, HoldPost, Wait
from bot.domain.ledger import Evidence, LedgerEntry, LedgerState
from bot.store.guild_models import LedgerRow
from bot.store.journal_lines import evidence_from_json, evidence_to_json
from bot.store.safety_models import HOLD_IS_OPEN, BrakeHoldRow, BrakeWaitRow
from bot.store.statements import in_batches, insert_into, inserted_id, write
from bot.store.turns import hold_until_end

_LAPSE_LASTS = exists().where(
    LedgerRow.guild_id == BrakeHoldRow.guild_id,
    LedgerRow.role_id == BrakeHoldRow.role_id,
    LedgerRow.user_id == BrakeWaitRow.user_id,
    LedgerRow.lapsed_at == BrakeWaitRow.lapsed_at,
    or_(
        and_(LedgerRow.state == LedgerState.HELD, LedgerRow.grace_waived.is_(False)),
        and_(LedgerRow.state == LedgerState.TAKING, ~HOLD_IS_OPEN),
    ),
)
"""The condition that the ledger still shows the lapse that a wait rests on.

A removal under way waits no longer, but what was approved stays so until it is done.
"""


class SqlBrakeHolds:
    """Holds in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, hold_id: int) -> BrakeHold | None:
        """Return one hold, decided or not."""
        return next(iter(await self._find(BrakeHoldRow.id == hold_id)), None)

    async def open_of_role(self, guild_id: int, role_id: int) -> BrakeHold | None:
        """Return the open hold of a role."""
        found = await self._find(_of_role(guild_id, role_id), HOLD_IS_OPEN)
        return next(iter(found), None)

    async def open_of_guild(self, guild_id: int) -> Sequence[BrakeHold]:
        """Return the open holds of a server, oldest first."""
        return await self._find(BrakeHoldRow.guild_id == guild_id, HOLD_IS_OPEN)

    async def awaiting(self, guild_id: int, user_id: int) -> Sequence[BrakeHold]:
        """Return the open holds in which a member waits."""
        waits = exists().where(BrakeWaitRow.hold_id == BrakeHoldRow.id, BrakeWaitRow.user_id == user_id)
        return await self._find(BrakeHoldRow.guild_id == guild_id, HOLD_IS_OPEN, waits)

    async def to_show(self, now: datetime, limit: int) -> Sequence[BrakeHold]:
        """Return the holds whose log channel does not show how things are, longest waiting first."""
        found = await self._find(BrakeHoldRow.show_at <= now)
        return found[:limit]

    async def _find(self, *conditions: ColumnElement[bool]) -> list[BrakeHold]:
        waiting = select(func.count()).where(BrakeWaitRow.hold_id == BrakeHoldRow.id).scalar_subquery()
        newest = select(func.max(BrakeWaitRow.id)).where(BrakeWaitRow.hold_id == BrakeHoldRow.id).scalar_subquery()
        query = select(BrakeHoldRow, waiting, newest).where(*conditions).order_by(BrakeHoldRow.id)
        return [_hold(row, count, last or 0) for row, count, last in await self._session.execute(query)]

    async def waits(self, hold_id: int, limit: int) -> Sequence[Wait]:
        """Return the removals in a hold, in the order in which they came."""
        query = select(BrakeWaitRow).where(BrakeWaitRow.hold_id == hold_id).order_by(BrakeWaitRow.id).limit(limit)
        return [
            Wait(row.id, row.user_id, row.since, row.lapsed_at, evidence_from_json(row.evidence))
            for row in await self._session.scalars(query)
        ]

    async def decide_alone(self, guild_id: int) -> None:
        """Let nobody else decide about removals of a server until the unit ends. On SQLite units exclude each other."""
        await hold_until_end(self._session, f"removals:{guild_id}")

    async def add(self, entry: LedgerEntry, evidence: Evidence, now: datetime) -> bool:
        """Let a removal wait. Returns True when that opened a hold. Raises `ValueError` for an entry without lapse."""
        if entry.lapsed_at is None:
            raise ValueError("only a lapsed role can wait for its removal")
        opened = await self._open(entry.guild_id, entry.role_id, now)
        hold_id = opened or await self._id_of_open(entry.guild_id, entry.role_id)
        new = insert_into(self._session, BrakeWaitRow).values(
            hold_id=hold_id,
            user_id=entry.user_id,
            since=now,
            lapsed_at=entry.lapsed_at,
            evidence=evidence_to_json(evidence),
        )
        is_new = BrakeWaitRow.lapsed_at != new.excluded.lapsed_at
        known = {"since": now, "lapsed_at": new.excluded.lapsed_at, "evidence": new.excluded.evidence}
        news = new.on_conflict_do_update(index_elements=["hold_id", "user_id"], set_=known, where=is_new)
        if await inserted_id(self._session, news.returning(BrakeWaitRow.id)) is not None:
            await self._changed(BrakeHoldRow.id == hold_id, now)
        return opened is not None

    async def _open(self, guild_id: int, role_id: int, now: datetime) -> int | None:
        """Open a hold; None when the role has an open one already."""
        new = insert_into(self._session, BrakeHoldRow).values(
            guild_id=guild_id, role_id=role_id, opened_at=now, size=0, revision=1, show_at=now
        )
        return await inserted_id(self._session, new.on_conflict_do_nothing().returning(BrakeHoldRow.id))

    async def _id_of_open(self, guild_id: int, role_id: int) -> int:
        query = select(BrakeHoldRow.id).where(_of_role(guild_id, role_id), HOLD_IS_OPEN)
        return (await self._session.scalars(query)).one()

    async def _changed(self, which: ColumnElement[bool], now: datetime) -> None:
        changed = update(BrakeHoldRow).where(which)
        await write(self._session, changed.values(revision=BrakeHoldRow.revision + 1, show_at=now))

    async def is_approved(self, entry: LedgerEntry) -> bool:
        """Whether an admin let this very removal pass: of this member, for this lapse."""
        query = (
            select(func.count())
            .select_from(BrakeWaitRow)
            .join(BrakeHoldRow, BrakeHoldRow.id == BrakeWaitRow.hold_id)
            .where(
                _of_role(entry.guild_id, entry.role_id),
                BrakeHoldRow.decision == HoldDecision.APPROVED,
                BrakeWaitRow.user_id == entry.user_id,
                BrakeWaitRow.lapsed_at == entry.lapsed_at,
            )
        )
        return (await self._session.scalars(query)).one() > 0

    async def decide(self, hold_id: int, decision: HoldDecision, through: int, admin_id: int, now: datetime) -> bool:
        """Close an open hold over its waits up to the id `through`; later ones go on waiting in a new hold.

        False when it was not open any more: somebody else decided first.
        """
        seen = and_(BrakeWaitRow.hold_id == hold_id, BrakeWaitRow.id <= through)
        size = (await self._session.scalars(select(func.count()).select_from(BrakeWaitRow).where(seen))).one()
        still_open = update(BrakeHoldRow).where(BrakeHoldRow.id == hold_id, HOLD_IS_OPEN)
        closed = await write(
            self._session,
            still_open.values(
                decision=decision,
                decided_by=admin_id,
                decided_at=now,
                size=size,
                revision=BrakeHoldRow.revision + 1,
                show_at=now,
            ),
        )
        if not closed:
            return False
        later = and_(BrakeWaitRow.hold_id == hold_id, BrakeWaitRow.id > through)
        if (await self._session.scalars(select(func.count()).select_from(BrakeWaitRow).where(later))).one():
            hold = await self.get(hold_id)
            if hold is not None:
                rest = await self._open(hold.guild_id, hold.role_id, now)
                await write(self._session, update(BrakeWaitRow).where(later).values(hold_id=rest))
        return True

    async def decided_members(self, hold_id: int) -> Sequence[int]:
        """Return the user ids that a decided hold is still about."""
        query = select(BrakeWaitRow.user_id).where(BrakeWaitRow.hold_id == hold_id).order_by(BrakeWaitRow.user_id)
        return (await self._session.scalars(query)).all()

    async def prune(self, now: datetime) -> None:
        """Drop the waits whose lapse is over, and close the holds that this leaves empty.

        A decided hold keeps its waits until its post says so, which lists them.
        """
        may_go = or_(HOLD_IS_OPEN, BrakeHoldRow.show_at.is_(None))
        query = (
            select(BrakeWaitRow.id, BrakeHoldRow.id)
            .join(BrakeHoldRow, BrakeHoldRow.id == BrakeWaitRow.hold_id)
            .where(may_go, ~_LAPSE_LASTS)
        )
        over = [(wait_id, hold_id) for wait_id, hold_id in await self._session.execute(query)]
        for batch in in_batches([wait_id for wait_id, _ in over]):
            await write(self._session, delete(BrakeWaitRow).where(BrakeWaitRow.id.in_(batch)))
        for batch in in_batches(sorted({hold_id for _, hold_id in over})):
            await self._changed(and_(BrakeHoldRow.id.in_(batch), HOLD_IS_OPEN), now)
        is_empty = ~exists().where(BrakeWaitRow.hold_id == BrakeHoldRow.id)
        empty = update(BrakeHoldRow).where(HOLD_IS_OPEN, is_empty)
        emptied = empty.values(
            decision=HoldDecision.EMPTIED, decided_at=now, revision=BrakeHoldRow.revision + 1, show_at=now
        )
        await write(self._session, emptied)

    async def shown(self, hold: BrakeHold, post: HoldPost | None) -> None:
        """Note where `hold.revision` is shown now (None: nowhere). A newer revision is still to be shown."""
        channel_id, message_id = (None, None) if post is None else (post.channel_id, post.message_id)
        moved = update(BrakeHoldRow).where(BrakeHoldRow.id == hold.id)
        await write(self._session, moved.values(channel_id=channel_id, message_id=message_id))
        unchanged = and_(BrakeHoldRow.id == hold.id, BrakeHoldRow.revision == hold.revision)
        await write(self._session, update(BrakeHoldRow).where(unchanged).values(show_at=None))

    async def claim(self, hold: BrakeHold, now: datetime, retry_at: datetime) -> bool:
        """Take it on to show a hold: False when somebody else did. It is due again then unless `shown` says so."""
        due = update(BrakeHoldRow).where(BrakeHoldRow.id == hold.id, BrakeHoldRow.show_at <= now)
        return await write(self._session, due.values(show_at=retry_at)) == 1

    async def show_anew(self, guild_id: int, now: datetime) -> None:
        """Post the open holds of a server anew, as its log channel is another one now."""
        which = and_(BrakeHoldRow.guild_id == guild_id, HOLD_IS_OPEN)
        await write(self._session, update(BrakeHoldRow).where(which).values(channel_id=None, message_id=None))
        await self._changed(which, now)

    async def purge(self, decided_before: datetime) -> int:
        """Delete holds that were decided before then. Returns how many."""
        old = BrakeHoldRow.decided_at < decided_before
        of_old = BrakeWaitRow.hold_id.in_(select(BrakeHoldRow.id).where(old))
        await write(self._session, delete(BrakeWaitRow).where(of_old))
        return await write(self._session, delete(BrakeHoldRow).where(old))


def _of_role(guild_id: int, role_id: int) -> ColumnElement[bool]:
    return and_(BrakeHoldRow.guild_id == guild_id, BrakeHoldRow.role_id == role_id)


def _hold(row: BrakeHoldRow, waiting: int, newest: int) -> BrakeHold:
    post = None
    if row.channel_id is not None and row.message_id is not None:
        post = HoldPost(row.channel_id, row.message_id)
    return BrakeHold(
        id=row.id,
        guild_id=row.guild_id,
        role_id=row.role_id,
        opened_at=row.opened_at,
        count=waiting if row.decided_at is None else row.size,
        newest=newest,
        revision=row.revision,
        post=post,
        decision=row.decision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )

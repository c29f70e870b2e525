"""Opt-outs, and deletions that are not finished."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, case, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.members import MemberKey
from bot.domain.privacy import Deletion, Withdrawal
from bot.store.privacy_models import DeletionRow, OptOutRow
from bot.store.statements import fetch, in_batches, insert_into, inserted_id, is_one_of, write

_IS_OUT = select(OptOutRow.since).where(
    OptOutRow.guild_id == bindparam("guild_id"), OptOutRow.user_id == bindparam("user_id")
)


class SqlOptOuts:
    """Opt-outs in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, guild_id: int, user_id: int, now: datetime) -> bool:
        """Note that a member opted out; False when they had already."""
        new = insert_into(self._session, OptOutRow).values(guild_id=guild_id, user_id=user_id, since=now)
        inserted = new.on_conflict_do_nothing().returning(OptOutRow.user_id)
        return await inserted_id(self._session, inserted) is not None

    async def remove(self, guild_id: int, user_id: int) -> bool:
        """Forget that a member opted out; False when they had not."""
        theirs = and_(OptOutRow.guild_id == guild_id, OptOutRow.user_id == user_id)
        return await write(self._session, delete(OptOutRow).where(theirs)) == 1

    async def is_out(self, guild_id: int, user_id: int) -> bool:
        """Return whether a member opted out."""
        return bool(await fetch(self._session, _IS_OUT, guild_id=guild_id, user_id=user_id))

    async def of_guild(self, guild_id: int) -> frozenset[int]:
        """Return the user ids that opted out in a server."""
        return frozenset(await self._session.scalars(select(OptOutRow.user_id).where(OptOutRow.guild_id == guild_id)))

    async def withdrawal(self, guild_id: int, user_id: int) -> Withdrawal | None:
        """Say why a member's wallets do not count in a server; None when they do."""
        is_forgetting = exists().where(DeletionRow.user_id == user_id)
        is_out = exists().where(OptOutRow.guild_id == guild_id, OptOutRow.user_id == user_id)
        # The words themselves, as an expression has no column that would turn them into the enum's members.
        query = select(case((is_forgetting, Withdrawal.FORGETTING.value), (is_out, Withdrawal.OPTED_OUT.value)))
        word = await self._session.scalar(query)
        return None if word is None else Withdrawal(word)

    async def withdrawals(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Withdrawal]:
        """Say why members' wallets do not count, for those of whom they do not."""
        found: dict[MemberKey, Withdrawal] = {}
        for some in in_batches(sorted(keys)):
            is_out = is_one_of(OptOutRow.guild_id, OptOutRow.user_id, some)
            for row in await self._session.execute(select(OptOutRow.guild_id, OptOutRow.user_id).where(is_out)):
                found[row.guild_id, row.user_id] = Withdrawal.OPTED_OUT
            users = {user_id for _, user_id in some}
            forgetting = select(DeletionRow.user_id).where(DeletionRow.user_id.in_(users))
            forgotten = frozenset(await self._session.scalars(forgetting))
            found |= {key: Withdrawal.FORGETTING for key in some if key[1] in forgotten}
        return found


class SqlDeletions:
    """Unfinished deletions in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ask(self, deletion: Deletion) -> None:
        """Note that somebody's data is to be deleted; when that is noted already, it is due at once again."""
        new = insert_into(self._session, DeletionRow).values(
            user_id=deletion.user_id,
            asked_at=deletion.asked_at,
            asked_by=deletion.asked_by,
            due_at=deletion.due_at,
            failures=deletion.failures,
            obstacle=deletion.obstacle,
        )
        again = {"due_at": new.excluded.due_at, "failures": new.excluded.failures}
        await write(self._session, new.on_conflict_do_update(index_elements=["user_id"], set_=again))

    async def get(self, user_id: int) -> Deletion | None:
        """Return the unfinished deletion of somebody's data."""
        query = select(DeletionRow).where(DeletionRow.user_id == user_id)
        row = (await self._session.scalars(query)).one_or_none()
        return None if row is None else _deletion(row)

    async def due(self, now: datetime, limit: int) -> Sequence[Deletion]:
        """Return deletions to go on with now, longest waiting first."""
        query = select(DeletionRow).where(DeletionRow.due_at <= now)
        rows = await self._session.scalars(query.order_by(DeletionRow.due_at, DeletionRow.user_id).limit(limit))
        return [_deletion(row) for row in rows]

    async def postpone(self, user_id: int, due_at: datetime, obstacle: str) -> None:
        """Note what was in the way, and when to try again."""
        row = update(DeletionRow).where(DeletionRow.user_id == user_id)
        failures = DeletionRow.failures + 1
        await write(self._session, row.values(due_at=due_at, failures=failures, obstacle=obstacle))


def _deletion(row: DeletionRow) -> Deletion:
    return Deletion(row.user_id, row.asked_at, row.asked_by, row.due_at, row.failures, row.obstacle)

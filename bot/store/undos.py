"""The steps of undone sweeps."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.members import MemberKey, Presence
from bot.domain.undos import SkipReason, UndoAction, UndoState, UndoStep
from bot.store.change_models import UndoStepRow
from bot.store.guild_models import MembershipRow
from bot.store.statements import in_batches, insert_into, is_one_of, write

STEP_IS_OPEN = UndoStepRow.state.in_((UndoState.WAITING, UndoState.WRITTEN))
"""The condition that a step is still to be done, or to be seen to be done."""


class SqlUndos:
    """Undo steps in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, steps: Sequence[UndoStep]) -> None:
        """Remember the steps of a new undo."""
        rows = [
            {
                "sweep_id": step.sweep_id,
                "guild_id": step.guild_id,
                "user_id": step.user_id,
                "role_id": step.role_id,
                "action": step.action,
                "changed_at": step.changed_at,
                "state": step.state,
                "skipped": step.skipped,
                "tries": step.tries,
            }
            for step in steps
        ]
        if rows:
            await write(self._session, insert_into(self._session, UndoStepRow), rows)

    async def open_of(self, guild_id: int, user_id: int) -> Sequence[UndoStep]:
        """Return what is still to be done, or to be seen to be done, about a member's roles, newest undo first."""
        query = select(UndoStepRow).where(
            UndoStepRow.guild_id == guild_id, UndoStepRow.user_id == user_id, STEP_IS_OPEN
        )
        return [_step(row) for row in await self._session.scalars(query.order_by(UndoStepRow.sweep_id.desc()))]

    async def open_of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[UndoStep]]:
        """Return the same for several members."""
        found: dict[MemberKey, list[UndoStep]] = {key: [] for key in keys}
        for some in in_batches(sorted(found)):
            whose = is_one_of(UndoStepRow.guild_id, UndoStepRow.user_id, some)
            query = select(UndoStepRow).where(whose, STEP_IS_OPEN)
            for step in map(_step, await self._session.scalars(query.order_by(UndoStepRow.sweep_id.desc()))):
                found[step.guild_id, step.user_id].append(step)
        return found

    async def save(self, step: UndoStep) -> None:
        """Write a step's new state."""
        same = update(UndoStepRow).where(
            UndoStepRow.sweep_id == step.sweep_id,
            UndoStepRow.user_id == step.user_id,
            UndoStepRow.role_id == step.role_id,
        )
        await write(self._session, same.values(state=step.state, skipped=step.skipped, tries=step.tries))

    async def settle_written(self, guild_id: int) -> None:
        """Take all written steps of a server as done, as a newer undo is about to decide."""
        written = update(UndoStepRow).where(UndoStepRow.guild_id == guild_id, UndoStepRow.state == UndoState.WRITTEN)
        await write(self._session, written.values(state=UndoState.DONE))

    async def skip_absent(self, sweep_id: int) -> int:
        """Skip what waits for members who are not in the server any more. Returns how many steps that were."""
        present = select(MembershipRow.user_id).where(
            MembershipRow.guild_id == UndoStepRow.guild_id,
            MembershipRow.user_id == UndoStepRow.user_id,
            MembershipRow.presence == Presence.PRESENT,
        )
        absent = update(UndoStepRow).where(UndoStepRow.sweep_id == sweep_id, STEP_IS_OPEN, ~present.exists())
        return await write(self._session, absent.values(state=UndoState.SKIPPED, skipped=SkipReason.LEFT))

    async def counts(self, sweep_id: int) -> Sequence[tuple[UndoAction, UndoState, SkipReason | None, int]]:
        """Count an undo's steps by what they do and how far they are."""
        columns = (UndoStepRow.action, UndoStepRow.state, UndoStepRow.skipped)
        query = select(*columns, func.count()).where(UndoStepRow.sweep_id == sweep_id).group_by(*columns)
        rows = await self._session.execute(query)
        return [(action, state, skipped, number) for action, state, skipped, number in rows]


def _step(row: UndoStepRow) -> UndoStep:
    return UndoStep(
        sweep_id=row.sweep_id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        role_id=row.role_id,
        action=row.action,
        changed_at=row.changed_at,
        state=row.state,
        skipped=row.skipped,
        tries=row.tries,
    )

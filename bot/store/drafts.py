"""Rule changes that wait for a confirmation."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.drafts import DraftState, Proposal, RuleDraft
from bot.store.change_models import RuleDraftRow
from bot.store.statements import write


class SqlDrafts:
    """Drafts in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, guild_id: int, admin_id: int, proposal: Proposal, basis: str, expires_at: datetime
    ) -> RuleDraft:
        """Remember a proposal."""
        row = RuleDraftRow(
            guild_id=guild_id,
            admin_id=admin_id,
            kind=proposal.kind,
            role_id=proposal.role_id,
            requirement=proposal.requirement,
            grace=proposal.grace,
            take_roles=proposal.take_roles,
            basis=basis,
            state=DraftState.OPEN,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()
        return _draft(row)

    async def get(self, draft_id: int) -> RuleDraft | None:
        """Return one draft, whatever became of it."""
        row = (await self._session.scalars(select(RuleDraftRow).where(RuleDraftRow.id == draft_id))).one_or_none()
        return None if row is None else _draft(row)

    async def close(self, draft_id: int, state: DraftState) -> bool:
        """Decide about an open draft, atomically: True for exactly one caller."""
        still_open = update(RuleDraftRow).where(RuleDraftRow.id == draft_id, RuleDraftRow.state == DraftState.OPEN)
        return await write(self._session, still_open.values(state=state)) == 1

    async def purge(self, expired_before: datetime) -> int:
        """Delete drafts that expired before then. Returns how many."""
        return await write(self._session, delete(RuleDraftRow).where(RuleDraftRow.expires_at < expired_before))


def _draft(row: RuleDraftRow) -> RuleDraft:
    proposal = Proposal(row.kind, row.role_id, row.requirement, row.grace, row.take_roles)
    return RuleDraft(row.id, row.guild_id, row.admin_id, proposal, row.basis, row.expires_at, row.state)

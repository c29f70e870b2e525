"""Audit lines."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.audits import AuditAction, AuditLine, NumberedLine
from bot.store.guild_models import AuditRow


class SqlAudit:
    """Audit lines in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, line: AuditLine) -> None:
        """Append a line."""
        self._session.add(
            AuditRow(
                at=line.at,
                guild_id=line.guild_id,
                actor_id=line.actor_id,
                action=line.action,
                subject=line.subject,
                before=line.before,
                after=line.after,
            )
        )
        await self._session.flush()

    async def recent(
        self, guild_id: int, limit: int, leaving_out: Collection[AuditAction] = frozenset()
    ) -> Sequence[AuditLine]:
        """Return a server's newest lines, newest first."""
        query = select(AuditRow).where(AuditRow.guild_id == guild_id, AuditRow.action.not_in(leaving_out))
        rows = await self._session.scalars(query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit))
        return [_line(row) for row in rows]

    async def after(self, number: int, limit: int) -> Sequence[NumberedLine]:
        """Return the oldest lines of all servers with a higher number, in order."""
        query = select(AuditRow).where(AuditRow.id > number).order_by(AuditRow.id).limit(limit)
        return [(row.id, _line(row)) for row in await self._session.scalars(query)]

    async def newest_before(self, at: datetime) -> int:
        """Return the highest number of the lines from before then; 0 without any."""
        return await self._session.scalar(select(func.max(AuditRow.id)).where(AuditRow.at < at)) or 0


def _line(row: AuditRow) -> AuditLine:
    return AuditLine(row.at, row.guild_id, row.actor_id, row.action, row.subject, row.before, row.after)

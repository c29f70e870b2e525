"""Audit lines."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.audits import AuditLine
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

    async def recent(self, guild_id: int, limit: int) -> Sequence[AuditLine]:
        """Return a server's newest lines, newest first."""
        query = select(AuditRow).where(AuditRow.guild_id == guild_id)
        rows = await self._session.scalars(query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit))
        return [
            AuditLine(row.at, row.guild_id, row.actor_id, row.action, row.subject, row.before, row.after)
            for row in rows
        ]

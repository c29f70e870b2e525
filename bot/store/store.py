"""The database as services see it: one unit of work per use case."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.store.audit import SqlAudit
from bot.store.challenges import SqlChallenges
from bot.store.configuration import SqlCollections, SqlRules, SqlSettings
from bot.store.failures import trouble_told
from bot.store.ledger import SqlJournal, SqlLedger
from bot.store.links import SqlLinks
from bot.store.members import SqlMembers
from bot.store.notes import SqlNotes
from bot.store.sweeps import SqlSweeps
from bot.store.wallets import SqlWallets
from bot.store.web_links import SqlPendingProofs, SqlWebLinks


@dataclass(frozen=True, slots=True)
class SqlUnitOfWork:
    """The repositories of one transaction."""

    wallets: SqlWallets
    links: SqlLinks
    challenges: SqlChallenges
    collections: SqlCollections
    rules: SqlRules
    members: SqlMembers
    ledger: SqlLedger
    journal: SqlJournal
    settings: SqlSettings
    audit: SqlAudit
    sweeps: SqlSweeps
    notes: SqlNotes
    web_links: SqlWebLinks
    pending_proofs: SqlPendingProofs

    @classmethod
    def on(cls, session: AsyncSession) -> "SqlUnitOfWork":
        """Return the repositories that work in a session's transaction."""
        return cls(
            wallets=SqlWallets(session),
            links=SqlLinks(session),
            challenges=SqlChallenges(session),
            collections=SqlCollections(session),
            rules=SqlRules(session),
            members=SqlMembers(session),
            ledger=SqlLedger(session),
            journal=SqlJournal(session),
            settings=SqlSettings(session),
            audit=SqlAudit(session),
            sweeps=SqlSweeps(session),
            notes=SqlNotes(session),
            web_links=SqlWebLinks(session),
            pending_proofs=SqlPendingProofs(session),
        )


class SqlStore:
    """The database behind an engine. The engine belongs to whoever made it, who also disposes of it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open one unit of work: commits at the end, rolls back on an error or a cancellation.

        On SQLite units come one after the other, so never open one inside another, nor hold one across a network
        call. Raise `StoreBusyError` when the database does not take the change.
        """
        # Rows are read afresh by every query, as writes go past the session (see `statements`).
        options = {"populate_existing": True}
        with trouble_told():
            async with (
                AsyncSession(
                    self._engine, expire_on_commit=False, autoflush=False, execution_options=options
                ) as session,
                session.begin(),
            ):
                yield SqlUnitOfWork.on(session)

"""The database as services see it: one unit of work per use case."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.domain.errors import StoreBusyError
from bot.domain.urgency import Urgency
from bot.store.audit import SqlAudit
from bot.store.brake_holds import SqlBrakeHolds
from bot.store.cases import SqlCases
from bot.store.challenges import SqlChallenges
from bot.store.configuration import SqlCollections, SqlRules, SqlSettings
from bot.store.diagnosis import SqlDiagnosis
from bot.store.drafts import SqlDrafts
from bot.store.engine import POOL_TIMEOUT_S, readers_of
from bot.store.failures import trouble_told
from bot.store.history import SqlHistory
from bot.store.ledger import SqlJournal, SqlLedger
from bot.store.links import SqlLinks
from bot.store.members import SqlMembers
from bot.store.notes import SqlNotes
from bot.store.notices import SqlNotices
from bot.store.personal_records import SqlPersonalRecords
from bot.store.planning import SqlPlanning
from bot.store.privacy import SqlDeletions, SqlOptOuts
from bot.store.protections import SqlProtections
from bot.store.retention import SqlRetention
from bot.store.role_flips import SqlRoleFlips
from bot.store.sweeps import SqlSweeps
from bot.store.undos import SqlUndos
from bot.store.unit_queue import UnitQueue
from bot.store.wallets import SqlWallets
from bot.store.web_links import SqlPendingProofs, SqlWebLinks

_PATIENCE: Final = 5.0
"""Seconds that open units get to end when everything ends."""
_CLOSING: Final = "Holdfast is being stopped or restarted, so nothing was changed. Try again in a minute."


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
    drafts: SqlDrafts
    undos: SqlUndos
    notes: SqlNotes
    brake_holds: SqlBrakeHolds
    role_flips: SqlRoleFlips
    protections: SqlProtections
    notices: SqlNotices
    web_links: SqlWebLinks
    pending_proofs: SqlPendingProofs
    opt_outs: SqlOptOuts
    deletions: SqlDeletions
    personal: SqlPersonalRecords
    retention: SqlRetention
    diagnosis: SqlDiagnosis
    planning: SqlPlanning
    history: SqlHistory
    cases: SqlCases

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
            drafts=SqlDrafts(session),
            undos=SqlUndos(session),
            notes=SqlNotes(session),
            brake_holds=SqlBrakeHolds(session),
            role_flips=SqlRoleFlips(session),
            protections=SqlProtections(session),
            notices=SqlNotices(session),
            web_links=SqlWebLinks(session),
            pending_proofs=SqlPendingProofs(session),
            opt_outs=SqlOptOuts(session),
            deletions=SqlDeletions(session),
            personal=SqlPersonalRecords(session),
            retention=SqlRetention(session),
            diagnosis=SqlDiagnosis(session),
            planning=SqlPlanning(session),
            history=SqlHistory(session),
            cases=SqlCases(session),
        )


class SqlStore:
    """The database behind an engine. The engine belongs to whoever made it, who also disposes of it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._readers = readers_of(engine)
        self._queue = UnitQueue() if engine.dialect.name == "sqlite" else None
        self._open_units = 0
        self._all_ended = asyncio.Event()
        self._is_closing = False

    async def drain(self) -> None:
        """Open no more units, and wait for the open ones: who disposes of the engine should call this before.

        A connection that a unit gives back later belongs to nobody any more, and would never be closed.
        """
        self._is_closing = True
        if self._open_units:
            self._all_ended.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await self._all_ended.wait()

    @asynccontextmanager
    async def unit(self, urgency: Urgency = Urgency.PERSON) -> AsyncIterator[SqlUnitOfWork]:
        """Open one unit of work: commits at the end, rolls back on an error or a cancellation.

        On SQLite units come one after the other, people's before the sweep's, so never open one inside another, nor
        hold one across a network call. Raise `StoreBusyError` when the database does not take the change, or after
        `drain`.
        """
        with self._counted(), trouble_told():
            async with self._turn(urgency), self._transaction(self._engine) as unit:
                yield unit

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open one unit of work that only reads: it sees what is kept at one moment, and waits for nobody's changes.

        The database refuses to change anything in it. Raise `StoreBusyError` like `unit`.
        """
        with self._counted(), trouble_told():
            async with self._transaction(self._readers) as unit:
                yield unit

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._is_closing:
            raise StoreBusyError(_CLOSING)
        self._open_units += 1
        try:
            yield
        finally:
            self._open_units -= 1
            if not self._open_units:
                self._all_ended.set()

    @asynccontextmanager
    async def _turn(self, urgency: Urgency) -> AsyncIterator[None]:
        if self._queue is None:
            yield
            return
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._queue.turn(urgency, POOL_TIMEOUT_S))
            except TimeoutError:
                raise NoConnectionFree from None
            yield

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[SqlUnitOfWork]:
        # Rows are read afresh by every query, as writes go past the session (see `statements`).
        options = {"populate_existing": True}
        async with (
            AsyncSession(engine, expire_on_commit=False, autoflush=False, execution_options=options) as session,
            session.begin(),
        ):
            yield SqlUnitOfWork.on(session)

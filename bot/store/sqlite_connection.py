"""A SQLite connection that asks its thread once for each statement.

SQLite works in a thread of its own, so that the event loop never waits for it. Every question to that thread costs
more than most statements do, and one statement is four questions to SQLAlchemy: make a cursor, execute, fetch, close.
Here they are one, and a transaction begins with its first statement. All rows are fetched at once, as SQLAlchemy does
by itself unless it is told to stream.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Self, TypeVar

import aiosqlite

_ROWS_AT_ONCE: Final = 64
"""aiosqlite's own default; nothing iterates over its cursors here."""
BUSY_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for a lock that another process holds."""
STEPS_AT_ONCE: Final = 5_000
"""So many steps of SQLite's machine are a fraction of a millisecond. What commands ask takes a few hundred."""

Result = TypeVar("Result")
Row = tuple[object, ...]


class QuickCursor:
    """What SQLAlchemy needs of a cursor. The real one lives and ends within each statement."""

    def __init__(self, connection: "QuickConnection") -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self.description: tuple[Row, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """Nothing is to be prepared."""
        return self

    async def execute(self, statement: str, parameters: Sequence[object] = ()) -> Self:
        """Execute a statement and fetch its rows."""
        await self._connection.ask(lambda connection: self._run(connection.execute, statement, parameters))
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[object]]) -> Self:
        """Execute a statement once for each set of parameters."""
        await self._connection.ask(lambda connection: self._run(connection.executemany, statement, parameters))
        return self

    async def fetchall(self) -> Sequence[Row]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Row]:
        """Return the next rows."""
        count = size or self.arraysize
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    async def fetchone(self) -> Row | None:
        """Return the next row."""
        return self._rows.pop(0) if self._rows else None

    async def close(self) -> None:
        """Nothing is open any more."""

    def _run(self, execute: Callable[..., sqlite3.Cursor], statement: str, parameters: Sequence[object]) -> None:
        """Run in the connection's thread."""
        cursor = execute(statement, parameters)
        try:
            self.description = cursor.description
            self._rows = [] if cursor.description is None else cursor.fetchall()
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


class QuickConnection(aiosqlite.Connection):
    """aiosqlite's connection with such cursors, and without a rollback where there is nothing to roll back."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _ROWS_AT_ONCE)
        self._thread.daemon = True  # as SQLAlchemy would set it
        self._unanswered = 0
        self._opening = ""

    def begin(self, words: str) -> None:
        """Open a transaction together with the first statement of it."""
        self._opening = words

    def cursor(self) -> QuickCursor:  # type: ignore[override]  # a cursor of another kind is the point
        """Return a cursor, which costs nothing."""
        return QuickCursor(self)

    async def ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        """Let the connection's thread do something."""
        opening, self._opening = self._opening, ""

        def work() -> Result:
            if opening:
                self._conn.execute(opening)
            return question(self._conn)

        self._unanswered += 1
        try:
            result: Result = await self._execute(work)  # type: ignore[no-untyped-call]  # has no types
        except asyncio.CancelledError:
            raise  # the thread may still be at it
        except BaseException:
            self._unanswered -= 1
            raise
        self._unanswered -= 1
        return result

    async def commit(self) -> None:
        """Commit. A transaction in which nothing was asked never began."""
        if not self._drop_opening():
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, unless it is certain that no transaction is open: nothing that was asked is still under way."""
        if not self._drop_opening() and (self._unanswered or self._conn.in_transaction):
            await super().rollback()

    def _drop_opening(self) -> bool:
        opening, self._opening = self._opening, ""
        return opening != ""


class ReadingConnection(QuickConnection):
    """One that only reads, in WAL mode, and answers what is quickly told without asking its thread.

    Handing a question to the thread and taking the answer back costs the event loop several times what it takes to
    find a few rows by an index. So a question is tried at once, for a bounded number of SQLite's steps, and never waits
    for a lock. Only what takes more goes to the thread, which begins it anew: reading twice changes nothing.

    The connection has to be made with `check_same_thread=False`. The two threads never use it at the same time.
    """

    async def ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        """Answer at once, or let the connection's thread do it."""
        if self._unanswered:
            return await super().ask(question)
        connection = self._conn
        opening, self._opening = self._opening, ""
        if opening:
            connection.execute(opening)  # takes no lock yet
        connection.set_progress_handler(_enough, STEPS_AT_ONCE)
        try:
            return question(connection)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                raise
        finally:
            connection.set_progress_handler(None, 0)
        return await super().ask(partial(_patiently, question))

    async def commit(self) -> None:
        """Let go of what is seen."""
        self._let_go()

    async def rollback(self) -> None:
        """Let go of what is seen, as soon as nothing that was asked is under way any more."""
        self._let_go()

    def _let_go(self) -> None:
        if self._drop_opening():
            return
        if self._unanswered:  # somebody was cancelled, and the thread may still be at it
            self._tx.put_nowait((None, partial(_end, self._conn)))
        else:
            _end(self._conn)


def _enough() -> bool:
    return True


def _patiently(question: Callable[[sqlite3.Connection], Result], connection: sqlite3.Connection) -> Result:
    """Wait for a lock, in a thread that may: somebody is just mending the database after a crash, or closing it."""
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    try:
        return question(connection)
    finally:
        connection.execute("PRAGMA busy_timeout = 0")


def _end(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.rollback()

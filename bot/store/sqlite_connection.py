"""A SQLite connection that asks its thread once for each statement.

SQLite works in a thread of its own, so that the event loop never waits for it. Every question to that thread costs
more than most statements do, and one statement is four questions to SQLAlchemy: make a cursor, execute, fetch, close.
Here they are one, and a transaction begins with its first statement. All rows are fetched at once, as SQLAlchemy does
by itself unless it is told to stream.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, Self, TypeVar

import aiosqlite

_ROWS_AT_ONCE: Final = 64
"""aiosqlite's own default; nothing iterates over its cursors here."""

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

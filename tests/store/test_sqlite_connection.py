"""The quick connection to SQLite: one question for each statement, and transactions that begin with the first one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.engine import create_engine
from bot.store.sqlite_connection import QuickConnection


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'quick.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    yield engine
    await engine.dispose()


async def numbers(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        return list(await connection.scalars(text("SELECT n FROM numbers ORDER BY n")))


async def test_what_is_committed_stays_and_what_is_rolled_back_goes(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        done = await connection.execute(text("INSERT INTO numbers VALUES (1), (2)"))
        assert done.rowcount == 2
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO numbers VALUES (3)"))
        await connection.rollback()
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO numbers VALUES (4)"))  # and nobody says what is to become of it
    assert await numbers(engine) == [1, 2]


async def test_a_failed_statement_leaves_a_usable_connection(engine: AsyncEngine) -> None:
    for _ in range(2):
        async with engine.connect() as connection:
            await connection.execute(text("INSERT INTO numbers VALUES (1)"))
            with pytest.raises(IntegrityError):
                await connection.execute(text("INSERT INTO numbers VALUES (1)"))
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO numbers VALUES (:n)"), [{"n": 1}, {"n": 2}])
    assert await numbers(engine) == [1, 2]


async def test_a_transaction_holds_the_write_lock_from_its_first_statement_on(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "quick.db", timeout=0, isolation_level=None)
    async with engine.begin() as connection:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")  # nothing was asked so far
        await connection.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()


async def test_a_lock_that_somebody_else_holds_fails_the_first_statement(engine: AsyncEngine, tmp_path: Path) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout = 1"))
        await connection.commit()
        other = sqlite3.connect(tmp_path / "quick.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await connection.execute(text("SELECT 1"))
        await connection.rollback()
        other.execute("ROLLBACK")
        other.close()
        await connection.execute(text("INSERT INTO numbers VALUES (7)"))
        await connection.commit()
    assert await numbers(engine) == [7]


async def test_a_cancelled_statement_leaves_no_lock_behind(engine: AsyncEngine) -> None:
    slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000) SELECT count(*) FROM c"

    async def count() -> None:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO numbers VALUES (1)"))
            await connection.execute(text(slow))

    task = asyncio.create_task(count())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO numbers VALUES (2)"))
    assert 2 in await numbers(engine)


async def test_rows_come_one_by_one_too(tmp_path: Path) -> None:
    connection = QuickConnection(partial(sqlite3.connect, tmp_path / "rows.db"))
    await connection
    cursor = await connection.cursor().execute("SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4")
    assert await cursor.fetchone() == (1,)
    assert list(await cursor.fetchmany(2)) == [(2,), (3,)]
    assert list(await cursor.fetchall()) == [(4,)]
    assert await cursor.fetchone() is None
    await connection.close()

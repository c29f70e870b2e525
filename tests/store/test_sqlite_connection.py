"""The quick connection to SQLite: one question for each statement, and transactions that begin with the first one."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.engine import create_engine, readers_of
from bot.store.sqlite_connection import QuickConnection, ReadingConnection


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


SLOW = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000) SELECT count(*) FROM c"


@pytest.fixture
async def readers(engine: AsyncEngine) -> AsyncEngine:
    return readers_of(engine)


async def thread_of(connection: AsyncConnection, question: str) -> list[int]:
    """The threads in which a question was worked on."""
    threads: list[int] = []
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, ReadingConnection)
    await raw.ask(lambda driver: driver.create_function("note", 0, lambda: threads.append(threading.get_ident())))
    await connection.execute(text(question))
    return threads


async def test_what_is_quickly_told_is_answered_at_once_and_the_rest_in_a_thread(readers: AsyncEngine) -> None:
    here = threading.get_ident()
    async with readers.connect() as connection:
        assert await thread_of(connection, "SELECT note()") == [here]
        assert (await thread_of(connection, f"SELECT note(), ({SLOW})"))[-1] != here
        assert list(await connection.scalars(text(SLOW))) == [200_000]


async def test_a_question_that_is_begun_anew_still_sees_the_same_moment(
    engine: AsyncEngine, readers: AsyncEngine
) -> None:
    async with readers.connect() as connection:
        assert list(await connection.scalars(text(SLOW))) == [200_000]
        assert list(await connection.scalars(text("SELECT n FROM numbers"))) == []
        async with engine.begin() as writer:
            await writer.execute(text("INSERT INTO numbers VALUES (1)"))
        assert list(await connection.scalars(text(f"SELECT n FROM numbers WHERE ({SLOW}) > 0"))) == []
        await connection.rollback()
        assert list(await connection.scalars(text("SELECT n FROM numbers"))) == [1]


async def test_a_cancelled_question_leaves_no_old_moment_behind(engine: AsyncEngine, readers: AsyncEngine) -> None:
    async def look() -> None:
        async with readers.connect() as connection:
            await connection.execute(text("SELECT n FROM numbers"))
            await connection.execute(text(SLOW.replace("200000", "1000000")))

    task = asyncio.create_task(look())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with engine.begin() as writer:
        await writer.execute(text("INSERT INTO numbers VALUES (1)"))
    assert await numbers(readers) == [1]


async def test_who_only_reads_cannot_write(readers: AsyncEngine) -> None:
    async with readers.connect() as connection:
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(text("INSERT INTO numbers VALUES (1)"))

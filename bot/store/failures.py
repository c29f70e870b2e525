"""Which of the databases' failures are trouble that a person is told of, and in which words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.domain.errors import StoreBusyError


class Trouble(StrEnum):
    """Why a database does not take a change; the value is what people read."""

    LOCKED = (
        "The database is busy with something else, so nothing was changed. "
        "Try again in a moment. If it stays so, the host should look for a second process that holds the database."
    )
    FULL = (
        "The database has no room left, so nothing was changed. "
        "The host must free disk space; after that, trying again is safe."
    )
    READ_ONLY = (
        "The database cannot be written to, so nothing was changed. "
        "The host must check its permissions, or whether it is a read-only replica; after that, trying again is safe."
    )
    AWAY = (
        "The database cannot be reached, so this could not be completed. "
        "Try again in a moment. If it stays so, the host must check that it is running."
    )
    DAMAGED = (
        "The database or its disk is damaged, so nothing was changed. "
        "The host must look into it before going on, and may have to restore a backup."
    )


_SQLITE_TROUBLE = {
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Trouble.LOCKED,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
    sqlite3.SQLITE_IOERR: Trouble.DAMAGED,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}
"""SQLite's primary result codes, https://sqlite.org/rescode.html."""

_POSTGRESQL_TROUBLE = {
    "08": Trouble.AWAY,  # connection exception
    "25006": Trouble.READ_ONLY,
    "40": Trouble.LOCKED,  # deadlock, serialization failure
    "53": Trouble.LOCKED,  # insufficient resources, e.g. too many connections
    "53100": Trouble.FULL,
    "55": Trouble.LOCKED,  # lock not available, object in use
    "57014": Trouble.LOCKED,  # our own statement_timeout
    "57": Trouble.AWAY,  # shutting down, starting up
    "58": Trouble.DAMAGED,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}
"""SQLSTATE codes, or their classes, https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def trouble_of(error: BaseException) -> Trouble | None:
    """Say which trouble an error stands for; None when it is a mistake of ours."""
    if isinstance(error, NoConnectionFree):
        return Trouble.LOCKED
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # The low byte is the primary code; the error class alone would not tell a lock from a missing table.
        code: int | None = getattr(cause, "sqlite_errorcode", None)
        return None if code is None else _SQLITE_TROUBLE.get(code & 0xFF)
    if isinstance(cause, psycopg.Error):
        return _postgresql_trouble(cause)
    return None


def _postgresql_trouble(error: psycopg.Error) -> Trouble | None:
    state = error.sqlstate
    if state is None:
        # The client library itself gave up: no connection, or one that broke off.
        return Trouble.AWAY if isinstance(error, psycopg.OperationalError) else None
    return _POSTGRESQL_TROUBLE.get(state) or _POSTGRESQL_TROUBLE.get(state[:2])


@contextmanager
def trouble_told() -> Iterator[None]:
    """Turn a database's trouble inside the block into `StoreBusyError`; let everything else through."""
    try:
        yield
    except (DBAPIError, NoConnectionFree, sqlite3.Error, psycopg.Error) as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        raise StoreBusyError(trouble) from error

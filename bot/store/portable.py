"""All rows of a database in a form that both databases read: lines of JSON, one for each row.

    {"holdfast": "backup", "version": 1, "revision": "0006", "made_at": "2025-03-01T12:00:00+00:00"}
    {"table": "wallets", "columns": ["id", "network", …], "last_id": 17}
    [1, "chia-mainnet", …]
    …
    {"rows": {"wallets": 12, …}, "sha256": "…"}

Times are ISO 8601 in UTC, bytes are base64. `last_id` is the last id that was handed out, so that none is handed out
again. The checksum in the last line is of all lines above it. Tables are taken as the database describes them, so every
revision of the schema can be written down, and filled in again.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import JSON, Column, Connection, DateTime, LargeBinary, MetaData, Table, func, select, text
from sqlalchemy.exc import DataError, IntegrityError

from bot.domain.errors import ConfigError, HoldfastError
from bot.store import migrations
from bot.store.schema import METADATA

VERSION: Final = 1
_ROWS_AT_ONCE: Final = 500
_NOT_ONE: Final = "This is not a backup that `holdfast backup` wrote. Nothing was changed."
_DAMAGED: Final = "The backup is damaged or was cut short, so it was not used and nothing was changed."


class BackupError(HoldfastError):
    """A backup that cannot be used, or not here; the text is for the host."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds."""

    revision: str
    made_at: datetime
    rows: Mapping[str, int]
    """Table -> number of rows."""


def dump(
    connection: Connection, write: Callable[[bytes], object], now: datetime, passing_notes: Collection[str] = ()
) -> Contents:
    """Write all rows as they are at one moment. `passing_notes` are notes that say nothing in another database.

    The connection's transaction must be a snapshot. Raise `ConfigError` for a database that was never set up.
    """
    revision = migrations.revision_of(connection)
    if revision is None:
        raise ConfigError("The database is empty, so there is nothing to back up. Check database.url.")
    digest = hashlib.sha256()

    def put(line: object) -> None:
        encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(encoded)
        write(encoded)

    put({"holdfast": "backup", "version": VERSION, "revision": revision, "made_at": now.astimezone(UTC).isoformat()})
    rows: dict[str, int] = {}
    for table in _tables(connection):
        columns = list(table.columns)
        put(
            {
                "table": table.name,
                "columns": [column.name for column in columns],
                "last_id": _last_id(connection, table),
            }
        )
        rows[table.name] = 0
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS_AT_ONCE)
        for row in connection.execute(query).mappings():
            if table.name != "notes" or row["name"] not in passing_notes:
                put([_told(row[column.name]) for column in columns])
                rows[table.name] += 1
    write(json.dumps({"rows": rows, "sha256": digest.hexdigest()}).encode() + b"\n")
    return Contents(revision, now, rows)


def restore(connection: Connection, lines: Iterator[bytes], *, replacing: bool) -> Contents:
    """Put a backup's rows in place of what a database holds, and bring it up to this version of the program.

    All in the connection's transaction: when this raises, roll it back. Raise `BackupError` for a file that is none or
    is damaged, and for a database that holds rows, unless `replacing`; `ConfigError` for one of a newer version.
    """
    told = _Lines(lines)
    revision, made_at = _head(told)
    migrations.hold(connection)
    _make_room(connection, revision, replacing=replacing)
    rows = _fill(connection, told)
    migrations.complete(connection)
    return Contents(revision, made_at, rows)


def _head(told: "_Lines") -> tuple[str, datetime]:
    head = told.next()
    if not isinstance(head, dict) or head.get("holdfast") != "backup":
        raise BackupError(_NOT_ONE)
    revision, made_at = head.get("revision"), head.get("made_at")
    if head.get("version") != VERSION or not isinstance(revision, str) or not migrations.is_known(revision):
        raise BackupError(
            "The backup was made by a newer version of Holdfast, which this version does not understand. Nothing was "
            "changed. Install that version, and restore again."
        )
    if not isinstance(made_at, str):
        raise BackupError(_DAMAGED)
    return revision, datetime.fromisoformat(made_at)


def _make_room(connection: Connection, revision: str, *, replacing: bool) -> None:
    """Leave the database with the schema of that revision, and without rows."""
    present = migrations.revision_of(connection)
    if present is not None and not migrations.is_known(present):
        raise ConfigError(
            "The database was written by a newer version of Holdfast, which this version does not understand. Nothing "
            "was changed. Install that version again, or name another database."
        )
    tables = _tables(connection)
    filled = [table.name for table in tables if connection.execute(select(table).limit(1)).first() is not None]
    if filled and not replacing:
        raise BackupError(
            f"The database is not empty (there are rows in {', '.join(filled[:3])}), so nothing was changed. "
            "With --force, everything in it is replaced by what the backup holds."
        )
    for table in reversed(tables):
        connection.execute(table.delete())
    if present != revision:
        migrations.make_anew(connection, revision)


def _fill(connection: Connection, told: "_Lines") -> Mapping[str, int]:
    tables = {table.name: table for table in _tables(connection)}
    last_ids: dict[str, int | None] = {}
    rows: dict[str, int] = {}
    line = told.next()
    while isinstance(line, dict) and "table" in line:
        name, names, last_id = line["table"], line.get("columns"), line.get("last_id")
        table = tables.get(name) if isinstance(name, str) else None
        if table is None or not isinstance(names, list) or sorted(names) != sorted(table.columns.keys()):
            raise BackupError(_DAMAGED)
        last_ids[table.name] = last_id if isinstance(last_id, int) else None
        columns = [table.columns[name] for name in names]
        rows[table.name], line = _fill_table(connection, table, columns, told)
    told.check_end(line, rows)
    if set(rows) != set(tables):
        raise BackupError(_DAMAGED)
    for name, table in tables.items():
        _go_on_after(connection, table, last_ids[name])
    return rows


def _fill_table(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], told: "_Lines"
) -> tuple[int, object]:
    """Insert the rows of one table. Returns how many, and the line that follows them."""
    count = 0
    while True:
        batch: list[dict[str, object]] = []
        line: object = None
        for line in islice(told, _ROWS_AT_ONCE):
            if not isinstance(line, list):
                break
            if len(line) != len(columns):
                raise BackupError(_DAMAGED)
            batch.append({column.name: _meant(column, value) for column, value in zip(columns, line, strict=True)})
        if batch:
            try:
                connection.execute(table.insert(), batch)
            except (IntegrityError, DataError) as error:
                raise BackupError(f"{_DAMAGED} (A row of {table.name} does not fit.)") from error
            count += len(batch)
        if not isinstance(line, list):
            return count, line


class _Lines:
    """The lines of a backup, parsed, with the checksum of those read so far."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._digest = hashlib.sha256()
        self._before_last = self._digest.hexdigest()

    def __iter__(self) -> Iterator[object]:
        while True:
            yield self.next()

    def next(self) -> object:
        """Return the next line. Raise `BackupError` at the end: a whole backup says where it ends."""
        line = next(self._lines, None)
        if line is None:
            raise BackupError(_DAMAGED)
        self._before_last = self._digest.hexdigest()
        self._digest.update(line)
        try:
            parsed: object = json.loads(line)
        except (ValueError, RecursionError):
            raise BackupError(_NOT_ONE if self._before_last == hashlib.sha256().hexdigest() else _DAMAGED) from None
        return parsed

    def check_end(self, line: object, rows: Mapping[str, int]) -> None:
        """Check the line that was read last: it must be the end, and agree with what stood above it."""
        if (
            not isinstance(line, dict)
            or line.get("rows") != rows
            or line.get("sha256") != self._before_last
            or next(self._lines, None) is not None
        ):
            raise BackupError(_DAMAGED)


def _tables(connection: Connection) -> Sequence[Table]:
    """Our tables as the database describes them, those first that others refer to. Other programs' are left alone."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in METADATA.tables, resolve_fks=False)
    tables = found.sorted_tables
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, JSON) and column.nullable:
                column.type = type(column.type)(none_as_null=True)
    return tables


def _told(value: object) -> object:
    match value:
        case datetime():
            in_utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return in_utc.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def _meant(column: Column[Any], value: object) -> object:
    if value is None:
        return None
    try:
        if isinstance(column.type, DateTime):
            moment = datetime.fromisoformat(str(value))
            return moment if column.type.timezone else moment.astimezone(UTC).replace(tzinfo=None)
        if isinstance(column.type, LargeBinary):
            return base64.b64decode(str(value), validate=True)
    except ValueError:
        raise BackupError(_DAMAGED) from None
    return value


def _counts(table: Table) -> bool:
    """Whether the database hands out the table's ids."""
    return [column.name for column in table.primary_key.columns] == ["id"]


def _last_id(connection: Connection, table: Table) -> int | None:
    if not _counts(table):
        return None
    last: int | None
    if connection.dialect.name == "sqlite":
        last = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    else:
        last = connection.scalar(
            text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)"), {"name": table.name}
        )
    highest = connection.scalar(select(func.max(table.columns["id"])))
    known = [int(number) for number in (last, highest) if number is not None]
    return max(known, default=None)


def _go_on_after(connection: Connection, table: Table, last_id: int | None) -> None:
    """Let the database hand out ids after that one."""
    if not _counts(table):
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        if last_id is not None:
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
                {"name": table.name, "last": last_id},
            )
        return
    # Unlike setval, this is undone with the transaction. The sequence's name is the database's own.
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
    connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART WITH {(last_id or 0) + 1:d}"))

"""Copies of a PostgreSQL database that are used more than once.

Copying one takes a hundred times as long as emptying it again. A copy that comes back is therefore emptied and kept for
the next test, under a new name. Should anything but rows differ from the template (a table, a trigger, a setting), or
should it have grown, it is dropped.
"""

from itertools import count
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from sqlalchemy import make_url

_LARGEST: Final = 8 * 1024 * 1024
"""Bytes that the tables of a copy may take more than those of the template: dead rows stay in them."""
_SHAPE: Final = """
    SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
        SELECT 'relation ' || oid || ' ' || xmin AS line FROM pg_class WHERE oid >= 16384 AND relkind <> 't'
        UNION ALL SELECT 'column ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute WHERE attrelid >= 16384
        UNION ALL SELECT 'default ' || oid || ' ' || xmin FROM pg_attrdef
        UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger WHERE oid >= 16384
        UNION ALL SELECT 'routine ' || oid || ' ' || xmin FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'type ' || oid || ' ' || xmin FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT 'schema ' || oid || ' ' || xmin FROM pg_namespace
        UNION ALL SELECT 'extension ' || oid || ' ' || xmin FROM pg_extension
        UNION ALL SELECT 'setting ' || setrole || ' ' || array_to_string(setconfig, ' ') FROM pg_db_role_setting
            JOIN pg_database ON setdatabase = pg_database.oid AND datname = current_database()
        UNION ALL SELECT 'limit ' || datconnlimit || ' ' || datallowconn FROM pg_database
            WHERE datname = current_database()
    ) AS lines
"""
"""All that was ever created or altered here: copies begin with the numbers and transactions of their template."""
_SIZE: Final = """
    SELECT coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 't')
"""
_TABLES: Final = """
    SELECT oid::regclass::text FROM pg_class
    WHERE oid >= 16384 AND relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_ROWS: Final = "SELECT md5(string_agg(line::text, ',' ORDER BY line::text)) FROM {} AS line"


class Copies:
    """The copies of one template, which nobody may be connected to."""

    def __init__(self, admin_url: str, template: str) -> None:
        self._admin_url = admin_url
        self._template = template
        self._numbers = count(1)
        self._taken: set[str] = set()
        self._spare: list[str] = []
        with self._inside(template) as connection:
            tables = [str(name) for (name,) in connection.execute(_TABLES)]
            self._filled = [name for name in tables if _rows(connection, name) is not None]
            self._empty = [name for name in tables if name not in self._filled]
            self._looks = self._look(connection)
            self._size = _size(connection)

    def take(self, admin: Connection[TupleRow], name: str) -> None:
        """Make a copy of this name."""
        if self._spare:
            _rename(admin, self._spare.pop(), name)
        else:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            admin.execute(statement.format(sql.Identifier(name), sql.Identifier(self._template)))
        self._taken.add(name)

    def give_back(self, admin: Connection[TupleRow], name: str) -> bool:
        """Put a copy away, even while something is connected to it. Returns False for what is no copy of ours."""
        if name not in self._taken:
            return False
        self._taken.remove(name)
        spare = f"{self._template}_spare_{next(self._numbers)}"
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            _rename(admin, name, spare)  # First of all: what still knows the old name is not to write into it any more.
        except psycopg.errors.ObjectInUse:
            spare = name
        if spare != name and self._is_like_new(spare):
            self._spare.append(spare)
        else:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(spare)))
        return True

    def _is_like_new(self, name: str) -> bool:
        try:
            with self._inside(name) as connection:
                self._delete_rows(connection)
                return self._look(connection) == self._looks and _size(connection) - self._size < _LARGEST
        except psycopg.Error:
            return False  # Such as a table that is not there any more.

    def _delete_rows(self, connection: Connection[TupleRow]) -> None:
        connection.execute("SET session_replication_role = replica")  # No triggers: the order does not matter then.
        for table in self._empty:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.SQL(table)))
        connection.execute("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")

    def _look(self, connection: Connection[TupleRow]) -> list[object]:
        return [*connection.execute(_SHAPE).fetchall(), *(_rows(connection, table) for table in self._filled)]

    def _inside(self, name: str) -> Connection[TupleRow]:
        url = make_url(self._admin_url).set(drivername="postgresql", database=name)
        return psycopg.connect(url.render_as_string(hide_password=False))


def _rename(admin: Connection[TupleRow], name: str, new: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new)))


def _rows(connection: Connection[TupleRow], table: str) -> object:
    """What is in a table; None if nothing is."""
    (rows,) = connection.execute(sql.SQL(_ROWS).format(sql.SQL(table))).fetchone() or (None,)
    return rows


def _size(connection: Connection[TupleRow]) -> int:
    (size,) = connection.execute(_SIZE).fetchone() or (0,)
    return int(size)

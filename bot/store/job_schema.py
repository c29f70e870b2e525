"""The job queue's own tables in PostgreSQL: which version of them a database has, and bringing them up to date.

procrastinate does not note which of its migrations were applied, so this is noted as a comment on its main table.
https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html
"""

from pathlib import Path
from typing import Final

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

_TABLE: Final = "procrastinate_jobs"


def newest() -> str:
    """The name of the newest migration that procrastinate brings."""
    return _migrations()[-1].name


def is_current(connection: Connection) -> bool:
    """Whether a database has the tables that this version needs. Only PostgreSQL needs any."""
    return connection.dialect.name != "postgresql" or _applied(connection) == newest()


def bring_up_to_date(connection: Connection) -> None:
    """Create the tables, or apply what is missing. Nothing on SQLite, where no jobs are shared."""
    if is_current(connection):
        return
    applied = _applied(connection)
    if applied is None:
        _run(connection, SchemaManager.get_schema())
    else:
        for script in _migrations():
            if script.name > applied:
                _run(connection, script.read_text(encoding="utf-8"))
    _run(connection, f"COMMENT ON TABLE {_TABLE} IS '{newest()}'")


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _applied(connection: Connection) -> str | None:
    """The newest migration that was applied; empty for tables of unknown age, None without tables."""
    query = "SELECT obj_description(to_regclass(:name), 'pg_class'), to_regclass(:name) IS NOT NULL"
    noted, is_there = connection.execute(text(query), {"name": _TABLE}).one()
    return None if not is_there else (noted or "")


def _run(connection: Connection, script: str) -> None:
    # Without parameters, so that a script may hold several statements and percent signs.
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})

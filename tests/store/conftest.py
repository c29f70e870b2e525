"""What the tests of backups share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Database, Postgres, sqlite_url
from tests.store.portability import NewDatabase, SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def new_database(
    sqlite_schema: Path, postgres: Postgres, postgres_schema: str, tmp_path: Path, database_numbers: Iterator[int]
) -> Iterator[NewDatabase]:
    """Makes databases with all tables and nothing in them."""
    made: list[str] = []

    def make(kind: Database) -> str:
        name = f"portable_{next(database_numbers)}"
        if kind is Database.SQLITE:
            shutil.copyfile(sqlite_schema, tmp_path / f"{name}.db")
            return sqlite_url(tmp_path / f"{name}.db")
        made.append(name)
        return postgres.create(name, postgres_schema)

    yield make
    for name in made:
        postgres.drop(name)

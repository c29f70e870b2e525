from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import ConfigError
from bot.store.engine import create_engine, sqlite_file
from tests.postgres import sqlite_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "holdfast.db",
        "sqlite:///holdfast.db",
        "postgres://bot:s3cret@db/holdfast",
        "postgresql://bot:s3cret@db/holdfast",
        "postgresql+asyncpg://bot:s3cret@db/holdfast",
        "mysql+aiomysql://bot:s3cret@db/holdfast",
        "postgresql+psycopg://bot:s3cret@db",
        "postgresql+psycopg://bot:s3cret@db:port/holdfast",
    ],
)
def test_an_unsupported_url_is_refused_with_those_that_are_and_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"sqlite\+aiosqlite:///.*postgresql\+psycopg://") as caught:
        create_engine(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///file::memory:?uri=true"],
)
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="forget all links"):
        create_engine(url)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"folder {tmp_path / 'nowhere'}"):
        create_engine(sqlite_url(tmp_path / "nowhere" / "holdfast.db"))


def test_the_file_of_a_sqlite_url_is_known(tmp_path: Path) -> None:
    assert sqlite_file(sqlite_url(tmp_path / "holdfast.db")) == tmp_path / "holdfast.db"
    assert sqlite_file("postgresql+psycopg://bot@db/holdfast") is None


async def test_limits_and_safeguards_are_in_force(engine: AsyncEngine) -> None:
    settings = (
        {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 1, "busy_timeout": 5000}
        if engine.dialect.name == "sqlite"
        else {"statement_timeout": "30s", "lock_timeout": "5s", "application_name": "holdfast"}
    )
    word = "PRAGMA" if engine.dialect.name == "sqlite" else "SHOW"
    async with engine.connect() as connection:
        for name, value in settings.items():
            assert await connection.scalar(text(f"{word} {name}")) == value

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import ContractEvidence, ProofKind
from bot.domain.errors import ConfigError, StoreBusyError
from bot.domain.guilds import GuildSettings
from bot.domain.ledger import Evidence, JournalEntry, RoleAction, RoleOutcome
from bot.domain.links import LinkEnd
from bot.domain.readings import UnknownReason
from bot.store import migrations
from bot.store.engine import EngineUse, create_engine
from bot.store.migrations import MigrationState, downgrade, state, upgrade
from bot.store.schema import METADATA, TABLES
from bot.store.store import SqlStore
from tests.postgres import Database, sqlite_url
from tests.store.samples import ALICE, GUILD, NOW, link, loopring

ROOT = Path(__file__).parents[2]
NEWEST = "0009"


async def execute(url: str, *statements: str) -> None:
    engine = create_engine(url, EngineUse.MIGRATE)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def shape(url: str) -> dict[str, object]:
    """Everything that a database tells about its tables."""

    def look(connection: Connection) -> dict[str, object]:
        inspector = inspect(connection)
        names = set(inspector.get_table_names()) - {"alembic_version"}
        return {name: shape_of(inspector, name) for name in names if not name.startswith("procrastinate_")}

    engine = create_engine(url, EngineUse.MIGRATE)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def shape_of(inspector: Inspector, table: str) -> object:
    columns = [
        (column["name"], str(column["type"]), column["nullable"], column["default"])
        for column in inspector.get_columns(table)
    ]
    parts = [
        inspector.get_pk_constraint(table),
        *inspector.get_foreign_keys(table),
        *inspector.get_unique_constraints(table),
        *inspector.get_check_constraints(table),
        *map(readable, inspector.get_indexes(table)),
    ]
    return columns, sorted(str(part) for part in parts)


def readable(index: ReflectedIndex) -> dict[str, object]:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


async def test_a_new_database_is_empty_then_current(empty_database_url: str) -> None:
    assert await state(empty_database_url) is MigrationState.EMPTY
    await upgrade(empty_database_url)
    assert await state(empty_database_url) is MigrationState.CURRENT


async def test_an_upgraded_database_can_be_used_and_upgraded_again(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    try:
        wallet_id = await link(SqlStore(engine), loopring(1), ALICE)
        await upgrade(empty_database_url)
        async with SqlStore(engine).unit() as unit:
            assert await unit.links.owners(wallet_id) == [ALICE]
    finally:
        await engine.dispose()


async def test_migrations_go_up_and_down_and_up(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    up = await shape(empty_database_url)
    await downgrade(empty_database_url, "base")
    assert await shape(empty_database_url) == {}
    assert await state(empty_database_url) is MigrationState.EMPTY
    await upgrade(empty_database_url)
    assert await shape(empty_database_url) == up


async def test_migrations_lead_to_exactly_the_tables_that_the_program_expects(
    database_url: str, empty_database_url: str
) -> None:
    engine = create_engine(empty_database_url, EngineUse.MIGRATE)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
    finally:
        await engine.dispose()
    migrated = await shape(database_url)
    assert migrated == await shape(empty_database_url)
    assert set(migrated) == {table.__tablename__ for table in TABLES} == set(METADATA.tables)


async def test_alembic_finds_nothing_to_add(database_url: str) -> None:
    config = Config(ROOT / "alembic.ini")
    engine = create_engine(database_url, EngineUse.MIGRATE)

    def check(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.check(config)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(check)
    finally:
        await engine.dispose()


def test_the_alembic_command_works_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_DATABASE__URL", sqlite_url(tmp_path / "holdfast.db"))
    printed = io.StringIO()
    config = Config(ROOT / "alembic.ini", stdout=printed)
    command.upgrade(config, "head")
    command.current(config)
    assert f"{NEWEST} (head)" in printed.getvalue()


async def test_the_job_queues_tables_are_left_alone(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        await execute(database_url, "CREATE TABLE procrastinate_jobs (id INTEGER PRIMARY KEY)")
    await test_alembic_finds_nothing_to_add(database_url)


@pytest.mark.parametrize("database", [Database.POSTGRESQL])
async def test_the_job_queues_tables_come_with_the_others(database_url: str) -> None:
    await execute(database_url, "DROP SCHEMA public CASCADE")
    await execute(database_url, "CREATE SCHEMA public")
    await upgrade(database_url)
    assert await state(database_url) is MigrationState.CURRENT
    await execute(database_url, "INSERT INTO procrastinate_workers DEFAULT VALUES")


@pytest.mark.parametrize("database", [Database.POSTGRESQL])
async def test_older_tables_of_the_job_queue_are_brought_up_to_date(database_url: str) -> None:
    await execute(
        database_url, "COMMENT ON TABLE procrastinate_jobs IS '03.04.00_01_pre_add_retry_failed_job_procedure.sql'"
    )
    assert await state(database_url) is MigrationState.BEHIND
    await upgrade(database_url)
    assert await state(database_url) is MigrationState.CURRENT


async def test_a_database_from_a_newer_version_is_recognised_and_left_alone(database_url: str) -> None:
    await execute(database_url, "UPDATE alembic_version SET version_num = 'from_the_future'")
    assert await state(database_url) is MigrationState.AHEAD
    with pytest.raises(ConfigError, match="newer version"):
        await upgrade(database_url)
    assert await state(database_url) is MigrationState.AHEAD


@contextmanager
def scripts_of_tomorrow(folder: Path, monkeypatch: pytest.MonkeyPatch, upgrade_steps: str) -> Iterator[None]:
    """The program's scripts and one more."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for script in [*(ROOT / "migrations").glob("*.py"), *(ROOT / "migrations/versions").glob("0*.py")]:
        (folder / script.relative_to(ROOT / "migrations")).write_text(script.read_text())
    (versions / "9999_tomorrow.py").write_text(
        f'revision = "9999"\ndown_revision = "{NEWEST}"\n\n\ndef upgrade():\n{upgrade_steps}\n'
    )
    monkeypatch.setattr(migrations, "SCRIPTS", folder)
    yield
    monkeypatch.undo()


ADD_COLUMN = """
    from alembic import op
    import sqlalchemy as sa
    with op.batch_alter_table("wallets", recreate="auto") as wallets:
        wallets.add_column(sa.Column("label", sa.Text(), nullable=True))
        wallets.alter_column("source", existing_type=sa.Text(), nullable=True)
"""


async def test_an_older_database_is_behind_and_keeps_its_rows_when_tables_are_rebuilt(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(database_url)
    try:
        wallet_id = await link(SqlStore(engine), loopring(1), ALICE)
        with scripts_of_tomorrow(tmp_path / "scripts", monkeypatch, ADD_COLUMN):
            assert await state(database_url) is MigrationState.BEHIND
            await upgrade(database_url)
            assert await state(database_url) is MigrationState.CURRENT
        assert await state(database_url) is MigrationState.AHEAD
        async with SqlStore(engine).unit() as unit:
            assert await unit.links.owners(wallet_id) == [ALICE]
    finally:
        await engine.dispose()


async def test_a_migration_that_fails_leaves_everything_as_it_was(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await shape(database_url)
    broken = f"{ADD_COLUMN}    raise ZeroDivisionError\n"
    with scripts_of_tomorrow(tmp_path / "scripts", monkeypatch, broken), pytest.raises(ZeroDivisionError):
        await upgrade(database_url)
    assert await shape(database_url) == before
    assert await state(database_url) is MigrationState.CURRENT


async def test_a_migration_that_would_leave_rows_without_their_wallet_is_undone(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database is not Database.SQLITE:
        pytest.skip("PostgreSQL watches foreign keys at all times")
    engine = create_engine(database_url)
    try:
        wallet_id = await link(SqlStore(engine), loopring(1), ALICE)
        careless = '    from alembic import op\n    op.execute("DELETE FROM wallets")\n'
        refused = pytest.raises(ConfigError, match="refer to missing rows")
        with scripts_of_tomorrow(tmp_path / "scripts", monkeypatch, careless), refused:
            await upgrade(database_url)
        async with SqlStore(engine).unit() as unit:
            assert await unit.links.owners(wallet_id) == [ALICE]
    finally:
        await engine.dispose()


async def test_the_rows_of_the_first_version_survive_the_way_up_and_down(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    try:
        wallet_id = await link(SqlStore(engine), loopring(1), ALICE)
        async with SqlStore(engine).unit() as unit:
            lost = await unit.wallets.ensure(loopring(2), NOW)
            await unit.links.add(lost.id, ALICE, GUILD, ProofKind.EIP_1271, NOW, ContractEvidence("ab" * 32, b"x"))
            ended = await unit.links.live(loopring(2))
            assert ended is not None
            await unit.links.end(ended.id, LinkEnd.RELEASED, NOW)
            await unit.audit.add(AuditLine(NOW, GUILD, None, AuditAction.WALLET_RELEASED, "0x…"))
        await engine.dispose()
        await downgrade(empty_database_url, "0001")
        assert await state(empty_database_url) is MigrationState.BEHIND
        await upgrade(empty_database_url)
        async with SqlStore(engine).unit() as unit:
            assert await unit.links.owners(wallet_id) == [ALICE]
            assert await unit.links.owners(lost.id) == []
            assert [line.action for line in await unit.audit.recent(GUILD, 9)] == [AuditAction.WALLET_UNLINKED]
    finally:
        await engine.dispose()


async def test_new_words_become_old_ones_on_the_way_down(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    line = JournalEntry(NOW, GUILD, ALICE, 7, RoleAction.ADOPT, RoleOutcome.DONE, Evidence("", note="adopted"))
    try:
        async with SqlStore(engine).unit() as unit:
            await unit.audit.add(AuditLine(NOW, GUILD, 42, AuditAction.REMOVALS_KEPT, "Holder"))
            await unit.journal.add(line)
            await unit.settings.save(GuildSettings(GUILD, log_channel_id=3, paused=True))
            wallet = await unit.wallets.ensure(loopring(1), NOW)
            await unit.wallets.save(replace(wallet, unknown=UnknownReason.STORE, unknown_since=NOW))
        await engine.dispose()
        await downgrade(empty_database_url, "0002")
        await upgrade(empty_database_url)
        async with SqlStore(engine).unit() as unit:
            assert [said.action for said in await unit.audit.recent(GUILD, 9)] == [AuditAction.SETTING_CHANGED]
            assert [said.action for said in await unit.journal.recent(GUILD, 9)] == [RoleAction.GIVE]
            assert await unit.settings.get(GUILD) == GuildSettings(GUILD, log_channel_id=3)
            known = await unit.wallets.get(wallet.id)
            assert known is not None
            assert known.unknown is UnknownReason.QUOTA
    finally:
        await engine.dispose()


async def test_processes_that_start_together_upgrade_once(empty_database_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_database_url) for _ in range(4)))
    assert await state(empty_database_url) is MigrationState.CURRENT


async def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    assert await state(sqlite_url(tmp_path / "holdfast.db")) is MigrationState.EMPTY
    assert not (tmp_path / "holdfast.db").exists()


async def test_a_database_that_is_away_cannot_be_migrated() -> None:
    with pytest.raises(StoreBusyError, match="cannot be reached"):
        await upgrade("postgresql+psycopg://holdfast@127.0.0.1:1/holdfast")

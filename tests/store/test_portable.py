"""Backups carry every row of every table from either database to either database."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.backups import back_up, bring_back
from bot.domain.audits import AuditAction
from bot.store.engine import EngineUse, create_engine
from bot.store.migrations import MigrationState, downgrade, state
from bot.store.models import LinkRow
from bot.store.schema import METADATA
from bot.store.store import SqlStore
from tests.postgres import Database
from tests.store.filling import fill
from tests.store.portability import (
    EITHER,
    NewDatabase,
    SetClock,
    fill_wildly,
    parsed,
    rows_of,
    settings_for,
    with_connection,
)
from tests.store.samples import ALICE, BOB, GUILD, NOW, OTHER_GUILD, link, loopring, terms


@pytest.mark.parametrize("source", EITHER)
@pytest.mark.parametrize("target", EITHER)
async def test_whatever_is_in_a_database_arrives_in_another(
    source: Database, target: Database, new_database: NewDatabase, tmp_path: Path, clock: SetClock
) -> None:
    old, new = new_database(source), new_database(target)
    await with_connection(old, fill_wildly)
    before = await rows_of(old)
    assert all(before.values()), "every table has a row"

    said = await back_up(settings_for(old), clock, tmp_path / "backup", overwriting=False)
    assert f"{sum(map(len, before.values())):,} rows" in said
    await bring_back(settings_for(new), clock, tmp_path / "backup", replacing=False)

    assert await rows_of(new) == before
    assert await rows_of(old) == before
    await back_up(settings_for(new), clock, tmp_path / "again", overwriting=False)
    assert parsed(tmp_path / "again") == parsed(tmp_path / "backup")


@pytest.mark.parametrize("source", EITHER)
@pytest.mark.parametrize("target", EITHER)
async def test_ids_that_were_handed_out_are_not_handed_out_again(
    source: Database, target: Database, new_database: NewDatabase, tmp_path: Path, clock: SetClock
) -> None:
    old, new = new_database(source), new_database(target)
    ids = await three_challenges(old, 1)
    await with_connection(old, lambda connection: connection.execute(METADATA.tables["challenges"].delete()))
    await three_challenges(new, 1)
    await three_challenges(new, 4)
    await back_up(settings_for(old), clock, tmp_path / "backup", overwriting=False)
    await bring_back(settings_for(new), clock, tmp_path / "backup", replacing=True)
    assert await three_challenges(new, 1) == [number + 3 for number in ids]


async def three_challenges(url: str, first: int) -> list[int]:
    engine = create_engine(url)
    try:
        async with SqlStore(engine).unit() as unit:
            nonces = [f"{number:032x}" for number in range(first, first + 3)]
            return [(await unit.challenges.add(terms(nonce), "sign me")).id for nonce in nonces]
    finally:
        await engine.dispose()


async def test_a_database_that_does_not_exist_yet_is_set_up(
    empty_database_url: str, new_database: NewDatabase, tmp_path: Path, clock: SetClock
) -> None:
    old = new_database(Database.SQLITE)
    await with_connection(old, lambda connection: fill(connection, ALICE, "mark"))
    await back_up(settings_for(old), clock, tmp_path / "backup", overwriting=False)
    await bring_back(settings_for(empty_database_url), clock, tmp_path / "backup", replacing=False)
    assert await state(empty_database_url) is MigrationState.CURRENT
    assert await rows_of(empty_database_url) == await rows_of(old)


@pytest.mark.parametrize("source", EITHER)
async def test_a_backup_of_an_older_version_is_brought_up_to_this_one(
    source: Database, database_url: str, new_database: NewDatabase, tmp_path: Path, clock: SetClock
) -> None:
    old = new_database(source)
    await with_connection(old, fill_configuration)
    await downgrade(old, "0001")
    await back_up(settings_for(old), clock, tmp_path / "backup", overwriting=False)
    await with_connection(database_url, lambda connection: fill(connection, BOB, "other"))
    await bring_back(settings_for(database_url), clock, tmp_path / "backup", replacing=True)
    assert await state(database_url) is MigrationState.CURRENT
    engine = create_engine(database_url)
    try:
        async with SqlStore(engine).unit() as unit:
            assert (await unit.settings.get(GUILD)).log_channel_id == 42
            assert [line.subject for line in await unit.audit.recent(GUILD, 9)] == ["Holder"]
    finally:
        await engine.dispose()


def fill_configuration(connection: Connection) -> None:
    connection.execute(
        METADATA.tables["guild_settings"].insert().values(guild_id=GUILD, log_channel_id=42, grace=None, paused=False)
    )
    connection.execute(
        METADATA.tables["audit_lines"]
        .insert()
        .values(
            at=NOW, guild_id=GUILD, actor_id=ALICE, action=AuditAction.RULE_ADDED, subject="Holder", before="", after=""
        )
    )


async def test_a_look_changes_nothing_and_sees_one_moment(store: SqlStore, database_url: str) -> None:
    await link(store, loopring(1), ALICE)
    engine = create_engine(database_url, EngineUse.LOOK)
    try:
        async with engine.connect() as connection:
            first = len((await connection.execute(select(LinkRow.id))).all())
            await link(store, loopring(2), ALICE, OTHER_GUILD)
            assert len((await connection.execute(select(LinkRow.id))).all()) == first == 1
    finally:
        await engine.dispose()

"""The list of places where people are, held against the schema and against what is left of somebody forgotten."""

import json

import pytest
from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.personal import PLACES, TABLES_OF_LINKS, Fate
from bot.store.personal_records import table_of
from bot.store.retention import STAYING
from bot.store.schema import METADATA
from bot.store.store import SqlStore
from tests.store.filling import ADDRESS, fill
from tests.store.samples import ALICE, BOB, GUILD, NOW

MARK = "verypersonal"
PSEUDONYM = -4711
NO_PERSON = frozenset(
    {
        "id",
        "guild_id",
        "role_id",
        "channel_id",
        "message_id",
        "log_channel_id",
        "notice_channel_id",
        "wallet_id",
        "challenge_id",
        "hold_id",
        "sweep_id",
        "undoes",
        "revision",
        "settled",
        "calls",
        "grace",
        "amount",
        "size",
    }
)
"""Names of numbers that are never a person's id."""
NOTHING_PERSONAL = frozenset(
    {
        "collections.items",
        "rules.role_name",
        "rules.expression",
        "rules.state_note",
        "notes.text",
        "pass_records.obstacle",
        "read_scopes.items",
        "wallets.source",
        "wallets.unknown_detail",
        "holdings.amount",
    }
)
"""Free texts, in rows that outlive their person, in which nobody is named."""
BY_HAND = frozenset({"journal.evidence"})
"""What `SqlPersonalRecords.forget` takes the wallets out of."""


def columns() -> list[tuple[Table, Column[object]]]:
    return [(table, column) for table in METADATA.sorted_tables for column in table.columns]


def places_of(table: Table) -> list[str]:
    return [place.column for place in PLACES if table_of(place.row) is table]


def goes_with_its_person(table: Table) -> bool:
    is_deleted = any(table_of(place.row) is table and place.fate is Fate.DELETED for place in PLACES)
    return is_deleted or table.name in TABLES_OF_LINKS


@pytest.mark.parametrize(("table", "column"), columns(), ids=[f"{table}.{column.name}" for table, column in columns()])
def test_every_column_that_could_hold_a_person_is_in_the_list(table: Table, column: Column[object]) -> None:
    kind = getattr(column.type, "impl_instance", column.type)
    if isinstance(kind, BigInteger) and column.name not in NO_PERSON:
        assert column.name in places_of(table), "add it to bot.store.personal.PLACES, or to NO_PERSON here"
    is_free_text = isinstance(kind, Text) or str(kind) == "JSON"
    if is_free_text and not goes_with_its_person(table):
        texts = {name for place in PLACES if table_of(place.row) is table for name in place.texts}
        known = column.name in texts or f"{table}.{column.name}" in NOTHING_PERSONAL | BY_HAND
        assert known, "may it name somebody? Then it is one of a place's `texts`; else add it to NOTHING_PERSONAL"


def test_the_list_names_only_what_there_is() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)
    for place in PLACES:
        names = set(table_of(place.row).columns.keys())
        assert {place.column, *place.secrets, *place.texts} <= names, place.name


async def everything(engine: AsyncEngine) -> str:
    """All that is in the database."""
    async with engine.connect() as connection:
        rows = [list(await connection.execute(table.select())) for table in METADATA.sorted_tables]
    return repr(rows)


async def test_nothing_is_left_of_somebody_who_was_in_every_place(store: SqlStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(fill, ALICE, MARK)
    before = await everything(engine)
    assert before.count(str(ALICE)) >= len(PLACES)
    async with store.unit() as unit:
        await unit.personal.forget(ALICE, PSEUDONYM)
    after = await everything(engine)
    assert str(ALICE) not in after
    assert "0x1234…abcd" not in after
    assert ADDRESS.text in before
    assert ADDRESS.text not in after
    left = [word for word in after.split() if MARK in word and word.strip("'\"(,") != MARK]
    assert left == []
    assert after.count(str(PSEUDONYM)) >= sum(place.fate is Fate.ANONYMOUS for place in PLACES)
    async with store.unit() as unit:
        assert not any((await unit.personal.of_user(ALICE)).values())


async def test_an_export_has_every_place_and_no_secret(store: SqlStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(fill, ALICE, MARK)
    async with store.unit() as unit:
        data = await unit.personal.of_user(ALICE)
        assert not any((await unit.personal.of_user(BOB)).values())
    assert json.loads(json.dumps(data)) == data
    assert set(data) == {place.name for place in PLACES} | set(TABLES_OF_LINKS)
    for place in PLACES:
        (row,) = data[place.name]
        assert row[place.column] == str(ALICE)
        assert not place.secrets & row.keys()


async def test_nothing_is_left_of_a_server_but_its_members_links(store: SqlStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(fill, ALICE, MARK)
    async with store.unit() as unit:
        while await unit.retention.forget_guild(GUILD):
            pass
    async with engine.connect() as connection:
        with_rows = {
            table.name
            for table in METADATA.sorted_tables
            if "guild_id" in table.columns
            and (await connection.execute(table.select().where(table.c.guild_id == GUILD))).first()
        }
    assert with_rows == STAYING - {"departures"}


async def test_nothing_old_is_left_after_pruning(store: SqlStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(fill, ALICE, MARK)
    async with store.unit() as unit:
        while await unit.retention.prune(NOW):
            pass
        assert len((await unit.personal.of_user(ALICE))["journal"]) == 1  # it is exactly as old as is kept
    async with store.unit() as unit:
        while await unit.retention.prune(NOW.replace(year=NOW.year + 1)):
            pass
        data = await unit.personal.of_user(ALICE)
    for kind in ("journal", "audit_lines", "sweeps", "links", "wallets", "holdings", "role_flips", "undo_steps"):
        assert data[kind] == [], kind

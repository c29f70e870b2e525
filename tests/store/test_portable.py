"""Backups carry every row of every table from either database to either database."""

import gzip
import hashlib
import json
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.backups import back_up, bring_back
from bot.config import Settings, load_settings
from bot.domain.audits import AuditAction
from bot.domain.errors import ConfigError
from bot.domain.guilds import GuildSettings
from bot.services.housekeeping import HEARTBEAT, LONGEST_SILENCE
from bot.store.engine import EngineUse, create_engine
from bot.store.migrations import MigrationState, downgrade, state
from bot.store.models import HoldingRow, LinkRow, NoteRow
from bot.store.portable import BackupError
from bot.store.schema import METADATA
from bot.store.store import SqlStore
from tests.postgres import Database, Postgres, sqlite_url
from tests.store.filling import fill
from tests.store.samples import ALICE, BOB, GUILD, NOW, OTHER_GUILD, link, loopring, terms

Rows = dict[str, list[tuple[object, ...]]]
NewDatabase = Callable[[Database], str]
EITHER = list(Database)


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


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


def settings_for(url: str) -> Settings:
    return load_settings(None, {"HOLDFAST_DATABASE__URL": url})


async def with_connection(url: str, work: Callable[[Connection], object]) -> None:
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


async def rows_of(url: str) -> Rows:
    """All rows of all tables, as the program sees them."""
    rows: Rows = {}

    def look(connection: Connection) -> None:
        for table in METADATA.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            rows[table.name] = sorted((tuple(row) for row in connection.execute(query)), key=str)

    await with_connection(url, look)
    return rows


def fill_wildly(connection: Connection) -> None:
    """Rows that are hard to carry: every kind of text, amounts beyond all machine words, times to the microsecond."""
    fill(connection, ALICE, "mark")
    chance = random.Random(5)
    wallet_id = connection.scalars(select(HoldingRow.wallet_id)).first()
    for number in range(1_200):
        text = "".join(chance.choice("aé\n\"\\'\u2028🙂\x7f,;=\t 0") for _ in range(chance.randrange(40)))
        connection.execute(METADATA.tables["notes"].insert().values(name=f"note {number}", text=text))
        connection.execute(
            METADATA.tables["holdings"].insert(),
            {"wallet_id": wallet_id, "asset": f"a{number}", "collection": None, "amount": chance.randrange(1, 2**200)},
        )
        if number % 100 == 0:
            connection.execute(
                METADATA.tables["audit_lines"].insert(),
                {
                    "id": 1_000 + number,
                    "at": NOW + timedelta(microseconds=number),
                    "guild_id": GUILD,
                    "actor_id": None,
                    "action": chance.choice(list(AuditAction)),
                    "subject": text,
                    "before": "",
                    "after": "null",
                },
            )
    connection.execute(METADATA.tables["links"].update().values(evidence_signature=bytes(range(256))))


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


def unpacked(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def pack(file: Path, *lines: bytes) -> None:
    file.write_bytes(gzip.compress(b"".join(lines)))


def hidden(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


def cut(file: Path, keep: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * keep)])


def parsed(file: Path) -> list[str]:
    """The lines of a backup but the last, which holds the checksum; rows of a table in any order."""
    return sorted(str(json.loads(line)) for line in unpacked(file)[:-1])


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


class TestTheFile:
    async def test_only_its_owner_can_read_it(self, database_url: str, tmp_path: Path, clock: SetClock) -> None:
        await back_up(settings_for(database_url), clock, tmp_path / "backup", overwriting=False)
        assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600

    async def test_a_file_that_is_there_is_not_replaced_unasked(
        self, database_url: str, tmp_path: Path, clock: SetClock
    ) -> None:
        file = tmp_path / "backup"
        file.write_text("mine")
        with pytest.raises(BackupError, match="--force"):
            await back_up(settings_for(database_url), clock, file, overwriting=False)
        assert file.read_text() == "mine"
        await back_up(settings_for(database_url), clock, file, overwriting=True)
        assert unpacked(file)[0].startswith(b'{"holdfast":"backup"')
        assert hidden(tmp_path) == []

    async def test_a_folder_that_does_not_exist_is_named(
        self, database_url: str, tmp_path: Path, clock: SetClock
    ) -> None:
        with pytest.raises(BackupError, match=r"nowhere.*cannot be written"):
            await back_up(settings_for(database_url), clock, tmp_path / "nowhere" / "backup", overwriting=False)

    async def test_a_database_that_was_never_set_up_is_not_backed_up(
        self, empty_database_url: str, tmp_path: Path, clock: SetClock
    ) -> None:
        with pytest.raises(BackupError, match="nothing to back up"):
            await back_up(settings_for(empty_database_url), clock, tmp_path / "backup", overwriting=False)
        assert not (tmp_path / "backup").exists()

    async def test_it_can_be_made_while_the_bot_writes(
        self, store: SqlStore, database_url: str, tmp_path: Path, clock: SetClock
    ) -> None:
        await link(store, loopring(1), ALICE)
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(GUILD, 42))
            await back_up(settings_for(database_url), clock, tmp_path / "backup", overwriting=False)
        rows = json.loads(unpacked(tmp_path / "backup")[-1])["rows"]
        assert (rows["links"], rows["guild_settings"]) == (1, 0)


class TestRestoring:
    @pytest.fixture
    async def backup(self, new_database: NewDatabase, tmp_path: Path, clock: SetClock) -> Path:
        url = new_database(Database.SQLITE)
        await with_connection(url, lambda connection: fill(connection, ALICE, "mark"))
        await back_up(settings_for(url), clock, tmp_path / "backup", overwriting=False)
        return tmp_path / "backup"

    async def test_a_database_that_is_not_empty_is_not_replaced_unasked(
        self, backup: Path, store: SqlStore, database_url: str, clock: SetClock
    ) -> None:
        await link(store, loopring(1), BOB)
        before = await rows_of(database_url)
        with pytest.raises(BackupError, match=r"not empty .*--force"):
            await bring_back(settings_for(database_url), clock, backup, replacing=False)
        assert await rows_of(database_url) == before
        await bring_back(settings_for(database_url), clock, backup, replacing=True)
        async with store.unit() as unit:
            assert await unit.links.live(loopring(1)) is None

    async def test_not_while_a_bot_is_at_work_even_if_asked(
        self, backup: Path, store: SqlStore, database_url: str, clock: SetClock
    ) -> None:
        async with store.unit() as unit:
            await unit.notes.set(HEARTBEAT, NOW.isoformat())
        with pytest.raises(BackupError, match="A bot is at work"):
            await bring_back(settings_for(database_url), clock, backup, replacing=True)
        clock.time = NOW + LONGEST_SILENCE + timedelta(seconds=1)
        await bring_back(settings_for(database_url), clock, backup, replacing=True)

    async def test_what_was_backed_up_of_a_running_bot_does_not_look_alive(
        self, store: SqlStore, database_url: str, new_database: NewDatabase, tmp_path: Path, clock: SetClock
    ) -> None:
        async with store.unit() as unit:
            await unit.notes.set(HEARTBEAT, NOW.isoformat())
            await unit.notes.set("other", "text")
        await back_up(settings_for(database_url), clock, tmp_path / "backup", overwriting=False)
        new = new_database(Database.SQLITE)
        await bring_back(settings_for(new), clock, tmp_path / "backup", replacing=False)
        assert (await rows_of(new))[NoteRow.__tablename__] == [("other", "text")]

    @pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
    async def test_a_file_that_was_cut_short_changes_nothing(
        self, backup: Path, keep: float, store: SqlStore, database_url: str, clock: SetClock
    ) -> None:
        await link(store, loopring(1), BOB)
        before = await rows_of(database_url)
        cut(backup, keep)
        with pytest.raises(BackupError, match=r"(?i)nothing was changed"):
            await bring_back(settings_for(database_url), clock, backup, replacing=True)
        assert await rows_of(database_url) == before

    async def test_a_file_whose_lines_were_changed_or_left_out_changes_nothing(
        self, backup: Path, store: SqlStore, database_url: str, clock: SetClock
    ) -> None:
        await link(store, loopring(1), BOB)
        before = await rows_of(database_url)
        lines = unpacked(backup)
        changed = [line.replace(str(ALICE).encode(), str(BOB).encode()) for line in lines]
        for wrong in (changed, lines[:5] + lines[6:], lines[:-1], [*lines, lines[1]], lines[1:], lines[-1:]):
            pack(backup, *wrong)
            with pytest.raises(BackupError, match=r"(?i)nothing was changed"):
                await bring_back(settings_for(database_url), clock, backup, replacing=True)
        assert await rows_of(database_url) == before

    async def test_rows_that_the_database_would_not_take_change_nothing(
        self, backup: Path, store: SqlStore, database_url: str, clock: SetClock
    ) -> None:
        await link(store, loopring(1), BOB)
        before = await rows_of(database_url)
        *lines, last = unpacked(backup)
        lines = [line.replace(b'"collection_added"', b'"invented"') for line in lines]
        end = {"rows": json.loads(last)["rows"], "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
        pack(backup, *lines, json.dumps(end).encode())
        with pytest.raises(BackupError, match="audit_lines"):
            await bring_back(settings_for(database_url), clock, backup, replacing=True)
        assert await rows_of(database_url) == before

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"hello", id="text"),
            pytest.param(gzip.compress(b"hello", mtime=0), id="packed text"),
            pytest.param(gzip.compress(b"[1]\n{}", mtime=0), id="packed, but no backup"),
        ],
    )
    async def test_any_other_file_is_refused(
        self, content: bytes, tmp_path: Path, database_url: str, clock: SetClock
    ) -> None:
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(BackupError, match=r"(?i)nothing was changed"):
            await bring_back(settings_for(database_url), clock, tmp_path / "other", replacing=True)

    async def test_a_file_that_is_not_there_is_named(self, tmp_path: Path, database_url: str, clock: SetClock) -> None:
        with pytest.raises(BackupError, match=r"nowhere cannot be read"):
            await bring_back(settings_for(database_url), clock, tmp_path / "nowhere", replacing=True)

    @pytest.mark.parametrize("change", [(b'"version":1', b'"version":2'), (b'"revision":"0', b'"revision":"9')])
    async def test_a_backup_of_a_newer_version_is_refused(
        self, change: tuple[bytes, bytes], backup: Path, database_url: str, clock: SetClock
    ) -> None:
        head, *rest = unpacked(backup)
        pack(backup, head.replace(*change), *rest)
        with pytest.raises(BackupError, match="newer version"):
            await bring_back(settings_for(database_url), clock, backup, replacing=True)

    async def test_a_database_of_a_newer_version_is_left_alone(
        self, backup: Path, database_url: str, clock: SetClock
    ) -> None:
        table = "UPDATE alembic_version SET version_num = '9999'"
        await with_connection(database_url, lambda connection: connection.exec_driver_sql(table))
        with pytest.raises(ConfigError, match="newer version"):
            await bring_back(settings_for(database_url), clock, backup, replacing=True)


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

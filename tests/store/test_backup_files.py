"""A backup is a file that anybody can read and nobody can damage unnoticed."""

import gzip
import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backups import back_up, bring_back
from bot.domain.errors import ConfigError
from bot.domain.guilds import GuildSettings
from bot.services.housekeeping import HEARTBEAT, LONGEST_SILENCE
from bot.store.models import NoteRow
from bot.store.portable import BackupError
from bot.store.store import SqlStore
from tests.postgres import Database
from tests.store.filling import fill
from tests.store.portability import (
    NewDatabase,
    SetClock,
    cut,
    hidden,
    pack,
    rows_of,
    settings_for,
    unpacked,
    with_connection,
)
from tests.store.samples import ALICE, BOB, GUILD, NOW, link, loopring


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

"""`holdfast backup` and `holdfast restore`: the whole database in one file, for both databases alike."""

import gzip
import os
import tempfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from bot.config import Settings
from bot.services.housekeeping import HEARTBEAT, LONGEST_SILENCE, Housekeeping
from bot.services.ports import Clock
from bot.services.signs_of_life import SIGN, SignsOfLife
from bot.store.engine import EngineUse, create_engine
from bot.store.failures import trouble_told
from bot.store.migrations import MigrationState, state
from bot.store.portable import BackupError, Contents, dump, restore
from bot.store.store import SqlStore

LINE_MAX: Final = 16 * 1024 * 1024
"""Bytes of one line of a backup; a row is far shorter."""


async def back_up(settings: Settings, clock: Clock, file: Path, *, overwriting: bool) -> str:
    """Write the database into a file that only its owner can read; returns what to tell the host.

    The bot may run meanwhile. Raise `BackupError` when the file is there already or cannot be written, `ConfigError`
    for a database that was never set up.
    """
    url = settings.database.url.get_secret_value()
    _check_free(file, overwriting=overwriting)
    if await state(url) is MigrationState.EMPTY:
        raise BackupError("The database is empty, so there is nothing to back up. Check database.url.")
    passing = await _passing_notes(url)
    engine = create_engine(url, EngineUse.LOOK)
    try:
        with trouble_told(), _whole_or_not_at_all(file, overwriting=overwriting) as raw:
            async with engine.connect() as connection:
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
                    # Nothing else happens in this process, so the file may be written right here.
                    contents = await connection.run_sync(dump, packed.write, clock.now(), passing)
    except OSError as error:
        raise BackupError(f"{file} cannot be written ({error.strerror or error}).") from None
    finally:
        await engine.dispose()
    return (
        f"{file} holds {_in_words(contents)}. It is as secret as the database: keep it where nobody else can read it."
    )


async def bring_back(settings: Settings, clock: Clock, file: Path, *, replacing: bool) -> str:
    """Put what a backup holds into the database, all of it or nothing; returns what to tell the host.

    Raise `BackupError` for a file that is no whole backup, while a bot is at work, and for a database that is not
    empty, unless `replacing`; `ConfigError` for a database of a newer version.
    """
    url = settings.database.url.get_secret_value()
    await _check_nobody_is_at_work(url, clock)
    engine = create_engine(url, EngineUse.MIGRATE)
    try:
        with trouble_told(), file.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as packed:
            async with engine.begin() as connection:
                contents = await connection.run_sync(restore, _lines(packed), replacing=replacing)
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror or error}). Nothing was changed.") from None
    finally:
        await engine.dispose()
    return (
        f"The database now holds {_in_words(contents)}, as they were on {contents.made_at:%Y-%m-%d at %H:%M} UTC. "
        "Start the bot again."
    )


async def _check_nobody_is_at_work(url: str, clock: Clock) -> None:
    if await state(url) is MigrationState.EMPTY:
        return
    engine = create_engine(url)
    try:
        beats = [sign.at for sign in await SignsOfLife(SqlStore(engine), clock).seen()]
        at_work = await Housekeeping(SqlStore(engine), clock).last_beat()
    finally:
        await engine.dispose()
    beat = max(beats + ([] if at_work is None else [at_work]), default=None)
    if beat is not None and clock.now() - beat <= LONGEST_SILENCE:
        raise BackupError(
            f"A bot is at work on this database: last seen {beat:%H:%M:%S} UTC. Nothing was changed. Stop it, wait "
            f"until {beat + LONGEST_SILENCE:%H:%M:%S} UTC, and restore again."
        )


async def _passing_notes(url: str) -> Collection[str]:
    """The names of the notes that say nothing in another database: who is alive in this one."""
    engine = create_engine(url, EngineUse.LOOK)
    try:
        async with SqlStore(engine).unit() as unit:
            return {HEARTBEAT, *await unit.notes.starting_with(SIGN)}
    finally:
        await engine.dispose()


def _check_free(file: Path, *, overwriting: bool) -> None:
    if file.is_dir():
        raise BackupError(f"{file} is a folder. Name a file.")
    if file.exists() and not overwriting:
        raise BackupError(f"{file} is there already, so nothing was written. Use --force to replace it.")


def _lines(packed: gzip.GzipFile) -> Iterator[bytes]:
    """Yield the lines of a packed file. Raise `BackupError` for one that is not packed, or not whole."""
    try:
        while line := packed.readline(LINE_MAX):
            yield line
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BackupError(
            "The file is no backup, or it is damaged or was cut short. It was not used, and nothing was changed."
        ) from None


@contextmanager
def _whole_or_not_at_all(file: Path, *, overwriting: bool) -> Iterator[IO[bytes]]:
    """Open a file for its owner only; it appears under its name once it is written and on the disk."""
    unfinished, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.absolute().parent)  # with mode 0600
    try:
        with os.fdopen(unfinished, "wb") as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        _check_free(file, overwriting=overwriting)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)


def _in_words(contents: Contents) -> str:
    tables = sum(1 for count in contents.rows.values() if count)
    rows = sum(contents.rows.values())
    return f"{rows:,} {'row' if rows == 1 else 'rows'} of {tables} {'table' if tables == 1 else 'tables'}"

"""The sign of life of a process, and `holdfast health` that asks for it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot import hosting
from bot.backups import back_up, bring_back
from bot.config import Settings, load_settings
from bot.domain.errors import StoreBusyError
from bot.process_work import ProcessWork, this_process
from bot.providers.clock import SystemClock
from bot.services.signs_of_life import Process, ProcessKind, SignsOfLife
from bot.store.portable import BackupError
from bot.store.store import SqlStore
from tests.e2e.acting import LeapClock, eventually


class NoJobs:
    """Jobs that only count how often they are started and stopped."""

    def __init__(self) -> None:
        self.started = self.stopped = 0

    def start(self) -> None:
        self.started += 1

    async def stop(self) -> None:
        self.stopped += 1


@pytest.fixture(autouse=True)
def _unhurried_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.process_work._LOOK_EVERY", 0.01)
    monkeypatch.setattr("bot.process_work._LAST_SECONDS", 60.0)


@pytest.fixture
def signs(store: SqlStore) -> SignsOfLife:
    return SignsOfLife(store, SystemClock())


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(None, {"HOLDFAST_DATABASE__URL": database_url})


async def test_who_does_jobs_shows_that_it_lives_until_it_ends(signs: SignsOfLife) -> None:
    jobs = NoJobs()
    work = ProcessWork(jobs, signs, lambda: True, ProcessKind.WORKER)
    work.start()
    await is_seen(signs, this_process(ProcessKind.WORKER, does_jobs=True))
    await work.stop()
    assert await signs.seen() == []
    assert (jobs.started, jobs.stopped) == (1, 1)


async def test_who_leaves_the_jobs_to_others_shows_only_that_it_is_there(signs: SignsOfLife) -> None:
    jobs = NoJobs()
    work = ProcessWork(jobs, signs, lambda: True, ProcessKind.RUN)
    work.attend(ProcessKind.WEB)
    await is_seen(signs, this_process(ProcessKind.WEB, does_jobs=False))
    await work.stop()
    await work.stop()
    assert await signs.seen() == []
    assert jobs.started == 0


async def test_nothing_is_shown_before_the_process_is_well(signs: SignsOfLife) -> None:
    looks: list[bool] = [False, False, False, True]
    asked: list[int] = []

    def is_well() -> bool:
        asked.append(len(asked))
        return looks[min(len(asked), len(looks)) - 1]

    work = ProcessWork(NoJobs(), signs, is_well, ProcessKind.WORKER)
    work.start()
    await is_seen(signs, this_process(ProcessKind.WORKER, does_jobs=True))
    assert len(asked) >= len(looks)
    await work.stop()


async def test_a_database_that_was_away_is_asked_again(signs: SignsOfLife, monkeypatch: pytest.MonkeyPatch) -> None:
    show, failures = signs.show, [StoreBusyError("away"), ValueError("a fault")]

    async def show_at_last(process: Process) -> None:
        if failures:
            raise failures.pop()
        await show(process)

    monkeypatch.setattr(signs, "show", show_at_last)
    work = ProcessWork(NoJobs(), signs, lambda: True, ProcessKind.WORKER)
    work.start()
    await is_seen(signs, this_process(ProcessKind.WORKER, does_jobs=True))
    await work.stop()


async def is_seen(signs: SignsOfLife, process: Process) -> None:
    async def shown() -> bool:
        return process in [sign.process for sign in await signs.seen()]

    await eventually(shown)


class TestHealth:
    async def test_of_a_process_is_its_own(
        self, settings: Settings, signs: SignsOfLife, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await signs.show(this_process(ProcessKind.WORKER, does_jobs=True))
        assert await hosting.health(settings, SystemClock(), ProcessKind.WORKER) == 0
        assert "`holdfast worker` is well: last seen" in capsys.readouterr().out
        assert await hosting.health(settings, SystemClock(), ProcessKind.WEB) == 1
        assert "No `holdfast web` is well on this machine" in capsys.readouterr().out

    async def test_of_a_process_on_another_machine_says_nothing_about_this_one(
        self, settings: Settings, signs: SignsOfLife
    ) -> None:
        await signs.show(Process(ProcessKind.WORKER, "another", 1, does_jobs=True))
        assert await hosting.health(settings, SystemClock(), ProcessKind.WORKER) == 1

    async def test_of_a_process_that_fell_silent_is_bad(self, settings: Settings, signs: SignsOfLife) -> None:
        await signs.show(this_process(ProcessKind.RUN, does_jobs=True))
        later = LeapClock()
        later.leap(timedelta(minutes=2))
        assert await hosting.health(settings, later, ProcessKind.RUN) == 1

    async def test_without_a_kind_it_is_about_the_jobs_of_this_database(
        self, settings: Settings, signs: SignsOfLife, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await signs.show(this_process(ProcessKind.RUN, does_jobs=False))
        assert await hosting.health(settings, SystemClock()) == 1
        assert capsys.readouterr().out == "The bot is not at work.\n"


class TestBackups:
    async def test_a_backup_is_not_restored_below_a_process_that_lives(
        self, settings: Settings, signs: SignsOfLife, tmp_path: Path
    ) -> None:
        page = this_process(ProcessKind.WEB, does_jobs=False)
        await signs.show(page)
        await back_up(settings, SystemClock(), tmp_path / "backup", overwriting=False)
        with pytest.raises(BackupError, match="A bot is at work on this database"):
            await bring_back(settings, SystemClock(), tmp_path / "backup", replacing=True)
        await signs.withdraw(page)
        await bring_back(settings, SystemClock(), tmp_path / "backup", replacing=True)
        assert await signs.seen() == [], "a process that was alive when the backup was made seems to be so again"

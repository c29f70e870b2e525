"""What the doctor says of the work that processes share, and of a page that another process serves."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import load_settings
from bot.host_checks import work_checks
from bot.host_checks.web import check_port
from bot.host_checks.work import check_work
from bot.providers.clock import SystemClock
from bot.services.doctor import CheckResult, CheckStatus
from bot.services.signs_of_life import Process, ProcessKind, SignsOfLife
from bot.store.store import SqlStore
from tests.postgres import Database, sqlite_url
from tests.web.acting import free_port, web_settings

BOT = Process(ProcessKind.RUN, "one", 1, does_jobs=False)
WORKER = Process(ProcessKind.WORKER, "two", 1, does_jobs=True)
OTHER_WORKER = Process(ProcessKind.WORKER, "three", 1, does_jobs=True)
PAGE = Process(ProcessKind.WEB, "four", 1, does_jobs=False)


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


@pytest.fixture
def signs(store: SqlStore) -> SignsOfLife:
    return SignsOfLife(store, SystemClock())


async def checked(store: SqlStore, signs: SignsOfLife) -> CheckResult:
    """The one finding about the work."""
    (result,) = await check_work(store, signs, SystemClock())
    assert result.label == "Background work"
    assert bool(result.fix) is (result.status is not CheckStatus.GOOD)
    return result


async def add_job(engine: AsyncEngine, name: str, waiting_for: timedelta, *, is_running: bool = False) -> None:
    """Have a job in the queue as procrastinate has it."""
    insert = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status) "
        "VALUES ('jobs', :name, :lock, CAST(:status AS procrastinate_job_status)) RETURNING id"
    )
    status = "doing" if is_running else "todo"
    async with engine.begin() as connection:
        job = await connection.scalar(text(insert), {"name": name, "lock": f"job:{name}", "status": status})
        await connection.execute(
            text("UPDATE procrastinate_events SET at = :at WHERE job_id = :job AND type = 'deferred'"),
            {"at": datetime.now(UTC) - waiting_for, "job": job},
        )


async def test_where_nobody_lives_the_sign_of_life_says_enough(store: SqlStore, signs: SignsOfLife) -> None:
    assert await check_work(store, signs, SystemClock()) == ()


async def test_a_bot_that_leaves_the_work_to_nobody_is_bad(store: SqlStore, signs: SignsOfLife) -> None:
    await signs.show(BOT)
    await signs.show(PAGE)
    result = await checked(store, signs)
    assert result.status is CheckStatus.BAD
    assert "no process that does jobs is alive" in result.reason
    assert "start `holdfast worker`" in result.fix


async def test_it_says_how_many_do_the_work(store: SqlStore, signs: SignsOfLife) -> None:
    await signs.show(BOT)
    await signs.show(WORKER)
    assert (await checked(store, signs)).reason == "1 process does it."
    await signs.show(OTHER_WORKER)
    result = await checked(store, signs)
    assert (result.status, result.reason) == (CheckStatus.GOOD, "2 processes do it.")


async def test_jobs_that_wait_for_long_are_worth_a_look(
    store: SqlStore, signs: SignsOfLife, engine: AsyncEngine
) -> None:
    await signs.show(WORKER)
    await add_job(engine, "reconcile", timedelta(seconds=20))
    assert (await checked(store, signs)).status is CheckStatus.GOOD
    await add_job(engine, "audit", timedelta(minutes=6))
    result = await checked(store, signs)
    assert result.status is CheckStatus.WARNING
    assert "1 process does it, but 2 jobs wait, the first since <t:" in result.reason
    assert "start more of them" in result.fix


async def test_the_next_turn_of_a_job_that_is_being_done_may_wait(
    store: SqlStore, signs: SignsOfLife, engine: AsyncEngine
) -> None:
    await signs.show(WORKER)
    await add_job(engine, "reconcile", timedelta(minutes=20), is_running=True)
    await add_job(engine, "reconcile", timedelta(minutes=19))
    assert (await checked(store, signs)).status is CheckStatus.GOOD


async def test_where_each_process_does_its_own_jobs_there_is_nothing_to_check(
    store: SqlStore, signs: SignsOfLife
) -> None:
    assert work_checks(load_settings(None, {}), store, signs, SystemClock()) == ()


def settings(port: int, url: str) -> Mapping[str, str]:
    return {**web_settings(port), "HOLDFAST_DATABASE__URL": url}


async def test_a_page_that_another_process_serves_need_not_answer_here(signs: SignsOfLife, database_url: str) -> None:
    web = load_settings(None, settings(free_port(), database_url)).web
    (alone,) = await check_port(web, database_url, signs)
    assert "Nobody listens" in alone.reason
    await signs.show(PAGE)
    (result,) = await check_port(web, database_url, signs)
    assert result.status is CheckStatus.GOOD
    assert result.reason.startswith("`holdfast web` serves the page, last seen <t:")


async def test_a_database_without_tables_tells_nothing_of_pages(signs: SignsOfLife, tmp_path: Path) -> None:
    web = load_settings(None, web_settings(free_port())).web
    (result,) = await check_port(web, sqlite_url(tmp_path / "empty.db"), signs)
    assert "Nobody listens" in result.reason

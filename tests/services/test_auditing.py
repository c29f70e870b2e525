"""Announcing audit lines from the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.guilds import GuildSettings
from bot.domain.posts import PostButton
from bot.services.auditing import GAP_PATIENCE, LINES_PER_PASS, NEWS, POST_MAX, Auditing, unbroken
from bot.services.guild_log import GuildLog
from bot.store.guild_models import AuditRow
from bot.store.store import SqlStore
from tests.store.samples import ALICE, GUILD, MINUTE, NOW, OTHER_GUILD

LOG, OTHER_LOG = 42, 43


class Noticeboard:
    """A gateway that only posts."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, str]] = []
        self.breaks_after: int | None = None

    async def post(self, channel_id: int, text: str, buttons: Sequence[PostButton] = ()) -> bool:
        if self.breaks_after is not None and len(self.posts) >= self.breaks_after:
            raise ConnectionError("the process dies here")
        self.posts.append((channel_id, text))
        return True


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def board() -> Noticeboard:
    return Noticeboard()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def auditing(store: SqlStore, board: Noticeboard, clock: SetClock) -> Auditing:
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, LOG))
        await unit.settings.save(GuildSettings(OTHER_GUILD, OTHER_LOG))
    guild_log = GuildLog(store, board)  # type: ignore[arg-type]  # nothing but posts is asked of it
    return Auditing(store, guild_log, clock, lambda line: line.subject)


async def write(
    store: SqlStore,
    *subjects: str,
    at: datetime = NOW,
    guild_id: int = GUILD,
    action: AuditAction = AuditAction.RULE_ADDED,
) -> None:
    for subject in subjects:
        async with store.unit() as unit:
            await unit.audit.add(AuditLine(at, guild_id, ALICE, action, subject))


async def write_and_fail(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.audit.add(AuditLine(NOW, GUILD, ALICE, AuditAction.RULE_ADDED, "never was"))
        raise ZeroDivisionError


async def announce_all(auditing: Auditing) -> None:
    while await auditing.announce():
        pass


async def test_new_lines_are_told_once_to_their_own_server(
    auditing: Auditing, store: SqlStore, board: Noticeboard
) -> None:
    await write(store, "one", "two")
    await write(store, "elsewhere", guild_id=OTHER_GUILD)
    await announce_all(auditing)
    assert sorted(board.posts) == [(LOG, "one\ntwo"), (OTHER_LOG, "elsewhere")]
    await announce_all(auditing)
    await write(store, "three")
    await announce_all(auditing)
    assert board.posts[2:] == [(LOG, "three")]


async def test_members_own_business_is_neither_told_nor_listed(
    auditing: Auditing, store: SqlStore, board: Noticeboard
) -> None:
    await write(store, "mine", action=AuditAction.WALLET_LINKED)
    await write(store, "ours")
    await announce_all(auditing)
    assert board.posts == [(LOG, "ours")]
    assert [line.subject for line in await auditing.recent(GUILD)] == ["ours"]


async def test_what_was_changed_long_before_the_first_announcement_is_history(
    auditing: Auditing, store: SqlStore, board: Noticeboard
) -> None:
    await write(store, "old", at=NOW - NEWS - MINUTE)
    await write(store, "new", at=NOW - MINUTE)
    await announce_all(auditing)
    assert board.posts == [(LOG, "new")]


async def test_a_change_that_was_undone_is_not_told(auditing: Auditing, store: SqlStore, board: Noticeboard) -> None:
    with pytest.raises(ZeroDivisionError):
        await write_and_fail(store)
    await announce_all(auditing)
    assert board.posts == []


async def test_a_crash_between_the_posts_and_their_note_forgets_no_line(
    auditing: Auditing, store: SqlStore, board: Noticeboard
) -> None:
    await write(store, "one")
    await announce_all(auditing)
    await write(store, "two")
    await write(store, "elsewhere", guild_id=OTHER_GUILD)
    board.breaks_after = 2
    with pytest.raises(ConnectionError):
        await announce_all(auditing)
    board.breaks_after = None
    await announce_all(auditing)
    assert {(LOG, "two"), (OTHER_LOG, "elsewhere")} <= set(board.posts)


async def test_many_lines_come_in_posts_that_fit_and_in_order(
    auditing: Auditing, store: SqlStore, board: Noticeboard
) -> None:
    subjects = [f"{number:03} " + "x" * 300 for number in range(LINES_PER_PASS + 20)]
    async with store.unit() as unit:
        for subject in subjects:
            await unit.audit.add(AuditLine(NOW, GUILD, ALICE, AuditAction.RULE_ADDED, subject))
    await announce_all(auditing)
    assert all(len(text) <= POST_MAX for _, text in board.posts)
    assert "\n".join(text for _, text in board.posts).split("\n") == subjects


async def test_a_line_whose_unit_is_still_open_is_waited_for(
    auditing: Auditing, store: SqlStore, board: Noticeboard, clock: SetClock
) -> None:
    await write(store, "one")
    await announce_all(auditing)
    if await _opens_a_gap(store):  # SQLite has one writer at a time, and so no such gaps
        await write(store, "three")
        await announce_all(auditing)
        assert board.posts == [(LOG, "one")]
        clock.time = NOW + GAP_PATIENCE
        await announce_all(auditing)
        assert board.posts == [(LOG, "one"), (LOG, "three")]


async def _opens_a_gap(store: SqlStore) -> bool:
    """Take a number without ever using it; False where the database hands it out again."""
    with pytest.raises(ZeroDivisionError):
        await write_and_fail(store)
    await write(store, "probe", guild_id=7, action=AuditAction.WALLET_LINKED)
    async with store.unit() as unit:
        numbers = [number for number, _ in await unit.audit.after(0, 10)]
    return numbers != list(range(1, len(numbers) + 1))


def test_lines_are_unbroken_up_to_the_first_young_gap() -> None:
    def lines(*numbers: int, age: timedelta) -> list[tuple[int, AuditLine]]:
        return [(n, AuditLine(NOW - age, GUILD, ALICE, AuditAction.RULE_ADDED, "")) for n in numbers]

    young, old = timedelta(seconds=1), GAP_PATIENCE
    assert len(unbroken(lines(6, 7, 9, 10, age=young), 5, NOW)) == 2
    assert len(unbroken(lines(7, 8, age=young), 5, NOW)) == 0
    assert len(unbroken(lines(7, 9, age=old), 5, NOW)) == 2
    assert unbroken([], 5, NOW) == []


async def test_the_deletion_of_a_line_that_was_told_hides_no_later_one(
    auditing: Auditing, store: SqlStore, engine: AsyncEngine, board: Noticeboard, clock: SetClock
) -> None:
    await write(store, "one", "two")
    await announce_all(auditing)
    async with engine.begin() as connection:
        await connection.execute(delete(AuditRow))
    clock.time = NOW + NEWS + MINUTE
    await write(store, "three", at=clock.time)
    await announce_all(auditing)
    clock.time += GAP_PATIENCE
    await announce_all(auditing)
    assert board.posts == [(LOG, "one\ntwo"), (LOG, "three")]

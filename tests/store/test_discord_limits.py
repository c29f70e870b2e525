"""Discord's limits as processes on one database share them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import StoreBusyError
from bot.domain.urgency import Urgency
from bot.store.discord_limits import DiscordLimits, limits_of
from bot.store.engine import create_engine
from tests.postgres import Database

GUILD = 1
LANE = "ONE_ROLE"
LONG = 1_000.0
"""Seconds; no test takes so long."""


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[tuple[DiscordLimits, DiscordLimits]]:
    """Those of two processes."""
    async with AsyncExitStack() as ending:
        both = []
        for _ in range(2):
            engine = create_engine(database_url)
            ending.push_async_callback(engine.dispose)
            both.append(DiscordLimits(engine))
        yield both[0], both[1]


async def test_processes_take_turns_one_after_the_other(two: tuple[DiscordLimits, DiscordLimits]) -> None:
    begins_in = sorted(await asyncio.gather(*(limits.next_turns(1, 2.0, burst=1) for limits in two * 2)))
    for number, each in enumerate(begins_in, start=-1):
        assert each == pytest.approx(2.0 * number, abs=0.9)


async def test_after_a_pause_a_few_are_due_at_once(two: tuple[DiscordLimits, DiscordLimits]) -> None:
    assert await two[0].next_turns(5, LONG, burst=5) <= -4 * LONG
    assert await two[1].next_turns(1, LONG, burst=5) > -LONG


async def test_a_clock_that_went_back_stops_nobody_for_long(
    engine: AsyncEngine, two: tuple[DiscordLimits, DiscordLimits]
) -> None:
    await two[0].next_turns(1, 0.01, burst=1)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE provider_paces SET free_at = now() + interval '1 day'"))
    assert await two[0].next_turns(1, 0.01, burst=1) <= 10


async def test_what_one_process_learns_of_a_server_the_other_one_knows(
    two: tuple[DiscordLimits, DiscordLimits],
) -> None:
    here, there = two
    assert await here.ask(GUILD, LANE, Urgency.PERSON) == 0
    await here.tell(GUILD, LANE, (3, 2, LONG))
    assert await there.ask(GUILD, LANE, Urgency.PERSON) == 0
    assert await here.ask(GUILD, LANE, Urgency.PERSON) == 0
    assert await there.ask(GUILD, LANE, Urgency.PERSON) > LONG / 2
    assert await there.ask(GUILD, "ROLE_LIST", Urgency.PERSON) == 0, "another limit"
    assert await there.ask(2, LANE, Urgency.PERSON) == 0, "another server"


async def test_of_many_who_ask_together_no_more_go_than_there_is_room_for(
    two: tuple[DiscordLimits, DiscordLimits],
) -> None:
    await two[0].ask(GUILD, LANE, Urgency.PERSON)
    await two[0].tell(GUILD, LANE, (10, 9, LONG))
    waits = await asyncio.gather(*(limits.ask(GUILD, LANE, Urgency.PERSON) for limits in two * 10))
    assert waits.count(0) == 9


async def test_servers_that_are_not_written_to_any_more_are_forgotten(
    engine: AsyncEngine, two: tuple[DiscordLimits, DiscordLimits]
) -> None:
    await two[0].ask(GUILD, LANE, Urgency.PERSON)
    await two[0].tell(GUILD, LANE, (10, 9, LONG))
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO notes (name, text) VALUES ('room:7:OLD', '0000000001.000 10 1 10 0')")
        )
    await two[0].ask(2, LANE, Urgency.PERSON)
    async with engine.begin() as connection:
        names = (await connection.scalars(text("SELECT name FROM notes WHERE name LIKE 'room:%' ORDER BY name"))).all()
    assert names == [f"room:{GUILD}:{LANE}", f"room:2:{LANE}"]


async def test_a_database_that_is_away_is_told_as_such() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    limits = limits_of(engine)
    assert limits is not None
    with pytest.raises(StoreBusyError):
        await limits.next_turns(1, 1.0, burst=1)
    with pytest.raises(StoreBusyError):
        await limits.ask(GUILD, LANE, Urgency.PERSON)
    with pytest.raises(StoreBusyError):
        await limits.tell(GUILD, LANE, None)
    await engine.dispose()


async def test_sqlite_is_one_process_which_has_all_to_itself() -> None:
    engine = create_engine("sqlite+aiosqlite:///unused.db")
    assert limits_of(engine) is None
    await engine.dispose()

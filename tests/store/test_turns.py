import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import StoreBusyError
from bot.store.engine import create_engine
from bot.store.turns import LocalTurns, PostgresTurns, turns_of
from tests.postgres import Database, Postgres

Turns = LocalTurns | PostgresTurns


@pytest.fixture
async def two(database: Database, database_url: str) -> AsyncIterator[tuple[Turns, Turns]]:
    """Two that share an installation: the same turns on SQLite, those of two processes on PostgreSQL."""
    if database is Database.SQLITE:
        turns = LocalTurns()
        yield turns, turns
        return
    async with AsyncExitStack() as ending:
        both = []
        for _ in range(2):
            engine = create_engine(database_url)
            ending.push_async_callback(engine.dispose)
            both.append(PostgresTurns(engine))
            ending.push_async_callback(both[-1].close)
        yield both[0], both[1]


async def test_a_turn_is_waited_for(two: tuple[Turns, Turns]) -> None:
    here, there = two
    order: list[str] = []

    async def second() -> None:
        async with there.of("wallets"):
            order.append("second")

    async with here.of("wallets"):
        waiting = asyncio.create_task(second())
        async with there.of("members"):  # another name is free
            order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_a_turn_that_is_taken_is_not_tried_for(two: tuple[Turns, Turns]) -> None:
    here, there = two
    async with here.attempt("wallets") as mine, there.attempt("wallets") as theirs:
        assert (mine, theirs) == (True, False)
    async with there.attempt("wallets") as theirs:
        assert theirs


async def test_several_turns_are_taken_together(two: tuple[Turns, Turns]) -> None:
    here, there = two
    async with (
        here.of("a", "b"),
        there.attempt("a") as first,
        there.attempt("b") as second,
        there.attempt("c") as third,
    ):
        assert (first, second, third) == (False, False, True)


async def test_who_fails_in_a_turn_gives_it_back(two: tuple[Turns, Turns]) -> None:
    here, there = two
    with pytest.raises(RuntimeError):
        async with here.of("wallets"):
            raise RuntimeError
    async with there.attempt("wallets") as theirs:
        assert theirs


async def test_who_is_cut_short_while_waiting_leaves_everybody_elses_turns_alone(two: tuple[Turns, Turns]) -> None:
    here, there = two
    async with here.of("wallets"), there.of("members"):
        for _ in range(5):
            async with AsyncExitStack() as stack:
                waiting = asyncio.create_task(stack.enter_async_context(there.of("wallets")))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.wait({waiting})
        async with here.attempt("members") as mine:
            assert not mine
    async with there.attempt("wallets") as theirs:
        assert theirs


async def test_a_process_that_dies_leaves_nothing_behind(postgres: Postgres, postgres_engine: AsyncEngine) -> None:
    dead, alive = PostgresTurns(postgres_engine), PostgresTurns(postgres_engine)
    async with dead.of("wallets"):
        await _end_all_sessions(postgres_engine)
        async with asyncio.timeout(10), alive.of("wallets"):
            pass
    async with dead.attempt("wallets") as again:
        assert again
    await dead.close()
    await alive.close()


async def test_a_database_that_is_away_is_told_as_such() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    turns = turns_of(engine)
    assert isinstance(turns, PostgresTurns)
    with pytest.raises(StoreBusyError):
        async with turns.attempt("wallets"):
            pass
    await turns.close()
    await engine.dispose()


@pytest.fixture
async def postgres_engine(postgres: Postgres, postgres_schema: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(postgres.create("turns", postgres_schema))
    yield engine
    await engine.dispose()
    postgres.drop("turns")


async def _end_all_sessions(engine: AsyncEngine) -> None:
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    async with engine.connect() as connection:
        await connection.execute(text(query + "pg_backend_pid()"))

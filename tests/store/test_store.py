import asyncio
import gc
import random
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from bot.domain.errors import StoreBusyError
from bot.domain.guilds import GuildSettings
from bot.services.ports import Store
from bot.store.store import SqlStore
from tests.store.samples import ALICE, GUILD, NOW, link, loopring, terms

ROOT = Path(__file__).parents[2]
OpenStore = Callable[[str], SqlStore]


async def test_a_unit_is_all_that_services_ask_for(store: SqlStore) -> None:
    as_services_see_it: Store = store
    async with as_services_see_it.unit() as unit:
        assert not await unit.links.of_user(ALICE)


async def test_a_unit_that_ends_is_kept(store: SqlStore, database_url: str, open_store: OpenStore) -> None:
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, 42))
    async with open_store(database_url).unit() as unit:
        assert await unit.settings.get(GUILD) == GuildSettings(GUILD, 42)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, asyncio.CancelledError])
async def test_a_unit_that_fails_leaves_nothing_behind(store: SqlStore, error: type[BaseException]) -> None:
    async def fail() -> None:
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(GUILD, 42))
            await unit.challenges.add(terms(), "sign me")
            raise error

    with pytest.raises(error):
        await fail()
    async with store.unit() as unit:
        assert await unit.settings.get(GUILD) == GuildSettings(GUILD)
        assert await unit.challenges.open_count(ALICE, NOW) == 0


async def test_a_unit_does_not_see_another_ones_changes_before_they_are_kept(
    store: SqlStore, database_url: str, open_store: OpenStore
) -> None:
    other = open_store(database_url)
    began = asyncio.Event()

    async def change_slowly() -> None:
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(GUILD, 42))
            began.set()
            await asyncio.sleep(0.05)

    async def look() -> GuildSettings:
        await began.wait()
        async with other.unit() as unit:
            return await unit.settings.get(GUILD)

    seen, _ = await asyncio.gather(look(), change_slowly())
    # SQLite's units come one after the other; PostgreSQL shows what was there before.
    assert seen in (GuildSettings(GUILD), GuildSettings(GUILD, 42))


async def test_two_hundred_units_at_once_all_get_through(
    store: SqlStore, database_url: str, open_store: OpenStore
) -> None:
    stores = [store, open_store(database_url)]

    async def read_and_write(number: int) -> None:
        async with stores[number % 2].unit() as unit:
            await unit.members.get(GUILD, number % 7)
            await unit.members.meet(GUILD, number % 7, NOW)
            await unit.members.touch_user(number % 7)
            await unit.sweeps.figures(GUILD, NOW)

    await asyncio.gather(*map(read_and_write, range(200)))
    async with store.unit() as unit:
        assert sum(member.revision for member in await unit.members.due(NOW, 10)) == 200 + 7


async def test_units_cancelled_at_any_moment_do_not_wear_the_store_out(store: SqlStore) -> None:
    chance = random.Random(7)

    async def work(number: int) -> None:
        async with store.unit() as unit:
            wallet = await unit.wallets.ensure(loopring(number), NOW)
            await unit.wallets.save(wallet)
            await unit.members.meet(GUILD, number, NOW)

    for number in range(60):
        task = asyncio.create_task(work(number))
        for _ in range(chance.randrange(25)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(20):
        await asyncio.gather(*map(work, range(100, 120)))


async def test_a_unit_cancelled_in_the_middle_of_a_statement_gives_up_its_locks_at_once(
    store: SqlStore, database_url: str, open_store: OpenStore
) -> None:
    other = open_store(database_url)
    chance = random.Random(11)

    async def work(store: SqlStore, number: int) -> None:
        async with store.unit() as unit:
            for user in range(3):
                await unit.members.meet(GUILD, number * 10 + user, NOW)
            await unit.members.touch_guild(GUILD)

    await work(store, 0)
    gc.disable()  # what holds a lock must let go of it by itself
    try:
        for number in range(60):
            task = asyncio.create_task(work(store, number))
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0 if chance.random() < 0.5 else 0.0005)
            task.cancel()
            await asyncio.wait([task])
            async with asyncio.timeout(4):
                await work(other, 1_000 + number)
    finally:
        gc.enable()


async def test_a_unit_that_runs_into_its_time_limit_gives_up_its_locks_at_once(
    store: SqlStore, database_url: str, open_store: OpenStore
) -> None:
    other = open_store(database_url)

    async def work_for_ever() -> None:
        async with asyncio.timeout(0.05), store.unit() as unit:
            for number in count():
                await unit.members.meet(GUILD, number, NOW)

    for _ in range(10):
        with pytest.raises(TimeoutError):
            await work_for_ever()
        async with asyncio.timeout(4), other.unit() as unit:
            assert await unit.members.get(GUILD, 0) is None
            await unit.members.touch_guild(GUILD)


async def test_a_store_that_is_drained_has_let_its_units_end_and_opens_no_more(store: SqlStore) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with store.unit() as unit:
            began.set()
            await may_end.wait()
            await unit.settings.save(GuildSettings(GUILD, 42))

    working = asyncio.create_task(work())
    await began.wait()
    draining = asyncio.create_task(store.drain())
    await asyncio.sleep(0)
    with pytest.raises(StoreBusyError, match="being stopped"):
        await store.unit().__aenter__()
    assert not draining.done()
    may_end.set()
    await draining
    await working


async def test_a_row_must_refer_to_one_that_exists(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await link_unknown_wallet(store, wallet_id + 1)


async def link_unknown_wallet(store: SqlStore, wallet_id: int) -> None:
    async with store.unit() as unit:
        live = await unit.links.live(loopring(1))
        assert live is not None
        await unit.links.add(wallet_id, ALICE, GUILD, live.proof, NOW)


WRITE_FOR_EVER = """
import asyncio, sys
from bot.domain.guilds import GuildSettings
from bot.store.engine import create_engine
from bot.store.store import SqlStore

async def main() -> None:
    store = SqlStore(create_engine(sys.argv[1]))
    number = 0
    while True:
        number += 1
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(1, number))
            await unit.settings.save(GuildSettings(2, number))
        print(number, flush=True)

asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_that_was_kept_and_leaves_no_halves(
    store: SqlStore, database_url: str
) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_FOR_EVER, database_url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    while int(await writer.stdout.readline()) < 20:
        pass
    writer.kill()
    told = (await writer.stdout.read()).split()
    await writer.wait()
    kept = int(told[-1]) if told else 20
    async with store.unit() as unit:
        first, second = await unit.settings.get(1), await unit.settings.get(2)
    assert first.log_channel_id == second.log_channel_id
    assert first.log_channel_id is not None
    assert first.log_channel_id >= kept

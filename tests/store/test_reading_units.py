"""Units of work that only read: they see what is kept, at one moment, and wait for nobody."""

import asyncio
from collections.abc import Callable

import pytest

from bot.domain.errors import StoreBusyError
from bot.domain.guilds import GuildSettings
from bot.domain.urgency import Urgency
from bot.store.failures import Trouble
from bot.store.store import SqlStore
from tests.store.samples import ALICE, GUILD, NOW, OTHER_GUILD, link, loopring


async def test_it_sees_what_is_kept_and_does_not_wait_for_somebody_who_writes(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, 41))
    async with store.unit(Urgency.SWEEP) as unit:
        await unit.settings.save(GuildSettings(GUILD, 42))
        async with store.reading() as reading:
            assert await reading.settings.get(GUILD) == GuildSettings(GUILD, 41)
    async with store.reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD, 42)


async def test_all_of_it_is_seen_as_of_one_moment(store: SqlStore) -> None:
    async with store.reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD)
        async with store.unit() as unit:
            await unit.settings.save(GuildSettings(GUILD, 42))
            await unit.settings.save(GuildSettings(OTHER_GUILD, 43))
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD)
        assert await reading.settings.get(OTHER_GUILD) == GuildSettings(OTHER_GUILD)
    async with store.reading() as reading:
        assert await reading.settings.get(OTHER_GUILD) == GuildSettings(OTHER_GUILD, 43)


async def test_nothing_can_be_changed_in_it(store: SqlStore) -> None:
    with pytest.raises(StoreBusyError) as refused:
        async with store.reading() as reading:
            await reading.settings.save(GuildSettings(GUILD, 42))
    assert str(refused.value) == Trouble.READ_ONLY
    async with store.reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD)


async def test_many_of_them_go_on_beside_units_that_write(store: SqlStore) -> None:
    await link(store, loopring(1), ALICE)

    async def read(number: int) -> None:
        async with store.reading() as reading:
            assert [held.wallet.address for held in await reading.links.of_user(ALICE)] == [loopring(1)]
            await reading.members.get(GUILD, number)

    async def write(number: int) -> None:
        async with store.unit(Urgency.SWEEP) as unit:
            await unit.members.meet(GUILD, number, NOW)

    await asyncio.gather(*map(read, range(60)), *map(write, range(20)))
    async with store.reading() as reading:
        assert len(await reading.members.due(NOW, 100)) == 20 + 1, "the one with a link, too"


async def test_being_cancelled_does_not_wear_them_out(store: SqlStore) -> None:
    async def read() -> None:
        async with store.reading() as reading:
            await reading.members.due(NOW, 100)
            await reading.links.of_user(ALICE)

    for steps in range(30):
        task = asyncio.create_task(read())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, 42))
    async with store.reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD, 42)


async def test_they_end_with_the_engine_and_with_the_store(
    store: SqlStore, database_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    async with store.reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD)
    await store.drain()
    with pytest.raises(StoreBusyError, match="stopped or restarted"):
        async with store.reading():
            pass
    async with open_store(database_url).reading() as reading:
        assert await reading.settings.get(GUILD) == GuildSettings(GUILD)

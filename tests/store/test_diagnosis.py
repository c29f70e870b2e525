"""What the doctor learns from the database."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.addresses import Address
from bot.domain.diagnosis import MOST_NAMED, FrozenMember, FrozenWallets, NetworkReadings
from bot.domain.grammar import parse
from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.wallets import Gap
from bot.sandbox.wallets import ChiaTestWallet
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, ROLE, link, loopring

STALE_BEFORE = NOW - 2 * DAY


async def read(store: SqlStore, wallet_id: int, at: datetime) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        await unit.wallets.save(replace(wallet, read_at=at, tried_at=at))


async def fails(store: SqlStore, wallet_id: int, why: UnknownReason, since: datetime) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        await unit.wallets.save(replace(wallet, unknown=why, unknown_since=since, failures=1))


async def empties(store: SqlStore, wallet_id: int, at: datetime) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        await unit.wallets.save(replace(wallet, read_at=at - HOUR, emptied_at=at))


async def test_wallets_that_are_evidence_freeze_nobody(store: SqlStore) -> None:
    await read(store, await link(store, loopring(1), ALICE), NOW)
    async with store.unit() as unit:
        assert await unit.diagnosis.frozen(GUILD, STALE_BEFORE) == []


async def test_frozen_wallets_are_counted_by_network_and_cause_with_their_members(store: SqlStore) -> None:
    chia = [ChiaTestWallet.from_seed(str(number)).address for number in range(2)]
    for number in (1, 2):
        await fails(store, await link(store, loopring(number), ALICE), UnknownReason.AUTH, NOW - number * HOUR)
    await fails(store, await link(store, loopring(3), BOB), UnknownReason.AUTH, NOW - MINUTE)
    await fails(store, await link(store, loopring(4), BOB), UnknownReason.NETWORK, NOW - DAY)
    await empties(store, await link(store, loopring(5), BOB), NOW - MINUTE)
    await link(store, chia[0], ALICE)
    await read(store, await link(store, chia[1], BOB), STALE_BEFORE)
    async with store.unit() as unit:
        found = await unit.diagnosis.frozen(GUILD, STALE_BEFORE)
    assert {replace(one, longest=()) for one in found} == {
        FrozenWallets(Network.LOOPRING, Gap.UNREADABLE, UnknownReason.AUTH, 3, 2, NOW - 2 * HOUR),
        FrozenWallets(Network.LOOPRING, Gap.UNREADABLE, UnknownReason.NETWORK, 1, 1, NOW - DAY),
        FrozenWallets(Network.LOOPRING, Gap.EMPTIED, None, 1, 1, NOW - MINUTE),
        FrozenWallets(Network.CHIA_MAINNET, Gap.UNREAD, None, 1, 1, None),
        FrozenWallets(Network.CHIA_MAINNET, Gap.STALE, None, 1, 1, STALE_BEFORE),
    }


async def test_those_who_are_frozen_for_longest_are_named(store: SqlStore) -> None:
    for number in (1, 2):
        await fails(store, await link(store, loopring(number), ALICE), UnknownReason.AUTH, NOW - number * HOUR)
    for number in range(3, 9):
        user = BOB + number
        await fails(store, await link(store, loopring(number), user), UnknownReason.AUTH, NOW - number * MINUTE)
    async with store.unit() as unit:
        (group,) = await unit.diagnosis.frozen(GUILD, STALE_BEFORE)
    assert group.members == 7
    assert len(group.longest) == MOST_NAMED
    assert group.longest[:2] == (FrozenMember(ALICE, NOW - 2 * HOUR), FrozenMember(BOB + 8, NOW - 8 * MINUTE))


async def test_only_present_members_of_the_server_count(store: SqlStore) -> None:
    await fails(store, await link(store, loopring(1), ALICE, OTHER_GUILD), UnknownReason.AUTH, NOW)
    await fails(store, await link(store, loopring(2), BOB), UnknownReason.AUTH, NOW)
    async with store.unit() as unit:
        await unit.members.mark_left(GUILD, BOB, None)
        assert await unit.diagnosis.frozen(GUILD, STALE_BEFORE) == []


async def test_readings_are_summed_up_for_each_network(store: SqlStore) -> None:
    await read(store, await link(store, loopring(1), ALICE), NOW - HOUR)
    second = await link(store, loopring(2), BOB)
    await read(store, second, NOW - timedelta(hours=5))
    await fails(store, second, UnknownReason.SERVER, NOW - MINUTE)
    async with store.unit() as unit:
        await unit.wallets.ensure(Address(Network.LOOPRING_TESTNET, "0x" + "1" * 40), NOW)  # nobody linked it
        assert await unit.diagnosis.readings() == [NetworkReadings(Network.LOOPRING, 2, 1, NOW - HOUR, NOW - MINUTE)]


async def test_servers_with_rules_are_named_once_each(store: SqlStore) -> None:
    async with store.unit() as unit:
        assert await unit.diagnosis.ruled_guilds() == []
        for guild_id, role_id in ((OTHER_GUILD, ROLE), (GUILD, ROLE), (GUILD, ROLE + 1)):
            await unit.rules.add(guild_id, role_id, "Holder", parse("a", ["a"]), HOUR)
        assert await unit.diagnosis.ruled_guilds() == [GUILD, OTHER_GUILD]

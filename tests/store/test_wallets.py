import asyncio
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.addresses import Address
from bot.domain.holdings import Holding, Holdings
from bot.domain.links import LinkEnd
from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.wallets import WalletState
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, held, link, loopring

ALL_NETWORKS = tuple(Network)


async def test_a_wallet_seen_first_is_due_at_once_and_knows_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.ensure(loopring(1), NOW)
    assert wallet == WalletState(wallet.id, loopring(1), due_at=NOW)


async def test_a_wallet_seen_again_is_the_same_one(store: SqlStore) -> None:
    async with store.unit() as unit:
        first = await unit.wallets.ensure(loopring(1), NOW)
        again = await unit.wallets.ensure(loopring(1), NOW + HOUR)
        elsewhere = await unit.wallets.ensure(Address(Network.LOOPRING_TESTNET, loopring(1).text), NOW)
    assert again == first
    assert elsewhere.id != first.id


async def test_a_wallet_seen_by_many_at_the_same_time_is_one_wallet(store: SqlStore) -> None:
    async def see() -> int:
        async with store.unit() as unit:
            return (await unit.wallets.ensure(loopring(1), NOW)).id

    assert len(set(await asyncio.gather(*(see() for _ in range(20))))) == 1


async def test_an_unknown_wallet_id_finds_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        assert await unit.wallets.get(404) is None


async def test_everything_about_a_wallet_comes_back_as_it_was_saved(store: SqlStore) -> None:
    async with store.unit() as unit:
        wallet = replace(
            await unit.wallets.ensure(loopring(1), NOW),
            due_at=NOW + HOUR,
            holdings=held("0xaa", "0xbb", amount=7),
            read_at=NOW - HOUR,
            source="loopring",
            tried_at=NOW,
            unknown=UnknownReason.TOO_LARGE,
            unknown_detail="the answer was larger than 20 MB",
            unknown_since=NOW - MINUTE,
            failures=3,
            emptied_at=NOW - 2 * HOUR,
        )
        await unit.wallets.save(wallet)
    async with store.unit() as unit:
        assert await unit.wallets.get(wallet.id) == wallet


async def test_saved_holdings_are_seen_in_the_same_unit(store: SqlStore) -> None:
    async with store.unit() as unit:
        wallet = replace(await unit.wallets.ensure(loopring(1), NOW), holdings=held("0xaa"), failures=2)
        await unit.wallets.save(wallet)
        assert await unit.wallets.get(wallet.id) == wallet
        await unit.wallets.save(replace(wallet, holdings=held("0xbb"), failures=0))
        assert await unit.wallets.get(wallet.id) == replace(wallet, holdings=held("0xbb"), failures=0)


async def test_saving_a_wallet_that_was_forgotten_meanwhile_changes_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.wallets.save(WalletState(404, loopring(1), due_at=NOW, holdings=held("0xaa")))
        assert await unit.wallets.get(404) is None


async def test_two_readings_of_a_wallet_saved_at_once_leave_one_of_them_whole(store: SqlStore) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.ensure(loopring(1), NOW)
    readings = [held("0xaa", f"0x{number}") for number in range(10)]

    async def save(holdings: Holdings) -> None:
        async with store.unit() as unit:
            await unit.wallets.save(replace(wallet, holdings=holdings))

    await asyncio.gather(*map(save, readings))
    async with store.unit() as unit:
        stored = await unit.wallets.get(wallet.id)
    assert stored is not None
    assert stored.holdings in readings


async def test_many_wallets_are_written_together_each_with_its_own_news(store: SqlStore) -> None:
    ids = [await link(store, loopring(number), ALICE) for number in range(1, 4)]
    async with store.unit() as unit:
        before = await unit.wallets.many([*ids, 404], {})
        later = replace(before[ids[0]], read_at=NOW, tried_at=NOW, due_at=NOW + DAY, source="loopring")
        richer = replace(before[ids[1]], holdings=held("0xaa", "0xbb"), read_at=NOW, changed_at=NOW)
        failed = replace(before[ids[2]], unknown=UnknownReason.NETWORK, unknown_since=NOW, failures=1)
        await unit.wallets.save_many([(before[wallet.id], wallet) for wallet in (later, richer, failed)])
    async with store.unit() as unit:
        assert await unit.wallets.many(ids, {}) == {wallet.id: wallet for wallet in (later, richer, failed)}
        poorer = replace(richer, holdings=held("0xbb"))
        await unit.wallets.save_many([(richer, poorer)])
        assert await unit.wallets.get(ids[1]) == poorer


async def test_likely_holdings_are_believed_only_where_the_database_agrees(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    async with store.unit() as unit:
        wallet = (await unit.wallets.many([wallet_id], {}))[wallet_id]
        await unit.wallets.save(replace(wallet, holdings=held("0xaa")))
        for likely in (held("0xaa"), held("0xbb"), Holdings()):
            found = await unit.wallets.many([wallet_id], {wallet_id: likely})
            assert found[wallet_id].holdings == held("0xaa")


async def test_large_wallets_come_back_whole(store: SqlStore) -> None:
    many = Holdings.of(Holding(f"0x{number:064x}", None, number) for number in range(1, 2_001))
    async with store.unit() as unit:
        wallet = replace(await unit.wallets.ensure(loopring(1), NOW), holdings=many)
        await unit.wallets.save(wallet)
        fewer = replace(wallet, holdings=Holdings.of(list(many)[::2]))
        await unit.wallets.save(fewer)
        assert await unit.wallets.get(wallet.id) == fewer


holdings = st.lists(
    st.builds(
        Holding,
        asset=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=66),
        collection=st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=62),
        amount=st.integers(1, 2**96) | st.integers(1, 10**60),
    ),
    unique_by=lambda holding: holding.asset,
    max_size=8,
).map(Holdings.of)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=holdings, after=holdings)
async def test_any_holdings_replace_any_others(store: SqlStore, before: Holdings, after: Holdings) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.ensure(loopring(1), NOW)
        for saved in (before, after):
            await unit.wallets.save(replace(wallet, holdings=saved))
            stored = await unit.wallets.get(wallet.id)
            assert stored is not None
            assert stored.holdings == saved


async def test_only_linked_wallets_are_due(store: SqlStore) -> None:
    linked = await link(store, loopring(1), ALICE)
    unlinked = await link(store, loopring(2), ALICE)
    async with store.unit() as unit:
        await unit.wallets.ensure(loopring(3), NOW)
        ended = await unit.links.live(loopring(2))
        assert ended is not None
        assert ended.wallet.id == unlinked
        await unit.links.end(ended.id, LinkEnd.UNLINKED, NOW)
        assert [wallet.id for wallet in await unit.wallets.due(NOW, ALL_NETWORKS, 10)] == [linked]


async def test_wallets_are_due_when_their_turn_has_come_longest_waiting_first(store: SqlStore) -> None:
    ids = [await link(store, loopring(number), ALICE) for number in range(1, 5)]
    async with store.unit() as unit:
        for wallet_id, due_at in zip(ids, (NOW, NOW - DAY, NOW + MINUTE, NOW - HOUR), strict=True):
            wallet = await unit.wallets.get(wallet_id)
            assert wallet is not None
            await unit.wallets.save(replace(wallet, due_at=due_at, holdings=held("0xaa")))
    async with store.unit() as unit:
        due = await unit.wallets.due(NOW, ALL_NETWORKS, 10)
        assert [wallet.id for wallet in due] == [ids[1], ids[3], ids[0]]
        assert [wallet.id for wallet in await unit.wallets.due(NOW, ALL_NETWORKS, 1)] == [ids[1]]
        assert not await unit.wallets.due(NOW, [Network.CHIA_MAINNET], 10)
        assert not await unit.wallets.due(NOW, [], 10)


async def test_wallets_can_be_made_due_by_user_by_server_or_all(store: SqlStore) -> None:
    await link(store, loopring(1), ALICE)
    await link(store, loopring(2), ALICE)
    await link(store, loopring(3), BOB, OTHER_GUILD)
    async with store.unit() as unit:
        await unit.wallets.ensure(loopring(4), NOW)
        assert await unit.wallets.make_due(NOW, user_id=ALICE) == 2
        assert await unit.wallets.make_due(NOW, guild_id=OTHER_GUILD) == 1
        assert await unit.wallets.make_due(NOW, guild_id=GUILD, user_id=BOB) == 0
        assert await unit.wallets.make_due(NOW) == 3
        await unit.members.mark_left(OTHER_GUILD, BOB, None)
        assert await unit.wallets.make_due(NOW, guild_id=OTHER_GUILD) == 0


async def test_a_wallet_made_due_keeps_the_place_it_has_waited_for(store: SqlStore) -> None:
    waiting = await link(store, loopring(1), ALICE, at=NOW - DAY)
    later = await link(store, loopring(2), ALICE, at=NOW + DAY)
    async with store.unit() as unit:
        await unit.wallets.make_due(NOW)
        assert [wallet.id for wallet in await unit.wallets.due(NOW, ALL_NETWORKS, 10)] == [waiting, later]
        wallets = await unit.wallets.many([waiting, later], {})
        assert {wallet.id: wallet.due_at for wallet in wallets.values()} == {waiting: NOW - DAY, later: NOW}

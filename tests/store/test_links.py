import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from bot.domain.challenges import ProofKind
from bot.domain.errors import LinkTakenError
from bot.domain.links import Household, Link, LinkEnd, Sibling
from bot.domain.networks import Network
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, NOW, OTHER_GUILD, link, loopring


async def test_a_link_ties_a_member_to_a_wallet(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    async with store.unit() as unit:
        live = await unit.links.live(loopring(1))
        wallet = await unit.wallets.get(wallet_id)
        assert live is not None
        assert wallet is not None
        assert live == Link(live.id, ALICE, wallet, ProofKind.EOA, NOW, GUILD)
        assert await unit.links.owners(wallet_id) == [ALICE]
        assert await unit.links.live(loopring(2)) is None


async def test_a_users_links_come_oldest_first(store: SqlStore) -> None:
    await link(store, loopring(1), ALICE, at=NOW)
    await link(store, loopring(2), ALICE, OTHER_GUILD, at=NOW - DAY)
    await link(store, loopring(3), BOB)
    async with store.unit() as unit:
        links = await unit.links.of_user(ALICE)
    assert [(found.wallet.address, found.guild_id) for found in links] == [
        (loopring(2), OTHER_GUILD),
        (loopring(1), GUILD),
    ]


async def test_a_household_is_the_member_and_the_members_other_wallets(store: SqlStore) -> None:
    first = await link(store, loopring(1), ALICE)
    second = await link(store, loopring(2), ALICE)
    alone = await link(store, loopring(3), BOB)
    ended = await link(store, loopring(4), ALICE)
    async with store.unit() as unit:
        live = await unit.links.live(loopring(4))
        assert live is not None
        await unit.links.end(live.id, LinkEnd.UNLINKED, NOW)
        homes = await unit.links.households([first, alone, ended, 404])
    assert homes == {
        first: Household(ALICE, (Sibling(second, Network.LOOPRING, NOW, None, None),)),
        alone: Household(BOB),
    }


async def test_wallets_whose_members_other_wallet_changed_are_found(store: SqlStore) -> None:
    first = await link(store, loopring(1), ALICE)
    second = await link(store, loopring(2), ALICE)
    alone = await link(store, loopring(3), BOB)
    async with store.unit() as unit:
        for wallet_id in (second, alone):
            wallet = await unit.wallets.get(wallet_id)
            assert wallet is not None
            await unit.wallets.save(replace(wallet, changed_at=NOW))
        assert await unit.links.with_changed_siblings([first, second, alone], NOW - HOUR) == {first}
        assert await unit.links.with_changed_siblings([first, second, alone], NOW) == set()


async def test_an_ended_link_is_live_no_more_and_ends_once(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    async with store.unit() as unit:
        live = await unit.links.live(loopring(1))
        assert live is not None
        assert await unit.links.end(live.id, LinkEnd.UNLINKED, NOW)
        assert not await unit.links.end(live.id, LinkEnd.UNLINKED, NOW)
        assert not await unit.links.end(404, LinkEnd.UNLINKED, NOW)
        assert await unit.links.live(loopring(1)) is None
        assert not await unit.links.of_user(ALICE)
        assert not await unit.links.owners(wallet_id)


async def test_a_wallet_with_a_live_link_cannot_be_linked_again(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    with pytest.raises(LinkTakenError, match="in the meantime"):
        async with store.unit() as unit:
            await unit.links.add(wallet_id, BOB, GUILD, ProofKind.EOA, NOW)
    async with store.unit() as unit:
        assert await unit.links.owners(wallet_id) == [ALICE]


async def test_a_unit_goes_on_after_it_caught_that_a_link_is_taken(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), ALICE)
    async with store.unit() as unit:
        with pytest.raises(LinkTakenError):
            await unit.links.add(wallet_id, BOB, GUILD, ProofKind.EOA, NOW)
        await unit.wallets.ensure(loopring(2), NOW)
    async with store.unit() as unit:
        assert await unit.links.owners(wallet_id) == [ALICE]


async def test_of_fifty_who_link_a_wallet_at_once_one_wins(store: SqlStore) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.ensure(loopring(1), NOW)

    async def attempt(user_id: int) -> str:
        try:
            async with store.unit() as unit:
                await unit.links.add(wallet.id, user_id, GUILD, ProofKind.EOA, NOW)
        except LinkTakenError:
            return "taken"
        return "linked"

    assert Counter(await asyncio.gather(*map(attempt, range(1, 51)))) == {"linked": 1, "taken": 49}
    async with store.unit() as unit:
        assert len(await unit.links.owners(wallet.id)) == 1


async def test_who_lost_a_wallet_by_transfer_is_known_newest_first(store: SqlStore) -> None:
    wallet_id = await link(store, loopring(1), 1)
    ends = [(NOW, LinkEnd.TRANSFERRED), (NOW + HOUR, LinkEnd.UNLINKED), (NOW + DAY, LinkEnd.TRANSFERRED)]
    async with store.unit() as unit:
        for next_owner, (ended_at, why) in enumerate(ends, start=2):
            live = await unit.links.live(loopring(1))
            assert live is not None
            await unit.links.end(live.id, why, ended_at)
            await unit.links.add(wallet_id, next_owner, GUILD, ProofKind.EOA, ended_at)
        assert await unit.links.lost_since(wallet_id, NOW) == [3, 1]
        assert await unit.links.lost_since(wallet_id, NOW + HOUR) == [3]
        assert not await unit.links.lost_since(wallet_id, NOW + 2 * DAY)

"""The stand-ins list collections and holders as those who use the real APIs have seen them do it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.balances import Fault, OwnedNft, SandboxBalances
from tests.providers.support import ALICE, ALICE_ON_TESTNET, BOB, CAROL, FRIENDS, KEY, nft, nft_data

Told = tuple[int, dict[str, object]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


def items(told: Told, key: str = "items") -> list[dict[str, object]]:
    rows = told[1][key]
    assert isinstance(rows, list)
    return rows


class TestMintGarden:
    @pytest.fixture
    def base(self, balances: SandboxBalances) -> str:
        return balances.mintgarden.base_url

    async def ask(self, session: aiohttp.ClientSession, url: str, **query: str) -> Told:
        async with session.get(url, params=query) as response:
            return response.status, await response.json()

    async def test_goes_on_behind_the_last_nft_whatever_has_moved(
        self, base: str, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.spacescan.set_holdings(ALICE, [OwnedNft(nft(number), 1, FRIENDS) for number in range(1, 8)])
        url = f"{base}/address/{ALICE.text}/nfts"
        first = await self.ask(session, url, type="owned", size="3")
        balances.spacescan.move(min(map(nft, range(1, 8))), ALICE, BOB)
        cursor = first[1]["next"]
        assert isinstance(cursor, str)
        second = await self.ask(session, url, type="owned", size="3", page=cursor)
        assert [item["encoded_id"] for item in items(second)] == sorted(map(nft, range(1, 8)))[3:6]
        assert (second[1]["page"], second[1]["size"]) == (cursor, 3)

    @pytest.mark.parametrize("null_at_end", [True, False])
    async def test_ends_in_one_of_two_ways(
        self, null_at_end: bool, base: str, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.mintgarden.null_at_end = null_at_end
        balances.spacescan.give(ALICE, nft(1))
        url = f"{base}/address/{ALICE.text}/nfts"
        last = await self.ask(session, url, type="owned")
        if null_at_end:
            assert last[1]["next"] is None
            return
        cursor = last[1]["next"]
        assert isinstance(cursor, str)
        beyond = await self.ask(session, url, type="owned", page=cursor)
        assert (items(beyond), beyond[1]["next"]) == ([], cursor)

    @pytest.mark.parametrize(
        ("wallet", "query"),
        [
            (ALICE.text, {}),
            (ALICE.text, {"type": "owned", "size": "101"}),
            (ALICE.text, {"type": "owned", "size": "many"}),
            (ALICE.text, {"type": "owned", "page": "2"}),
            (ALICE_ON_TESTNET.text, {"type": "owned"}),
        ],
    )
    async def test_refuses_what_it_cannot_make_sense_of(
        self, wallet: str, query: dict[str, str], base: str, session: aiohttp.ClientSession
    ) -> None:
        status, _ = await self.ask(session, f"{base}/address/{wallet}/nfts", **query)
        assert status == 422

    async def test_turns_away_who_does_not_say_who_they_are(self, base: str, session: aiohttp.ClientSession) -> None:
        url = f"{base}/address/{ALICE.text}/nfts?type=owned"
        for agent in ("", "Python-urllib/3.11"):
            async with session.get(url, headers={"User-Agent": agent}) as response:
                assert response.status == 403

    async def test_lists_a_collection_with_its_owners(
        self, base: str, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
        balances.spacescan.give(BOB, nft(2), collection_id=FRIENDS)
        balances.spacescan.give(BOB, nft(3))
        balances.spacescan.orphan(nft(4), collection_id=FRIENDS)
        owners = {nft(1): ALICE.text, nft(2): BOB.text, nft(4): None}
        for wanted, nobodys in (("true", 0), ("false", 1)):
            told = await self.ask(session, f"{base}/collections/{FRIENDS}/nfts", require_owner=wanted)
            assert len(items(told)) == 2 + nobodys
            for item in items(told):
                assert item["owner_address_encoded_id"] == owners[str(item["encoded_id"])]
        assert (await self.ask(session, f"{base}/collections/{FRIENDS}"))[1]["nft_count"] == 3
        assert balances.mintgarden.requests.count_of(FRIENDS) == 3

    async def test_does_not_know_a_collection_of_nothing(self, base: str, session: aiohttp.ClientSession) -> None:
        for path in (FRIENDS, f"{FRIENDS}/nfts"):
            assert (await self.ask(session, f"{base}/collections/{path}"))[0] == 404

    async def test_sorts_by_the_last_transfer_when_told_to(
        self, base: str, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.mintgarden.latest_last = True
        balances.spacescan.set_holdings(ALICE, [OwnedNft(nft(number), 1, FRIENDS) for number in (1, 2, 3)])
        balances.spacescan.move(nft(1), ALICE, BOB)
        told = await self.ask(session, f"{base}/collections/{FRIENDS}/nfts")
        assert [item["encoded_id"] for item in items(told)] == [nft(2), nft(3), nft(1)]


class TestSpacescan:
    async def page(self, session: aiohttp.ClientSession, balances: SandboxBalances, **query: str) -> Told:
        url = f"{balances.spacescan.base_url}/collections/{FRIENDS}/nfts"
        async with session.post(url, params=query, json={}) as response:
            return response.status, await response.json()

    async def test_answers_in_pages_of_fifty_from_one_on(
        self, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.spacescan.set_holdings(ALICE, [OwnedNft(nft(number), 1, FRIENDS) for number in range(1, 121)])
        for query, count in (({}, 50), ({"page": "3"}, 20), ({"page": "4"}, 0), ({"page": "2", "count": "100"}, 20)):
            assert len(items(await self.page(session, balances, **query), "data")) == count
        row = items(await self.page(session, balances), "data")[0]
        assert (row["id"], row["owner"]) == (
            min(map(nft, range(1, 121))),
            {"did": None, "address": {"address": ALICE.text}},
        )

    async def test_tells_the_count_when_it_is_asked_to(
        self, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
        url = f"{balances.spacescan.base_url}/collections/{FRIENDS}"
        for query, count in (("", None), ("?include_nft_count=true", 1)):
            async with session.get(url + query) as response:
                data = (await response.json())["data"]
            assert (data["id"], data.get("nft_count")) == (FRIENDS, count)

    async def test_refuses_strange_pages_unknown_collections_and_missing_keys(
        self, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        assert (await self.page(session, balances))[0] == 404
        balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
        assert (await self.page(session, balances, page="0"))[0] == 400
        balances.spacescan.api_key = KEY
        assert (await self.page(session, balances))[0] == 401

    async def test_can_lose_its_owners_or_its_count(
        self, balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
        balances.spacescan.fail(Fault.OWNERS_LOST, times=1)
        assert items(await self.page(session, balances), "data")[0]["owner"] is None


class TestLoopring:
    async def holders(self, session: aiohttp.ClientSession, balances: SandboxBalances, **query: str) -> Told:
        url = f"{balances.loopring.base_url}/api/v3/nft/info/nftHolders"
        async with session.get(url, params=query, headers={"X-API-KEY": KEY}) as response:
            return response.status, await response.json()

    async def test_lists_holders_by_account(self, balances: SandboxBalances, session: aiohttp.ClientSession) -> None:
        balances.loopring.give(CAROL, nft_data(7), 3)
        balances.loopring.give(CAROL, nft_data(8), 1)
        number = balances.loopring.account_id(CAROL)
        row = {"accountId": number, "address": CAROL.text, "tokenId": 32768, "amount": "3"}
        told = await self.holders(session, balances, nftData="0x7")
        assert told == (200, {"totalNum": 1, "nftHolders": [row]})
        balances.loopring.names_addresses = False
        assert "address" not in items(await self.holders(session, balances, nftData="0x7"), "nftHolders")[0]

    @pytest.mark.parametrize("query", [{}, {"nftData": "seven"}, {"nftData": "0x7", "limit": "51"}])
    async def test_refuses_what_it_cannot_make_sense_of(
        self, query: dict[str, str], balances: SandboxBalances, session: aiohttp.ClientSession
    ) -> None:
        status, body = await self.holders(session, balances, **query)
        assert (status, body["resultInfo"]) == (400, {"code": 100001, "message": "Invalid argument"})

"""MintGarden: which answers are evidence of what a wallet holds and of who holds a collection, and which are not."""

import json

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.addresses import AccountId
from bot.domain.collection_passes import PassTarget
from bot.domain.errors import ConfigError
from bot.domain.networks import Network
from bot.domain.paces import step
from bot.domain.readings import Complete, Invalid, Unknown, UnknownReason
from bot.providers.collection_reader import CollectionReader
from bot.providers.http import HttpClient
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.provider import Provider
from bot.sandbox.balances import Fault, OwnedNft, SandboxBalances
from tests.providers.support import (
    ALICE,
    ALICE_ON_TESTNET,
    BOB,
    CAROL,
    FRIENDS,
    FRIENDS_PASS,
    START,
    CountingMeter,
    Said,
    ScriptedApi,
    StillClock,
    always,
    held,
    nft,
    reason,
)

ITEM = {"encoded_id": nft(1), "collection_id": FRIENDS, "owner_address_encoded_id": ALICE.text, "name": "One"}
over_http = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def scripted(api: ScriptedApi, http: HttpClient) -> MintGardenProvider:
    return MintGardenProvider(MintGardenOptions(base_url=api.url), http)


def give_friends(balances: SandboxBalances, count: int) -> None:
    for number in range(1, count + 1):
        balances.spacescan.give(ALICE, nft(number), collection_id=FRIENDS)


def test_it_is_a_provider_and_reads_collections(mintgarden: MintGardenProvider) -> None:
    provider: Provider = mintgarden
    reader: CollectionReader = mintgarden
    assert (provider.name, reader.page_size, provider.spacing) == ("mintgarden", 100, 0.5)


class TestAWallet:
    async def test_is_read_with_the_collections_of_its_nfts(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        balances.spacescan.give(ALICE, nft(2), collection_id=FRIENDS)
        balances.spacescan.give(ALICE, nft(1))
        reading = await mintgarden.read(ALICE)
        assert isinstance(reading, Complete)
        assert {(h.asset, h.collection) for h in reading.holdings} == {(nft(1), None), (nft(2), FRIENDS)}
        assert (reading.source, reading.observed_at) == ("mintgarden", START)
        assert balances.mintgarden.count(ALICE) == 1

    async def test_holds_the_same_as_spacescan_says(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        give_friends(balances, 3)
        balances.mintgarden.move(nft(2), ALICE, BOB)
        assert set(held(await mintgarden.read(ALICE))) == {nft(1), nft(3)}
        assert [owned.asset for owned in balances.spacescan.holdings(BOB)] == [nft(2)]

    async def test_can_be_empty(self, mintgarden: MintGardenProvider) -> None:
        assert held(await mintgarden.read(ALICE)) == {}

    @pytest.mark.parametrize("null_at_end", [True, False])
    async def test_of_many_pages_is_read_twice_but_for_the_last(
        self, null_at_end: bool, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        balances.mintgarden.null_at_end = null_at_end
        give_friends(balances, 220)
        assert len(held(await mintgarden.read(ALICE))) == 220
        assert balances.mintgarden.count() == 5
        assert {request.query["type"] for request in balances.mintgarden.requests} == {"owned"}

    async def test_of_exactly_one_page_is_read_on_to_the_empty_one(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        balances.mintgarden.null_at_end = False
        give_friends(balances, 100)
        assert len(held(await mintgarden.read(ALICE))) == 100
        balances.mintgarden.null_at_end = True
        assert reason(await mintgarden.read(ALICE, fresh=True)) is UnknownReason.INCOMPLETE

    async def test_is_read_whole_where_the_server_caps_its_pages(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        give_friends(balances, 20)
        for tells_size in (True, False):
            balances.mintgarden.page_cap, balances.mintgarden.tells_size = 7, tells_size
            assert len(held(await mintgarden.read(ALICE, fresh=True))) == 20

    async def test_on_the_test_network_is_asked_of_its_host(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        balances.spacescan_testnet.give(ALICE_ON_TESTNET, nft(5))
        assert held(await mintgarden.read(ALICE_ON_TESTNET)) == {nft(5): 1}
        assert held(await mintgarden.read(ALICE)) == {}

    async def test_comes_from_the_last_five_minutes_unless_it_must_be_fresh(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider, clock: StillClock
    ) -> None:
        await mintgarden.read(ALICE)
        balances.spacescan.give(ALICE, nft(1))
        assert held(await mintgarden.read(ALICE)) == {}
        assert held(await mintgarden.read(ALICE, fresh=True)) == {nft(1): 1}
        clock.elapsed += 301
        await mintgarden.read(ALICE)
        assert balances.mintgarden.count(ALICE) == 3

    @over_http
    @given(moves=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 12)), max_size=8))
    async def test_that_trades_while_it_is_read_is_read_as_it_once_was_or_not_at_all(
        self, moves: list[tuple[int, int]], balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        stand_in = balances.mintgarden
        stand_in.page_cap = 3
        stand_in.set_holdings(BOB)
        stand_in.set_holdings(ALICE, [OwnedNft(nft(number)) for number in range(1, 9)])
        stand_in.set_holdings(BOB, [OwnedNft(nft(number)) for number in range(9, 13)])
        once = [set(range(1, 9))]
        left: set[int] = set()
        plan = dict(moves)
        stand_in.requests.clear()

        def trade(_: object) -> None:
            number = plan.get(stand_in.requests.count)
            if number is None or number in left:
                return  # What left does not come back: there and back again is beyond any reading.
            sender, receiver = (ALICE, BOB) if number in once[-1] else (BOB, ALICE)
            stand_in.move(nft(number), sender, receiver)
            left.add(number)
            once.append(once[-1] ^ {number})

        stand_in.after_each_request(trade)
        reading = await mintgarden.read(ALICE, fresh=True)
        stand_in.after_each_request(None)
        if isinstance(reading, Complete):
            assert set(held(reading)) in [{nft(number) for number in state} for state in once]
        else:
            assert reason(reading) is UnknownReason.INCOMPLETE


class TestNoEvidence:
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.HANG, UnknownReason.NETWORK),
            (Fault.RESET, UnknownReason.NETWORK),
            (Fault.TRUNCATED, UnknownReason.NETWORK),
            (Fault.BAD_ENCODING, UnknownReason.NETWORK),
            (Fault.BAD_REQUEST, UnknownReason.BAD_REQUEST),
            (Fault.UNPROCESSABLE, UnknownReason.BAD_REQUEST),
            (Fault.UNAUTHORIZED, UnknownReason.AUTH),
            (Fault.FORBIDDEN, UnknownReason.AUTH),
            (Fault.NOT_FOUND, UnknownReason.NOT_FOUND),
            (Fault.RATE_LIMITED, UnknownReason.RATE),
            (Fault.SERVER_ERROR, UnknownReason.SERVER),
            (Fault.UNAVAILABLE, UnknownReason.SERVER),
            (Fault.NO_CONTENT, UnknownReason.SCHEMA),
            (Fault.REDIRECT_AWAY, UnknownReason.REDIRECT),
            (Fault.HTML, UnknownReason.SCHEMA),
            (Fault.EMPTY_BODY, UnknownReason.SCHEMA),
            (Fault.CUT_JSON, UnknownReason.SCHEMA),
            (Fault.DOUBLE_KEY, UnknownReason.SCHEMA),
            (Fault.BARE_LIST, UnknownReason.SCHEMA),
            (Fault.NULL_LIST, UnknownReason.SCHEMA),
            (Fault.MISSING_LIST, UnknownReason.SCHEMA),
            (Fault.WRONG_TYPE, UnknownReason.SCHEMA),
            (Fault.ROW_WITHOUT_ID, UnknownReason.SCHEMA),
            (Fault.BAD_ID, UnknownReason.SCHEMA),
            (Fault.STATUS_FAILED, UnknownReason.SCHEMA),
        ],
    )
    async def test_comes_of_a_fault(
        self, fault: Fault, expected: UnknownReason, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        give_friends(balances, 3)
        balances.mintgarden.fail(fault)
        assert reason(await mintgarden.read(ALICE)) is expected
        balances.mintgarden.heal()
        balances.mintgarden.fail(fault)
        outcome = await mintgarden.read_collection(FRIENDS_PASS)
        assert isinstance(outcome, Unknown)

    async def test_comes_of_pages_that_lead_nowhere(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        give_friends(balances, 8)
        balances.mintgarden.page_cap = 3
        balances.mintgarden.fail(Fault.REPEATED_PAGE)
        assert reason(await mintgarden.read(ALICE)) is UnknownReason.LOOP

    async def test_comes_of_a_wallet_without_end(self, api: ScriptedApi, scripted: MintGardenProvider) -> None:
        def say(request: web.BaseRequest) -> Said:
            number = int(request.query.get("page", "0"))
            item = {"encoded_id": nft(number + 1), "collection_id": None}
            return Said(json.dumps({"items": [item], "next": str(number + 1)}).encode())

        api.say = say
        assert reason(await scripted.read(ALICE)) is UnknownReason.TOO_MANY
        assert len({request.query.get("page") for request in api.requests}) == 500

    @pytest.mark.parametrize(
        "body",
        [
            {"items": [ITEM]},
            {"items": [ITEM], "next": 7},
            {"items": {}, "next": None},
            {"items": [7], "next": None},
            {"items": [{**ITEM, "encoded_id": None}], "next": None},
            {"items": [{**ITEM, "encoded_id": FRIENDS}], "next": None},
            {"items": [{**ITEM, "collection_id": 5}], "next": None},
            {"items": [{**ITEM, "collection_id": nft(1)}], "next": None},
            {"items": [{key: value for key, value in ITEM.items() if key != "collection_id"}], "next": None},
            {"items": [{**ITEM, "owner_address_encoded_id": "xch1nobody"}], "next": None},
            {"items": [{**ITEM, "owner_address_encoded_id": BOB.text}], "next": None},
            {"items": [{**ITEM, "owner_address_encoded_id": ALICE_ON_TESTNET.text}], "next": None},
            {"items": [ITEM, {**ITEM, "collection_id": None}], "next": None},
        ],
    )
    async def test_comes_of_a_body_of_another_shape(
        self, body: object, api: ScriptedApi, scripted: MintGardenProvider
    ) -> None:
        api.say = always(json.dumps(body).encode())
        assert reason(await scripted.read(ALICE)) is UnknownReason.SCHEMA

    @pytest.mark.parametrize("owner", [{"owner_address_encoded_id": None}, {}])
    async def test_is_not_the_same_as_an_item_without_an_owner(
        self, owner: dict[str, None], api: ScriptedApi, scripted: MintGardenProvider
    ) -> None:
        item = {key: value for key, value in ITEM.items() if key != "owner_address_encoded_id"} | owner
        api.say = always(json.dumps({"items": [item], "next": None}).encode())
        assert held(await scripted.read(ALICE)) == {nft(1): 1}

    async def test_comes_of_one_bad_page_among_good_ones(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider
    ) -> None:
        give_friends(balances, 250)
        for after in range(5):
            balances.mintgarden.fail(Fault.NOT_FOUND, after=after, times=1)
            assert reason(await mintgarden.read(ALICE)) is UnknownReason.NOT_FOUND
            balances.mintgarden.heal()

    async def test_rings_once_for_the_host_when_the_edge_turns_us_away(
        self, balances: SandboxBalances, mintgarden: MintGardenProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        balances.mintgarden.fail(Fault.FORBIDDEN, times=2)
        await mintgarden.read(ALICE)
        await mintgarden.read(ALICE)
        assert sum("needs attention" in record.message for record in caplog.records) == 1
        assert ALICE.text not in caplog.text


class TestTheQuestion:
    async def test_about_another_network_is_invalid_without_a_call(
        self, mintgarden: MintGardenProvider, meter: CountingMeter
    ) -> None:
        assert isinstance(await mintgarden.read(CAROL), Invalid)
        assert isinstance(await mintgarden.read(AccountId(Network.LOOPRING, 5)), Invalid)
        target = PassTarget(Network.LOOPRING, "0x1")
        assert reason(await mintgarden.read_collection(target)) is UnknownReason.NO_PROVIDER
        assert reason(await mintgarden.count(target)) is UnknownReason.NO_PROVIDER
        assert meter.spent == []

    async def test_says_who_asks(self, balances: SandboxBalances, mintgarden: MintGardenProvider) -> None:
        await mintgarden.read(ALICE)
        (request,) = balances.mintgarden.requests
        assert request.user_agent.startswith("Holdfast/")

    @pytest.mark.parametrize(
        "options",
        [
            MintGardenOptions(networks=frozenset({Network.LOOPRING})),
            MintGardenOptions(requests_per_minute=0),
            MintGardenOptions(base_url="nowhere"),
        ],
    )
    async def test_cannot_be_asked_with_options_that_cannot_work(
        self, options: MintGardenOptions, http: HttpClient
    ) -> None:
        with pytest.raises(ConfigError):
            MintGardenProvider(options, http)

    async def test_keeps_the_pace_that_was_set(
        self, balances: SandboxBalances, http: HttpClient, clock: StillClock
    ) -> None:
        options = MintGardenOptions(base_url=balances.mintgarden.base_url, requests_per_minute=20)
        provider = MintGardenProvider(options, http)
        for _ in range(3):
            await provider.read(ALICE, fresh=True)
        assert clock.elapsed == pytest.approx(2 * step(3))

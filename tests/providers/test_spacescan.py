"""Spacescan: which bodies are evidence, and which are not."""

import json

import pytest
from aiohttp import web

from bot.domain.addresses import AccountId
from bot.domain.errors import ConfigError
from bot.domain.networks import Network
from bot.domain.paces import step
from bot.domain.readings import Complete, Invalid, InvalidReason, UnknownReason
from bot.providers.http import HttpClient
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.sandbox.balances import Fault, FaultDetails, SandboxBalances
from tests.providers.support import (
    ALICE,
    ALICE_ON_TESTNET,
    BOB,
    CAROL,
    FRIENDS,
    KEY,
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

ROW = {"nft_id": nft(1), "name": "One", "collection_id": FRIENDS, "preview_url": "https://example.com/1.webp"}


@pytest.fixture
def scripted(api: ScriptedApi, http: HttpClient) -> SpacescanProvider:
    return SpacescanProvider(SpacescanOptions(base_url=api.url), http)


async def read_body(api: ScriptedApi, provider: SpacescanProvider, body: object) -> object:
    api.say = always(json.dumps(body).encode())
    return await provider.read(ALICE, fresh=True)


class TestACompleteAnswer:
    async def test_lists_each_nft_with_its_collection(
        self, balances: SandboxBalances, spacescan: SpacescanProvider
    ) -> None:
        balances.spacescan.give(ALICE, nft(2), collection_id=FRIENDS)
        balances.spacescan.give(ALICE, nft(1))
        reading = await spacescan.read(ALICE)
        assert isinstance(reading, Complete)
        assert {(h.asset, h.collection, h.amount) for h in reading.holdings} == {
            (nft(1), None, 1),
            (nft(2), FRIENDS, 1),
        }
        assert (reading.source, reading.observed_at) == ("spacescan", START)

    async def test_can_be_empty(self, spacescan: SpacescanProvider) -> None:
        assert held(await spacescan.read(ALICE)) == {}

    async def test_is_the_documented_one(self, api: ScriptedApi, scripted: SpacescanProvider) -> None:
        def documented(request: web.BaseRequest) -> Said:
            assert request.path == f"/address/nft-balance/{ALICE.text}"
            assert not request.query_string
            return Said(json.dumps({"status": "success", "balance": [ROW]}).encode())

        api.say = documented
        assert held(await scripted.read(ALICE)) == {nft(1): 1}

    @pytest.mark.parametrize(
        "body",
        [
            {"status": "SUCCESS", "balance": [ROW]},
            {"status": "success", "data": [ROW]},
            {"status": "success", "balance": [ROW], "data": [ROW]},
            {"status": "success", "balance": [ROW, ROW]},
            {"status": "success", "balance": [{**ROW, "nft_id": f" {nft(1)}  "}]},
            {"status": "success", "balance": [{**ROW, "nft_id": nft(1).upper()}]},
            {"status": "success", "balance": [{**ROW, "name": None, "preview_url": 7, "mint_height": "12"}]},
            {"status": "success", "balance": [ROW], "took": 0.2},
        ],
        ids=["upper-case status", "data", "both alike", "double row", "spaces", "upper-case id", "odd extras", "more"],
    )
    async def test_may_be_written_in_other_ways(
        self, body: object, api: ScriptedApi, scripted: SpacescanProvider
    ) -> None:
        reading = await read_body(api, scripted, body)
        assert isinstance(reading, Complete)
        assert [(h.asset, h.collection) for h in reading.holdings] == [(nft(1), FRIENDS)]

    async def test_of_a_large_wallet_holds_every_row(
        self, balances: SandboxBalances, spacescan: SpacescanProvider
    ) -> None:
        for number in range(1, 1502):
            balances.spacescan.give(ALICE, nft(number), collection_id=FRIENDS)
        assert len(held(await spacescan.read(ALICE))) == 1501

    @pytest.mark.parametrize("rows", [50, 100, 500, 1000])
    async def test_of_a_round_size_is_believed_but_reported(
        self, rows: int, balances: SandboxBalances, spacescan: SpacescanProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(1, rows + 1):
            balances.spacescan.give(ALICE, nft(number))
        assert len(held(await spacescan.read(ALICE))) == rows
        assert f"exactly {rows} rows" in caplog.text


class TestAnAnswerThatIsNotAsDocumented:
    @pytest.mark.parametrize(
        "body",
        [
            [],
            [ROW],
            None,
            "success",
            7,
            {},
            {"status": "success"},
            {"balance": [ROW]},
            {"balance": []},
            {"status": None, "balance": []},
            {"status": True, "balance": []},
            {"status": "success", "balance": None},
            {"status": "success", "balance": {}},
            {"status": "success", "balance": ""},
            {"status": "success", "balance": 0},
            {"status": "success", "balance": None, "data": [ROW]},
            {"status": "success", "balance": [], "data": [ROW]},
            {"status": "success", "balance": [None]},
            {"status": "success", "balance": [nft(1)]},
            {"status": "success", "balance": [{**ROW, "nft_id": None}]},
            {"status": "success", "balance": [{**ROW, "nft_id": 7}]},
            {"status": "success", "balance": [{**ROW, "nft_id": FRIENDS}]},
            {"status": "success", "balance": [{**ROW, "nft_id": nft(1)[:-1] + "b"}]},
            {"status": "success", "balance": [{**ROW, "nft_id": "Nft" + nft(1)[3:]}]},
            {"status": "success", "balance": [{"collection_id": FRIENDS}]},
            {"status": "success", "balance": [{"nft_id": nft(1)}]},
            {"status": "success", "balance": [{**ROW, "collection_id": ""}]},
            {"status": "success", "balance": [{**ROW, "collection_id": "517B1E97-F1AF-4824-A7B9-8D85E281D7B8"}]},
            {"status": "success", "balance": [ROW, {**ROW, "collection_id": None}]},
            {"status": "success", "balance": [ROW, {}]},
        ],
    )
    async def test_is_unknown_and_never_empty(
        self, body: object, api: ScriptedApi, scripted: SpacescanProvider
    ) -> None:
        api.say = always(json.dumps(body).encode())
        assert reason(await scripted.read(ALICE)) is UnknownReason.SCHEMA

    async def test_that_says_failed_is_unknown(self, api: ScriptedApi, scripted: SpacescanProvider) -> None:
        api.say = always(b'{"status": "failed", "message": "Maintenance", "balance": []}')
        assert reason(await scripted.read(ALICE)) is UnknownReason.SERVER

    async def test_that_refuses_a_good_address_points_at_the_settings(
        self, balances: SandboxBalances, spacescan: SpacescanProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        balances.spacescan.fail(Fault.STATUS_FAILED, details=FaultDetails(message="Invalid address"))
        assert reason(await spacescan.read(ALICE)) is UnknownReason.CONFIG
        assert "testnet prefix" in caplog.text


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.HANG, UnknownReason.NETWORK),
            (Fault.RESET, UnknownReason.NETWORK),
            (Fault.TRUNCATED, UnknownReason.NETWORK),
            (Fault.BAD_ENCODING, UnknownReason.NETWORK),
            (Fault.OVERSIZE, UnknownReason.TOO_LARGE),
            (Fault.BAD_REQUEST, UnknownReason.BAD_REQUEST),
            (Fault.UNAUTHORIZED, UnknownReason.AUTH),
            (Fault.FORBIDDEN, UnknownReason.AUTH),
            (Fault.NOT_FOUND, UnknownReason.NOT_FOUND),
            (Fault.UNPROCESSABLE, UnknownReason.BAD_REQUEST),
            (Fault.RATE_LIMITED, UnknownReason.RATE),
            (Fault.SERVER_ERROR, UnknownReason.SERVER),
            (Fault.BAD_GATEWAY, UnknownReason.SERVER),
            (Fault.UNAVAILABLE, UnknownReason.SERVER),
            (Fault.NO_CONTENT, UnknownReason.SCHEMA),
            (Fault.REDIRECT_AWAY, UnknownReason.REDIRECT),
            (Fault.REDIRECT_HERE, UnknownReason.REDIRECT),
            (Fault.HTML, UnknownReason.SCHEMA),
            (Fault.EMPTY_BODY, UnknownReason.SCHEMA),
            (Fault.NOT_JSON, UnknownReason.SCHEMA),
            (Fault.CUT_JSON, UnknownReason.SCHEMA),
            (Fault.NAN, UnknownReason.SCHEMA),
            (Fault.DOUBLE_KEY, UnknownReason.SCHEMA),
            (Fault.BARE_LIST, UnknownReason.SCHEMA),
            (Fault.NULL_LIST, UnknownReason.SCHEMA),
            (Fault.MISSING_LIST, UnknownReason.SCHEMA),
            (Fault.WRONG_TYPE, UnknownReason.SCHEMA),
            (Fault.ROW_WITHOUT_ID, UnknownReason.SCHEMA),
            (Fault.BAD_ID, UnknownReason.SCHEMA),
            (Fault.STATUS_FAILED, UnknownReason.SERVER),
        ],
    )
    async def test_make_the_reading_unknown_and_are_over_when_they_are_over(
        self, fault: Fault, expected: UnknownReason, balances: SandboxBalances, spacescan: SpacescanProvider
    ) -> None:
        balances.spacescan.give(ALICE, nft(1), collection_id=FRIENDS)
        balances.spacescan.fail(fault)
        assert reason(await spacescan.read(ALICE)) is expected
        balances.spacescan.heal()
        assert held(await spacescan.read(ALICE)) == {nft(1): 1}

    async def test_can_hit_one_wallet_only(self, balances: SandboxBalances, spacescan: SpacescanProvider) -> None:
        balances.spacescan.fail(Fault.NOT_FOUND, wallet=ALICE)
        assert reason(await spacescan.read(ALICE)) is UnknownReason.NOT_FOUND
        assert held(await spacescan.read(BOB)) == {}

    async def test_of_the_connection_cost_no_request_that_nobody_counted(
        self, balances: SandboxBalances, spacescan: SpacescanProvider, meter: CountingMeter
    ) -> None:
        await spacescan.read(BOB)
        balances.spacescan.fail(Fault.RESET)
        await spacescan.read(ALICE)
        assert balances.spacescan.count() == len(meter.spent) == 4


class TestTheQuestion:
    async def test_must_be_about_an_address_on_a_chia_network(self, spacescan: SpacescanProvider) -> None:
        for target in (CAROL, AccountId(Network.LOOPRING, 7), AccountId(Network.CHIA_MAINNET, 7)):
            reading = await spacescan.read(target)
            assert isinstance(reading, Invalid)
            assert reading.reason is InvalidReason.ADDRESS

    async def test_must_be_about_a_network_that_was_chosen(self, http: HttpClient) -> None:
        provider = SpacescanProvider(SpacescanOptions(networks=frozenset({Network.CHIA_MAINNET})), http)
        assert isinstance(await provider.read(ALICE_ON_TESTNET), Invalid)

    async def test_carries_the_key_and_says_who_asks(self, balances: SandboxBalances, http: HttpClient) -> None:
        balances.spacescan.api_key = KEY
        provider = SpacescanProvider(SpacescanOptions(base_url=balances.spacescan.base_url, api_key=f"{KEY}\n"), http)
        assert held(await provider.read(ALICE)) == {}
        (request,) = balances.spacescan.requests
        assert request.keyed
        assert request.user_agent == "Holdfast/1.2.3 (+https://github.com/holdfast-bot/holdfast)"
        assert request.accept == "application/json"

    async def test_goes_to_the_testnet_host_with_the_prefix_it_is_set_to(
        self, balances: SandboxBalances, http: HttpClient
    ) -> None:
        balances.spacescan_testnet.give(ALICE, nft(1))
        for prefix in ("txch", "xch"):
            balances.spacescan_testnet.prefix = prefix
            options = SpacescanOptions(testnet_base_url=balances.spacescan_testnet.base_url, testnet_prefix=prefix)
            assert held(await SpacescanProvider(options, http).read(ALICE_ON_TESTNET)) == {nft(1): 1}

    async def test_with_the_wrong_prefix_is_refused_and_stays_unknown(
        self, balances: SandboxBalances, http: HttpClient
    ) -> None:
        balances.spacescan_testnet.prefix = "xch"
        provider = SpacescanProvider(SpacescanOptions(testnet_base_url=balances.spacescan_testnet.base_url), http)
        assert reason(await provider.read(ALICE_ON_TESTNET)) is UnknownReason.BAD_REQUEST

    @pytest.mark.parametrize("tail", ["", "/", "/proxy", "/proxy/"])
    async def test_keeps_the_path_of_the_base_address(self, tail: str, api: ScriptedApi, http: HttpClient) -> None:
        api.say = always(b'{"status": "success", "balance": []}')
        await SpacescanProvider(SpacescanOptions(base_url=api.url + tail), http).read(ALICE)
        assert api.requests[0].path == f"{tail.rstrip('/')}/address/nft-balance/{ALICE.text}"


class TestTheCache:
    async def test_answers_again_for_five_minutes_with_the_time_of_the_real_call(
        self, balances: SandboxBalances, spacescan: SpacescanProvider, clock: StillClock
    ) -> None:
        first = await spacescan.read(ALICE)
        clock.elapsed = 299
        assert await spacescan.read(ALICE) == first
        clock.elapsed = 300
        later = await spacescan.read(ALICE)
        assert isinstance(later, Complete)
        assert (later.observed_at - START).total_seconds() == 300
        assert balances.spacescan.count() == 2

    async def test_is_passed_by_when_the_reading_must_be_fresh(
        self, balances: SandboxBalances, spacescan: SpacescanProvider
    ) -> None:
        await spacescan.read(ALICE)
        balances.spacescan.give(ALICE, nft(1))
        assert held(await spacescan.read(ALICE, fresh=True)) == {nft(1): 1}
        assert held(await spacescan.read(ALICE)) == {nft(1): 1}

    async def test_never_keeps_an_unknown(self, balances: SandboxBalances, spacescan: SpacescanProvider) -> None:
        balances.spacescan.fail(Fault.NOT_FOUND, times=1)
        await spacescan.read(ALICE)
        assert held(await spacescan.read(ALICE)) == {}

    async def test_keeps_wallets_apart(self, balances: SandboxBalances, spacescan: SpacescanProvider) -> None:
        balances.spacescan.give(ALICE, nft(1))
        assert held(await spacescan.read(ALICE)) == {nft(1): 1}
        assert held(await spacescan.read(BOB)) == {}


class TestThePace:
    async def test_is_twelve_seconds_without_a_key_and_two_with_one(
        self, balances: SandboxBalances, http: HttpClient, clock: StillClock
    ) -> None:
        for key, spacing in (("", 12), (KEY, 2)):
            options = SpacescanOptions(base_url=balances.spacescan.base_url, api_key=key)
            async with HttpClient(version="1", clock=clock, limits=http.limits) as client:
                provider = SpacescanProvider(options, client)
                began = clock.elapsed
                for target in (ALICE, BOB, ALICE):
                    await provider.read(target, fresh=True)
                assert clock.elapsed - began == pytest.approx(2 * step(spacing))

    async def test_can_be_set(self, balances: SandboxBalances, http: HttpClient, clock: StillClock) -> None:
        options = SpacescanOptions(base_url=balances.spacescan.base_url, requests_per_minute=60)
        provider = SpacescanProvider(options, http)
        await provider.read(ALICE)
        await provider.read(BOB)
        assert clock.elapsed == step(1)


@pytest.mark.parametrize(
    "options",
    [
        SpacescanOptions(base_url="api.spacescan.io"),
        SpacescanOptions(base_url="ftp://api.spacescan.io"),
        SpacescanOptions(base_url=f"https://user:{KEY}@api.spacescan.io"),
        SpacescanOptions(base_url=f"https://api.spacescan.io?key={KEY}"),
        SpacescanOptions(base_url="http://[::1"),
        SpacescanOptions(api_key=f"{KEY}\r\nX-Other: 1"),
        SpacescanOptions(api_key=f"{KEY}é"),
        SpacescanOptions(networks=frozenset({Network.LOOPRING})),
        SpacescanOptions(testnet_prefix="nft"),
        SpacescanOptions(requests_per_minute=-1),
    ],
)
async def test_options_that_cannot_work_are_refused_at_start_without_repeating_secrets(
    options: SpacescanOptions, http: HttpClient
) -> None:
    with pytest.raises(ConfigError) as refused:
        SpacescanProvider(options, http)
    assert KEY not in str(refused.value)
    assert options.api_key == "" or KEY not in repr(options)

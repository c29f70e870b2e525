"""Loopring: pages that must add up, and errors that prove nothing."""

import json
from collections.abc import Mapping

import pytest
from aiohttp import web

from bot.domain.addresses import AccountId
from bot.domain.errors import ConfigError
from bot.domain.networks import Network
from bot.domain.paces import step
from bot.domain.readings import Complete, Invalid, UnknownReason
from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.sandbox.balances import BalanceRequest, Fault, FaultDetails, OwnedNft, SandboxBalances
from tests.providers.support import (
    ALICE,
    CAROL,
    KEY,
    START,
    CountingMeter,
    Said,
    ScriptedApi,
    StillClock,
    always,
    held,
    nft_data,
    reason,
)

DOCUMENTED = "0x20807f0870ed096cea763ec3db94f0e4a4cffdbe0ab09187ac9972c6fd6aaecb"

NO_AMOUNTS: list[object] = [None, True, 1.0, -1, "", "-1", "1e3", " 1", "１", "0x1", [], "9" * 5000, 2**256]
NO_NFT_DATA: list[object] = [None, 1, "", "0x", "1", "0xg", "0x" + "1" * 65, "0X1", " 0x1", "0x1\n"]


@pytest.fixture
def scripted(api: ScriptedApi, http: HttpClient) -> LoopringProvider:
    return LoopringProvider(LoopringOptions(base_url=api.url, api_key=KEY), http)


def fill(balances: SandboxBalances, count: int) -> None:
    balances.loopring.set_holdings(CAROL, [OwnedNft(nft_data(number), number) for number in range(1, count + 1)])


def offsets(balances: SandboxBalances) -> list[int]:
    return [int(request.query["offset"]) for request in balances.loopring.requests]


class TestACompleteAnswer:
    async def test_is_the_documented_one(self, api: ScriptedApi, scripted: LoopringProvider) -> None:
        def documented(request: web.BaseRequest) -> Said:
            assert request.path == "/api/v3/user/nft/base/balances"
            assert dict(request.query) == {"address": CAROL.display, "offset": "0", "limit": "50"}
            assert request.headers["X-API-KEY"] == KEY
            return Said(json.dumps({"totalNum": 1, "data": [{"total": 1, "nftData": DOCUMENTED}]}).encode())

        api.say = documented
        reading = await scripted.read(CAROL)
        assert held(reading) == {DOCUMENTED: 1}
        assert isinstance(reading, Complete)
        assert (reading.source, reading.observed_at) == ("loopring", START)
        assert [holding.collection for holding in reading.holdings] == [None]

    async def test_can_be_empty(self, loopring: LoopringProvider) -> None:
        assert held(await loopring.read(CAROL)) == {}

    async def test_can_be_asked_for_by_account_id(self, balances: SandboxBalances, loopring: LoopringProvider) -> None:
        balances.loopring.give(CAROL, DOCUMENTED, 3)
        account = AccountId(Network.LOOPRING, balances.loopring.account_id(CAROL))
        assert held(await loopring.read(account)) == {DOCUMENTED: 3}
        (request,) = balances.loopring.requests
        assert request.query["accountId"] == account.text
        assert "address" not in request.query

    async def test_may_write_amounts_as_text(self, balances: SandboxBalances, loopring: LoopringProvider) -> None:
        balances.loopring.total_as_text = True
        balances.loopring.give(CAROL, DOCUMENTED, 3)
        assert held(await loopring.read(CAROL)) == {DOCUMENTED: 3}

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({"total": "0012", "nftData": "0x1"}, {nft_data(1): 12}),
            ({"total": 1, "nftData": "0x" + "AB" * 32}, {"0x" + "ab" * 32: 1}),
            ({"total": 0, "nftData": "0x1"}, {}),
            ({"total": "0", "nftData": "0x1"}, {}),
            ({"total": 2**96, "nftData": "0x1", "locked": None}, {nft_data(1): 2**96}),
        ],
    )
    async def test_identifies_an_nft_by_the_value_of_its_digits_and_drops_what_is_gone(
        self, row: object, expected: Mapping[str, int], api: ScriptedApi, scripted: LoopringProvider
    ) -> None:
        api.say = always(json.dumps({"totalNum": 1, "data": [row]}).encode())
        assert held(await scripted.read(CAROL)) == expected

    async def test_on_the_testnet_comes_from_the_testnet_host(
        self, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        balances.loopring_testnet.give(CAROL.text, DOCUMENTED)
        account = AccountId(Network.LOOPRING_TESTNET, balances.loopring_testnet.account_id(CAROL.text))
        assert held(await loopring.read(account)) == {DOCUMENTED: 1}
        assert balances.loopring.count() == 0


class TestAnAnswerThatIsNotAsDocumented:
    @pytest.mark.parametrize(
        "body",
        [
            [],
            None,
            {},
            {"totalNum": 0},
            {"data": []},
            {"totalNum": None, "data": []},
            {"totalNum": True, "data": []},
            {"totalNum": 0.0, "data": []},
            {"totalNum": -1, "data": []},
            {"totalNum": "1e3", "data": []},
            {"totalNum": 0, "data": None},
            {"totalNum": 0, "data": {}},
            {"totalNum": 1, "data": [None]},
            *({"totalNum": 1, "data": [{"total": total, "nftData": "0x1"}]} for total in NO_AMOUNTS),
            *({"totalNum": 1, "data": [{"total": 1, "nftData": nft}]} for nft in NO_NFT_DATA),
            {"totalNum": 1, "data": [{"total": 1}]},
            {"totalNum": 1, "data": [{"nftData": "0x1"}]},
        ],
    )
    async def test_is_unknown_and_never_empty(self, body: object, api: ScriptedApi, scripted: LoopringProvider) -> None:
        api.say = always(json.dumps(body).encode())
        assert reason(await scripted.read(CAROL)) is UnknownReason.SCHEMA


class TestAnError:
    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("fault", [Fault.RESULT_INFO, Fault.LEGACY_ERROR])
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            (0, UnknownReason.BAD_REQUEST),
            (100000, UnknownReason.SERVER),
            (100001, UnknownReason.BAD_REQUEST),
            (100206, UnknownReason.BAD_REQUEST),
            (101001, UnknownReason.NOT_FOUND),
            (101002, UnknownReason.NOT_FOUND),
            (102003, UnknownReason.BAD_REQUEST),
            (104001, UnknownReason.AUTH),
            (104002, UnknownReason.AUTH),
            (104005, UnknownReason.AUTH),
        ],
    )
    async def test_is_unknown_by_its_code_under_either_status_and_in_either_shape(
        self,
        status: int,
        fault: Fault,
        code: int,
        expected: UnknownReason,
        balances: SandboxBalances,
        loopring: LoopringProvider,
    ) -> None:
        balances.loopring.give(CAROL, DOCUMENTED)
        balances.loopring.fail(fault, details=FaultDetails(code=code, status=status))
        assert reason(await loopring.read(CAROL)) is expected
        assert balances.loopring.count() == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"resultInfo": None, "totalNum": 0, "data": []},
            {"resultInfo": {"message": "?"}, "totalNum": 0, "data": []},
            {"code": "?", "msg": "?"},
            {"msg": "?", "totalNum": 0, "data": []},
        ],
    )
    async def test_without_a_code_beside_a_good_list_is_still_an_error(
        self, body: object, api: ScriptedApi, scripted: LoopringProvider
    ) -> None:
        api.say = always(json.dumps(body).encode())
        assert reason(await scripted.read(CAROL)) is UnknownReason.SCHEMA

    async def test_for_a_stranger_is_unknown_because_a_wrong_key_looks_the_same(
        self, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        balances.loopring.strangers_fail = True
        assert reason(await loopring.read(CAROL)) is UnknownReason.NOT_FOUND
        assert reason(await loopring.read(AccountId(Network.LOOPRING, 4))) is UnknownReason.NOT_FOUND

    async def test_about_the_key_is_reported_to_the_host_once_until_it_works_again(
        self, balances: SandboxBalances, http: HttpClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider = LoopringProvider(LoopringOptions(base_url=balances.loopring.base_url, api_key="wrong"), http)
        assert reason(await provider.read(CAROL)) is UnknownReason.AUTH
        await provider.read(CAROL)
        assert caplog.text.count("needs attention") == 1
        balances.loopring.api_key = "wrong"
        await provider.read(CAROL)
        balances.loopring.api_key = KEY
        await provider.read(CAROL, fresh=True)
        assert caplog.text.count("needs attention") == 2

    async def test_follows_when_there_is_no_key(self, balances: SandboxBalances, http: HttpClient) -> None:
        provider = LoopringProvider(LoopringOptions(base_url=balances.loopring.base_url), http)
        assert reason(await provider.read(CAROL)) is UnknownReason.AUTH

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.HANG, UnknownReason.NETWORK),
            (Fault.RESET, UnknownReason.NETWORK),
            (Fault.TRUNCATED, UnknownReason.NETWORK),
            (Fault.BAD_REQUEST, UnknownReason.BAD_REQUEST),
            (Fault.UNAUTHORIZED, UnknownReason.AUTH),
            (Fault.FORBIDDEN, UnknownReason.AUTH),
            (Fault.NOT_FOUND, UnknownReason.NOT_FOUND),
            (Fault.RATE_LIMITED, UnknownReason.RATE),
            (Fault.SERVER_ERROR, UnknownReason.SERVER),
            (Fault.UNAVAILABLE, UnknownReason.SERVER),
            (Fault.REDIRECT_AWAY, UnknownReason.REDIRECT),
            (Fault.HTML, UnknownReason.SCHEMA),
            (Fault.EMPTY_BODY, UnknownReason.SCHEMA),
            (Fault.CUT_JSON, UnknownReason.SCHEMA),
            (Fault.NULL_LIST, UnknownReason.SCHEMA),
            (Fault.MISSING_LIST, UnknownReason.SCHEMA),
            (Fault.ROW_WITHOUT_ID, UnknownReason.SCHEMA),
            (Fault.BAD_ID, UnknownReason.SCHEMA),
        ],
    )
    @pytest.mark.parametrize("page", [0, 1, 2])
    async def test_on_any_page_makes_the_whole_reading_unknown(
        self, page: int, fault: Fault, expected: UnknownReason, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        fill(balances, 60)
        balances.loopring.fail(fault, after=page)
        assert reason(await loopring.read(CAROL)) is expected


class TestPages:
    @pytest.mark.parametrize(
        ("count", "walk"),
        [
            (0, [0]),
            (1, [0]),
            (49, [0]),
            (50, [0, 50, 0]),
            (51, [0, 50, 0]),
            (100, [0, 50, 100, 0, 50]),
            (120, [0, 50, 100, 0, 50]),
        ],
    )
    @pytest.mark.parametrize("total_past_end", [True, False])
    async def test_are_read_to_the_end_and_the_earlier_ones_once_more(
        self, total_past_end: bool, count: int, walk: list[int], balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        balances.loopring.total_past_end = total_past_end
        fill(balances, count)
        assert held(await loopring.read(CAROL)) == {nft_data(number): number for number in range(1, count + 1)}
        assert offsets(balances) == walk

    async def test_may_be_shorter_than_asked_for(self, balances: SandboxBalances, loopring: LoopringProvider) -> None:
        balances.loopring.page_cap = 20
        fill(balances, 45)
        assert len(held(await loopring.read(CAROL))) == 45
        assert offsets(balances)[:3] == [0, 20, 40]

    async def test_each_cost_a_call(
        self, balances: SandboxBalances, loopring: LoopringProvider, meter: CountingMeter, clock: StillClock
    ) -> None:
        fill(balances, 60)
        await loopring.read(CAROL)
        assert meter.spent == ["loopring"] * 3
        assert clock.elapsed == 2 * step(0.5)

    @pytest.mark.parametrize(
        ("fault", "count", "expected"),
        [
            (Fault.TOTAL_LIES, 3, UnknownReason.INCOMPLETE),
            (Fault.TOTAL_LIES, 60, UnknownReason.INCOMPLETE),
            (Fault.TOTAL_CHANGES, 60, UnknownReason.INCOMPLETE),
            (Fault.DUPLICATE_ROWS, 3, UnknownReason.INCOMPLETE),
            (Fault.DUPLICATE_ROWS, 60, UnknownReason.INCOMPLETE),
            (Fault.REPEATED_PAGE, 60, UnknownReason.LOOP),
            (Fault.ENDLESS_PAGES, 1, UnknownReason.TOO_MANY),
        ],
    )
    async def test_that_do_not_add_up_are_unknown(
        self, fault: Fault, count: int, expected: UnknownReason, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        fill(balances, count)
        if fault is Fault.DUPLICATE_ROWS and count == 3:
            balances.loopring.fail(Fault.TOTAL_LIES)
        balances.loopring.fail(fault)
        assert reason(await loopring.read(CAROL)) is expected

    async def test_end_after_two_hundred(self, balances: SandboxBalances, loopring: LoopringProvider) -> None:
        balances.loopring.fail(Fault.ENDLESS_PAGES)
        await loopring.read(CAROL)
        assert balances.loopring.count() == 200

    async def test_that_go_empty_half_way_are_unknown_not_a_loss(
        self, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        fill(balances, 120)
        balances.loopring.fail(Fault.EMPTY_LIE, after=1)
        assert reason(await loopring.read(CAROL)) is UnknownReason.INCOMPLETE

    async def test_that_a_transfer_shifted_are_read_again_from_the_start(
        self, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        fill(balances, 60)

        def swap_once(_: BalanceRequest) -> None:
            balances.loopring.after_each_request(None)
            balances.loopring.take(CAROL, nft_data(10))
            balances.loopring.give(CAROL, nft_data(99))

        balances.loopring.after_each_request(swap_once)
        expected = {nft_data(number) for number in [*range(1, 10), *range(11, 61), 99]}
        assert set(held(await loopring.read(CAROL))) == expected

    async def test_that_never_stand_still_are_unknown(
        self, balances: SandboxBalances, loopring: LoopringProvider
    ) -> None:
        fill(balances, 60)

        def swap(request: BalanceRequest) -> None:
            oldest = balances.loopring.holdings(CAROL)[0]
            balances.loopring.take(CAROL, oldest.asset)
            balances.loopring.give(CAROL, nft_data(1000 + balances.loopring.count()), 1)

        balances.loopring.after_each_request(swap)
        assert reason(await loopring.read(CAROL)) is UnknownReason.INCOMPLETE


async def test_a_chia_address_is_the_wrong_question(loopring: LoopringProvider) -> None:
    assert isinstance(await loopring.read(ALICE), Invalid)
    assert isinstance(await loopring.read(AccountId(Network.CHIA_MAINNET, 7)), Invalid)


async def test_a_complete_reading_is_kept_unless_it_must_be_fresh(
    balances: SandboxBalances, loopring: LoopringProvider
) -> None:
    await loopring.read(CAROL)
    balances.loopring.give(CAROL, DOCUMENTED)
    assert held(await loopring.read(CAROL)) == {}
    assert held(await loopring.read(CAROL, fresh=True)) == {DOCUMENTED: 1}


@pytest.mark.parametrize(
    "options",
    [
        LoopringOptions(base_url="api3"),
        LoopringOptions(networks=frozenset({Network.CHIA_MAINNET})),
        LoopringOptions(requests_per_second=0),
        LoopringOptions(api_key=f"{KEY}\n{KEY}"),
    ],
)
async def test_options_that_cannot_work_are_refused_at_start_without_repeating_secrets(
    options: LoopringOptions, http: HttpClient
) -> None:
    with pytest.raises(ConfigError) as refused:
        LoopringProvider(options, http)
    assert KEY not in str(refused.value) + repr(options)

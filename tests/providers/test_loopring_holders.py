"""Loopring's holders of an NFT, by address or by account, or that nobody can tell."""

import json

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.addresses import Address
from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.collection_reader import CollectionReader
from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.loopring_accounts import AccountBook
from bot.providers.loopring_holders import LoopringHolders
from bot.sandbox.balances import Fault, FaultDetails, OwnedNft, SandboxBalances
from tests.providers.support import (
    CAROL,
    FRIENDS_PASS,
    KEY,
    START,
    CountingMeter,
    Said,
    ScriptedApi,
    always,
    nft_data,
    reason,
)

NFT = nft_data(7)
TARGET = PassTarget(Network.LOOPRING, NFT)
ACCOUNT = "/loopring/api/v3/account"
over_http = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def somebody(number: int) -> Address:
    return Address(Network.LOOPRING, f"0x{0xABC000 + number:040x}")


def amounts(outcome: object) -> dict[str, int]:
    assert isinstance(outcome, CompletePass), outcome
    return {owner: sum(holding.amount for holding in holdings) for owner, holdings in outcome.owners.items()}


def give(balances: SandboxBalances, count: int) -> dict[str, int]:
    """Let so many accounts hold 1, 2, 3 … of the NFT."""
    for number in range(1, count + 1):
        balances.loopring.give(somebody(number), NFT, number)
    balances.loopring.give(somebody(1), nft_data(8))
    return {somebody(number).text: number for number in range(1, count + 1)}


@pytest.fixture
def scripted(api: ScriptedApi, http: HttpClient) -> LoopringHolders:
    return LoopringHolders(LoopringOptions(base_url=api.url), http)


def lookups(balances: SandboxBalances) -> int:
    return sum(request.path == ACCOUNT for request in balances.loopring.requests)


class TestACompletePass:
    def test_is_offered_at_the_pace_of_the_wallets(
        self, loopring: LoopringProvider, loopring_holders: LoopringHolders
    ) -> None:
        reader: CollectionReader = loopring_holders
        assert (reader.name, reader.networks, reader.spacing) == (loopring.name, loopring.networks, loopring.spacing)

    @pytest.mark.parametrize("count", [1, 49, 50, 120])
    async def test_names_every_holder_with_the_amount(
        self, count: int, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        expected = give(balances, count)
        outcome = await loopring_holders.read_collection(TARGET)
        assert amounts(outcome) == expected
        assert isinstance(outcome, CompletePass)
        assert (outcome.announced, outcome.ownerless, outcome.source) == (count, 0, "loopring")
        assert (outcome.observed_at, outcome.speaks_of) == (START, None)
        assert outcome.calls == balances.loopring.count() == loopring_holders.calls_for(count)
        assert outcome.agrees_with(somebody(1), Holdings((Holding(NFT, None, 1),)))
        assert outcome.agrees_with(CAROL, Holdings())
        assert await loopring_holders.count(TARGET) == count

    @pytest.mark.parametrize("cap", [7, 50])
    async def test_is_reached_whatever_the_pages_look_like(
        self, cap: int, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        expected = give(balances, 60)
        balances.loopring.page_cap = cap
        balances.loopring.total_past_end = True
        assert amounts(await loopring_holders.read_collection(TARGET)) == expected

    async def test_takes_addresses_in_any_case_and_drops_who_holds_none(
        self, api: ScriptedApi, scripted: LoopringHolders
    ) -> None:
        rows = [
            {"accountId": 1, "address": "0x" + "aB" * 20, "tokenId": 1, "amount": "12345678901234567890"},
            {"accountId": "2", "address": CAROL.display, "tokenId": 1, "amount": 0},
        ]
        api.say = always(json.dumps({"totalNum": 2, "nftHolders": rows}).encode())
        outcome = await scripted.read_collection(TARGET)
        assert amounts(outcome) == {"0x" + "ab" * 20: 12345678901234567890}
        assert isinstance(outcome, CompletePass)
        assert outcome.announced == 2


class TestAccountsWithoutAnAddress:
    async def test_are_looked_up_when_they_may_matter_and_only_once(
        self, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        expected = give(balances, 5)
        balances.loopring.names_addresses = False
        linked = [somebody(number) for number in (*range(1, 6), 77, 78)]
        outcome = await loopring_holders.read_collection(TARGET, linked)
        assert amounts(outcome) == expected
        assert isinstance(outcome, CompletePass)
        assert (lookups(balances), outcome.calls) == (5, 6)
        assert outcome.agrees_with(somebody(77), Holdings())
        assert amounts(await loopring_holders.read_collection(TARGET, linked)) == expected
        assert lookups(balances) == 5

    async def test_are_left_alone_when_they_are_many_and_few_wallets_are_linked(
        self, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 60)
        balances.loopring.names_addresses = False
        linked = [somebody(3), somebody(77)]
        outcome = await loopring_holders.read_collection(TARGET, linked)
        assert amounts(outcome) == {somebody(3).text: 3}
        assert isinstance(outcome, CompletePass)
        assert outcome.agrees_with(somebody(77), Holdings())
        assert not outcome.agrees_with(somebody(4), Holdings())
        assert lookups(balances) == 2
        for _ in range(3):
            await loopring_holders.read_collection(TARGET, linked)
        assert lookups(balances) == 2

    async def test_are_looked_up_again_for_who_is_new(
        self, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 60)
        balances.loopring.names_addresses = False
        linked = [somebody(3), somebody(77)]
        await loopring_holders.read_collection(TARGET, linked)
        balances.loopring.give(somebody(77), NFT, 5)
        outcome = await loopring_holders.read_collection(TARGET, linked)
        assert amounts(outcome) == {somebody(3).text: 3, somebody(77).text: 5}
        outcome = await loopring_holders.read_collection(TARGET, [*linked, somebody(4)])
        assert amounts(outcome) == {somebody(3).text: 3, somebody(77).text: 5, somebody(4).text: 4}

    async def test_are_asked_for_without_the_key(
        self, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 2)
        balances.loopring.names_addresses = False
        await loopring_holders.read_collection(TARGET, [somebody(1)])
        asked = {request.path: request.keyed for request in balances.loopring.requests}
        assert asked == {"/loopring/api/v3/nft/info/nftHolders": True, ACCOUNT: False}

    async def test_that_cannot_be_looked_up_are_no_evidence(
        self, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 5)
        balances.loopring.names_addresses = False
        balances.loopring.fail(Fault.SERVER_ERROR, after=1, times=3)
        linked = [somebody(1)]
        assert reason(await loopring_holders.read_collection(TARGET, linked)) is UnknownReason.SERVER
        assert amounts(await loopring_holders.read_collection(TARGET, linked)) == {somebody(1).text: 1}

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"accountId": 5},
            {"accountId": 5, "owner": "0x12"},
            {"accountId": 5, "owner": CAROL.text},
            {"accountId": 6, "owner": somebody(1).text},
            {"resultInfo": {"code": 101002, "message": "account not found"}},
            {"resultInfo": {"code": 100000, "message": "?"}},
        ],
    )
    async def test_are_believed_only_when_they_are_those_that_were_asked_for(
        self, answer: object, api: ScriptedApi, scripted: LoopringHolders
    ) -> None:
        holders = {"totalNum": 1, "nftHolders": [{"accountId": 5, "tokenId": 1, "amount": "1"}]}

        def say(request: web.BaseRequest) -> Said:
            return Said(json.dumps(holders if request.path.endswith("nftHolders") else answer).encode())

        api.say = say
        outcome = await scripted.read_collection(TARGET, [somebody(1), somebody(2)])
        if answer == {"accountId": 5, "owner": CAROL.text}:  # a good answer: the account is a stranger's
            assert amounts(outcome) == {CAROL.text: 1}
        else:
            assert isinstance(outcome, Unknown)


class TestNoPass:
    @pytest.mark.parametrize(
        "fault",
        [
            fault
            for fault in Fault
            if fault
            not in (
                Fault.STALE,
                Fault.DUPLICATE_ROWS,
                Fault.LAST_PAGE,
                Fault.OVERSIZE,
                Fault.OWNERS_LOST,
                Fault.NAN,
                Fault.REDIRECT_HERE,
            )
        ],
    )
    async def test_comes_of_a_fault_that_lasts(
        self, fault: Fault, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 60)
        balances.loopring.fail(fault)
        assert isinstance(await loopring_holders.read_collection(TARGET), Unknown)

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.TOTAL_LIES, UnknownReason.INCOMPLETE),
            (Fault.EMPTY_LIE, UnknownReason.INCOMPLETE),
            (Fault.REPEATED_PAGE, UnknownReason.LOOP),
            (Fault.ENDLESS_PAGES, UnknownReason.TOO_MANY),
            (Fault.RESULT_INFO, UnknownReason.SERVER),
        ],
    )
    async def test_says_why(
        self, fault: Fault, expected: UnknownReason, balances: SandboxBalances, loopring_holders: LoopringHolders
    ) -> None:
        give(balances, 60)
        balances.loopring.fail(fault, details=FaultDetails(delta=1))
        assert reason(await loopring_holders.read_collection(TARGET)) is expected

    async def test_comes_of_an_nft_without_holders(self, loopring_holders: LoopringHolders) -> None:
        assert reason(await loopring_holders.read_collection(TARGET)) is UnknownReason.INCOMPLETE
        assert await loopring_holders.count(TARGET) == 0

    async def test_comes_of_a_wrong_key_and_rings(
        self, balances: SandboxBalances, http: HttpClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        give(balances, 1)
        holders = LoopringHolders(LoopringOptions(base_url=balances.loopring.base_url, api_key="wrong"), http)
        assert reason(await holders.read_collection(TARGET)) is UnknownReason.AUTH
        assert reason(await holders.count(TARGET)) is UnknownReason.AUTH
        assert sum("needs attention" in record.message for record in caplog.records) == 1
        assert KEY not in caplog.text

    async def test_comes_of_another_network(self, loopring_holders: LoopringHolders, meter: CountingMeter) -> None:
        assert reason(await loopring_holders.read_collection(FRIENDS_PASS)) is UnknownReason.NO_PROVIDER
        assert reason(await loopring_holders.count(FRIENDS_PASS)) is UnknownReason.NO_PROVIDER
        assert meter.spent == []

    @pytest.mark.parametrize(
        "row",
        [
            5,
            {"address": CAROL.text, "amount": "1"},
            {"accountId": -1, "address": CAROL.text, "amount": "1"},
            {"accountId": 1, "address": CAROL.text},
            {"accountId": 1, "address": CAROL.text, "amount": "1e3"},
            {"accountId": 1, "address": CAROL.text, "amount": True},
            {"accountId": 1, "address": "0x12", "amount": "1"},
            {"accountId": 1, "address": 12, "amount": "1"},
        ],
    )
    async def test_comes_of_a_row_of_another_shape(
        self, row: object, api: ScriptedApi, scripted: LoopringHolders
    ) -> None:
        api.say = always(json.dumps({"totalNum": 1, "nftHolders": [row]}).encode())
        assert reason(await scripted.read_collection(TARGET)) is UnknownReason.SCHEMA

    async def test_comes_of_two_accounts_with_one_owner_and_is_not_held_against_the_next(
        self, api: ScriptedApi, scripted: LoopringHolders
    ) -> None:
        rows = [{"accountId": number, "address": CAROL.text, "amount": "1"} for number in (1, 2)]
        api.say = always(json.dumps({"totalNum": 2, "nftHolders": rows}).encode())
        assert reason(await scripted.read_collection(TARGET)) is UnknownReason.SCHEMA
        api.say = always(json.dumps({"totalNum": 1, "nftHolders": rows[1:]}).encode())
        assert amounts(await scripted.read_collection(TARGET)) == {CAROL.text: 1}


async def test_what_is_found_to_be_wrong_meanwhile_is_not_built_upon(api: ScriptedApi, http: HttpClient) -> None:
    book = AccountBook(http.endpoint(provider="loopring", base_url=api.url, spacing=0))
    assert book.learn({1: CAROL.text}) is None

    def say(request: web.BaseRequest) -> Said:
        assert isinstance(book.learn({2: CAROL.text}), Unknown)
        return Said(json.dumps({"accountId": 5, "owner": somebody(1).text}).encode())

    api.say = say
    assert isinstance(await book.resolve([5, 6, 7], [somebody(1)]), Unknown)
    assert book.owner_of(1) is None


@over_http
@given(
    moves=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 8), st.integers(9, 30)), max_size=6),
    cap=st.integers(2, 4),
)
async def test_a_list_that_moves_while_it_is_read_is_read_as_it_once_was_or_not_at_all(
    moves: list[tuple[int, int, int]], cap: int, balances: SandboxBalances, loopring_holders: LoopringHolders
) -> None:
    stand_in = balances.loopring
    stand_in.page_cap = cap
    for number in range(1, 31):
        stand_in.set_holdings(somebody(number), [OwnedNft(NFT)] if number < 9 else [])
    once = [{somebody(number).text for number in range(1, 9)}]
    stand_in.requests.clear()

    def trade(_: object) -> None:
        for when, giver, taker in moves:
            # Who sold everything does not come back: there and back again is beyond any reading.
            if when == stand_in.requests.count and somebody(giver).text in once[-1]:
                stand_in.move(NFT, somebody(giver), somebody(taker))
                once.append((once[-1] - {somebody(giver).text}) | {somebody(taker).text})

    stand_in.after_each_request(trade)
    outcome = await loopring_holders.read_collection(TARGET)
    stand_in.after_each_request(None)
    if isinstance(outcome, Unknown):
        assert outcome.reason in (UnknownReason.INCOMPLETE, UnknownReason.LOOP)
    else:
        assert set(outcome.owners) in once

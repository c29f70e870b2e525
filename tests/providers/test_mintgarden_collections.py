"""MintGarden's collections: who holds one, or that nobody can tell."""

import json

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.collection_reader import CollectionReader
from bot.providers.http import HttpClient
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.sandbox.balances import Fault, FaultDetails, SandboxBalances
from tests.providers import market
from tests.providers.support import (
    ALICE,
    ALICE_ON_TESTNET,
    FRIENDS,
    FRIENDS_PASS,
    START,
    CountingMeter,
    Said,
    ScriptedApi,
    nft,
    owned,
    reason,
    wallet,
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


async def test_a_collection_is_read_with_all_its_owners(
    balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    for number in range(1, 251):
        balances.spacescan.give(wallet(number % 7 + 1), nft(number), collection_id=FRIENDS)
    balances.spacescan.give(ALICE, nft(900))
    outcome = await mintgarden.read_collection(FRIENDS_PASS)
    assert owned(outcome) == {
        wallet(owner + 1).text: {nft(number) for number in range(1, 251) if number % 7 == owner} for owner in range(7)
    }
    assert isinstance(outcome, CompletePass)
    assert (outcome.announced, outcome.ownerless, outcome.source) == (250, 0, "mintgarden")
    assert (outcome.observed_at, outcome.speaks_of) == (START, None)
    assert outcome.calls == balances.mintgarden.count() == mintgarden.calls_for(250) == 4
    assert await mintgarden.count(FRIENDS_PASS) == 250


@pytest.mark.parametrize("null_at_end", [True, False])
async def test_a_collection_may_fill_its_last_page(
    null_at_end: bool, balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    balances.mintgarden.null_at_end = null_at_end
    give_friends(balances, 200)
    outcome = await mintgarden.read_collection(FRIENDS_PASS)
    assert len(owned(outcome)[ALICE.text]) == 200
    assert balances.mintgarden.count() <= mintgarden.calls_for(200)


async def test_nfts_without_an_owner_count_as_seen(balances: SandboxBalances, mintgarden: MintGardenProvider) -> None:
    give_friends(balances, 3)
    balances.spacescan.orphan(nft(9), collection_id=FRIENDS)
    outcome = await mintgarden.read_collection(FRIENDS_PASS)
    assert owned(outcome) == {ALICE.text: {nft(1), nft(2), nft(3)}}
    assert isinstance(outcome, CompletePass)
    assert (outcome.announced, outcome.without_owner) == (4, frozenset({nft(9)}))


@pytest.mark.parametrize("delta", [-1, 1])
async def test_a_collection_that_does_not_reach_its_own_count_is_no_pass(
    delta: int, balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    give_friends(balances, 3)
    balances.mintgarden.fail(Fault.TOTAL_LIES, details=FaultDetails(delta=delta))
    assert reason(await mintgarden.read_collection(FRIENDS_PASS)) is UnknownReason.INCOMPLETE


@pytest.mark.parametrize("fault", [Fault.LAST_PAGE, Fault.EMPTY_LIE, Fault.OWNERS_LOST])
async def test_a_collection_that_loses_its_pages_its_nfts_or_its_owners_is_no_pass(
    fault: Fault, balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    give_friends(balances, 250)
    balances.mintgarden.fail(fault)
    assert reason(await mintgarden.read_collection(FRIENDS_PASS)) is UnknownReason.INCOMPLETE


async def test_a_collection_that_nobody_knows_is_no_empty_one(mintgarden: MintGardenProvider) -> None:
    assert reason(await mintgarden.read_collection(FRIENDS_PASS)) is UnknownReason.NOT_FOUND
    assert reason(await mintgarden.count(FRIENDS_PASS)) is UnknownReason.NOT_FOUND


@pytest.mark.parametrize(
    "item",
    [
        {**ITEM, "collection_id": None},
        {key: value for key, value in ITEM.items() if key != "owner_address_encoded_id"},
        {**ITEM, "owner_address_encoded_id": "did:chia:somebody"},
    ],
)
async def test_a_collection_with_a_row_that_is_not_one_of_it_is_no_pass(
    item: object, api: ScriptedApi, scripted: MintGardenProvider
) -> None:
    pages = {f"/collections/{FRIENDS}/nfts": {"items": [item], "next": None}}
    count = {"id": FRIENDS, "nft_count": 1}
    api.say = lambda request: Said(json.dumps(pages.get(request.path, count)).encode())
    assert reason(await scripted.read_collection(FRIENDS_PASS)) is UnknownReason.SCHEMA


@pytest.mark.parametrize(
    "count",
    [{"id": FRIENDS}, {"nft_count": 1}, {"id": FRIENDS, "nft_count": None}, {"id": nft(1), "nft_count": 1}, []],
)
async def test_a_collection_with_a_count_that_is_none_is_no_pass(
    count: object, api: ScriptedApi, scripted: MintGardenProvider
) -> None:
    page = {"items": [ITEM], "next": None, "size": 100}

    def say(request: web.BaseRequest) -> Said:
        return Said(json.dumps(page if request.path.endswith("/nfts") else count).encode())

    api.say = say
    assert reason(await scripted.read_collection(FRIENDS_PASS)) is UnknownReason.SCHEMA


async def test_a_collection_on_the_test_network_names_its_wallets_in_its_own_spelling(
    balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    balances.spacescan_testnet.give(ALICE_ON_TESTNET, nft(1), collection_id=FRIENDS)
    for prefix in ("txch", "xch"):
        balances.mintgarden_testnet.prefix = prefix
        outcome = await mintgarden.read_collection(PassTarget(Network.CHIA_TESTNET11, FRIENDS))
        assert owned(outcome) == {ALICE_ON_TESTNET.text: {nft(1)}}


async def test_a_collection_on_another_network_is_not_asked_about(
    mintgarden: MintGardenProvider, meter: CountingMeter
) -> None:
    reader: CollectionReader = mintgarden
    target = PassTarget(Network.LOOPRING, "0x1")
    assert reason(await reader.read_collection(target)) is UnknownReason.NO_PROVIDER
    assert reason(await reader.count(target)) is UnknownReason.NO_PROVIDER
    assert meter.spent == []


@pytest.mark.parametrize("fault", [Fault.REPEATED_PAGE, Fault.ENDLESS_PAGES])
async def test_a_collection_with_pages_that_lead_nowhere_is_no_pass(
    fault: Fault, balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    give_friends(balances, 8)
    balances.mintgarden.page_cap = 3
    balances.mintgarden.fail(fault)
    expected = {Fault.REPEATED_PAGE: UnknownReason.LOOP, Fault.ENDLESS_PAGES: UnknownReason.TOO_MANY}[fault]
    assert reason(await mintgarden.read_collection(FRIENDS_PASS)) is expected


@pytest.mark.parametrize("after", range(4))
async def test_one_answer_that_fails_ends_the_pass(
    after: int, balances: SandboxBalances, mintgarden: MintGardenProvider
) -> None:
    give_friends(balances, 250)
    balances.mintgarden.fail(Fault.FORBIDDEN, after=after, times=1)
    outcome = await mintgarden.read_collection(FRIENDS_PASS)
    assert isinstance(outcome, Unknown)
    assert outcome.reason is UnknownReason.AUTH


@over_http
@given(moves=market.moves, mints=market.mints, latest_last=st.booleans(), null_at_end=st.booleans())
async def test_a_collection_that_moves_while_it_is_read_is_seen_whole_or_not_at_all(
    moves: list[market.Move],
    mints: set[int],
    latest_last: bool,
    null_at_end: bool,
    balances: SandboxBalances,
    mintgarden: MintGardenProvider,
) -> None:
    balances.mintgarden.latest_last, balances.mintgarden.null_at_end = latest_last, null_at_end
    place = market.Market(balances.mintgarden)
    with place.opened(moves, mints):
        outcome = await mintgarden.read_collection(FRIENDS_PASS)
    place.check(outcome)

"""Spacescan's collections: who holds one, or that nobody can tell."""

import json

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.errors import ConfigError
from bot.domain.networks import Network
from bot.domain.paces import step
from bot.domain.readings import Complete, Unknown, UnknownReason
from bot.providers.collection_reader import CollectionReader
from bot.providers.http import HttpClient
from bot.providers.json_body import JsonValue
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections
from bot.sandbox.balances import Fault, FaultDetails, SandboxBalances
from tests.providers import market
from tests.providers.support import (
    ALICE,
    ALICE_ON_TESTNET,
    BOB,
    FRIENDS,
    FRIENDS_PASS,
    KEY,
    START,
    CountingMeter,
    Said,
    ScriptedApi,
    StillClock,
    nft,
    owned,
    reason,
    wallet,
)

OWNER: JsonValue = {"did": None, "address": {"address": ALICE.text}}
over_http = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def scripted(api: ScriptedApi, http: HttpClient) -> SpacescanCollections:
    return SpacescanCollections(SpacescanOptions(base_url=api.url), http)


def tell(api: ScriptedApi, rows: object, count: object = 1, status: str = "success") -> None:
    """Let the API list these rows on its first page and nothing after it."""

    def say(request: web.BaseRequest) -> Said:
        body: object = {"status": status, "data": {"id": FRIENDS, "nft_count": count}}
        if request.path.endswith("/nfts"):
            body = {"status": status, "data": rows if request.query["page"] == "1" else [], "pagination": {}}
        return Said(json.dumps(body).encode())

    api.say = say


def give_friends(balances: SandboxBalances, count: int) -> None:
    for number in range(1, count + 1):
        balances.spacescan.give(ALICE, nft(number), collection_id=FRIENDS)


class TestACompletePass:
    def test_is_offered_at_the_pace_of_the_wallets(
        self, spacescan: SpacescanProvider, spacescan_collections: SpacescanCollections
    ) -> None:
        reader: CollectionReader = spacescan_collections
        assert (reader.name, reader.networks, reader.spacing) == (
            spacescan.name,
            spacescan.networks,
            spacescan.spacing,
        )

    @pytest.mark.parametrize("count", [1, 49, 50, 51, 120])
    async def test_names_the_owner_of_every_nft(
        self, count: int, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        for number in range(1, count + 1):
            balances.spacescan.give(wallet(number % 3 + 1), nft(number), collection_id=FRIENDS)
        balances.spacescan.give(ALICE, nft(900))
        outcome = await spacescan_collections.read_collection(FRIENDS_PASS)
        assert owned(outcome) == {
            wallet(owner + 1).text: {nft(number) for number in range(1, count + 1) if number % 3 == owner}
            for owner in {number % 3 for number in range(1, count + 1)}
        }
        assert isinstance(outcome, CompletePass)
        assert (outcome.announced, outcome.source, outcome.observed_at) == (count, "spacescan", START)
        assert outcome.calls == balances.spacescan.count() == spacescan_collections.calls_for(count)
        assert await spacescan_collections.count(FRIENDS_PASS) == count

    async def test_agrees_with_what_the_wallets_themselves_say(
        self, balances: SandboxBalances, spacescan: SpacescanProvider, spacescan_collections: SpacescanCollections
    ) -> None:
        give_friends(balances, 3)
        balances.spacescan.give(ALICE, nft(900))
        reading, nothing = await spacescan.read(ALICE), await spacescan.read(BOB)
        outcome = await spacescan_collections.read_collection(FRIENDS_PASS)
        assert isinstance(outcome, CompletePass)
        assert isinstance(reading, Complete)
        assert isinstance(nothing, Complete)
        assert outcome.agrees_with(ALICE, reading.holdings)
        assert outcome.agrees_with(BOB, nothing.holdings)
        balances.spacescan.move(nft(2), ALICE, BOB)
        outcome = await spacescan_collections.read_collection(FRIENDS_PASS)
        assert isinstance(outcome, CompletePass)
        assert not outcome.agrees_with(ALICE, reading.holdings)
        assert not outcome.agrees_with(BOB, nothing.holdings)

    async def test_is_reached_where_the_server_caps_its_pages(
        self, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        balances.spacescan.page_cap = 4
        give_friends(balances, 10)
        assert len(owned(await spacescan_collections.read_collection(FRIENDS_PASS))[ALICE.text]) == 10

    async def test_is_asked_as_documented(self, api: ScriptedApi, http: HttpClient) -> None:
        collections = SpacescanCollections(SpacescanOptions(base_url=api.url, api_key=KEY), http)
        tell(api, [{"id": nft(1), "owner": OWNER}])
        await collections.read_collection(FRIENDS_PASS)
        page, count = api.requests
        assert (page.method, page.path, dict(page.query)) == (
            "POST",
            f"/collections/{FRIENDS}/nfts",
            {"page": "1", "count": "50"},
        )
        assert (page.headers["Content-Type"], api.bodies) == ("application/json", [b"{}", b""])
        assert (count.method, count.path, dict(count.query)) == (
            "GET",
            f"/collections/{FRIENDS}",
            {"include_nft_count": "true"},
        )
        assert [request.headers["x-api-key"] for request in api.requests] == [KEY, KEY]

    @pytest.mark.parametrize("owner", [OWNER, {"address": ALICE.text}, {"address": f" {ALICE.text} ", "did": {}}])
    async def test_reads_an_owner_in_either_shape(
        self, owner: object, api: ScriptedApi, scripted: SpacescanCollections
    ) -> None:
        tell(api, [{"id": nft(1) + "  ", "owner": owner}], "1", "SUCCESS")
        assert owned(await scripted.read_collection(FRIENDS_PASS)) == {ALICE.text: {nft(1)}}

    @pytest.mark.parametrize("owner", [None, {"address": None}, {"did": None, "address": {"address": None}}])
    async def test_counts_what_nobody_owns(
        self, owner: object, api: ScriptedApi, scripted: SpacescanCollections
    ) -> None:
        tell(api, [{"id": nft(1), "owner": OWNER}, {"id": nft(2), "owner": owner}], 2)
        outcome = await scripted.read_collection(FRIENDS_PASS)
        assert isinstance(outcome, CompletePass)
        assert outcome.without_owner == {nft(2)}

    async def test_names_wallets_of_the_test_network_in_its_own_spelling(
        self, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        target = PassTarget(Network.CHIA_TESTNET11, FRIENDS)
        balances.spacescan_testnet.give(ALICE_ON_TESTNET, nft(1), collection_id=FRIENDS)
        for prefix in ("txch", "xch"):
            balances.spacescan_testnet.prefix = prefix
            outcome = await spacescan_collections.read_collection(target)
            assert owned(outcome) == {ALICE_ON_TESTNET.text: {nft(1)}}

    async def test_shares_the_pace_and_the_quota_with_the_wallets(
        self,
        balances: SandboxBalances,
        spacescan: SpacescanProvider,
        spacescan_collections: SpacescanCollections,
        clock: StillClock,
        meter: CountingMeter,
    ) -> None:
        give_friends(balances, 1)
        await spacescan.read(ALICE)
        await spacescan_collections.read_collection(FRIENDS_PASS)
        assert clock.elapsed == pytest.approx(2 * step(12))
        assert meter.spent == ["spacescan"] * 3


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
                Fault.RESULT_INFO,
                Fault.LEGACY_ERROR,
                Fault.LAST_PAGE,
                Fault.OVERSIZE,
                Fault.NAN,
                Fault.REDIRECT_HERE,
            )
        ],
    )
    async def test_comes_of_a_fault_that_lasts(
        self, fault: Fault, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        balances.spacescan.page_cap = 3
        give_friends(balances, 8)
        balances.spacescan.fail(fault)
        assert isinstance(await spacescan_collections.read_collection(FRIENDS_PASS), Unknown)

    @pytest.mark.parametrize("after", range(4))
    async def test_comes_of_one_answer_that_fails(
        self, after: int, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        give_friends(balances, 120)
        balances.spacescan.fail(Fault.FORBIDDEN, after=after, times=1)
        assert reason(await spacescan_collections.read_collection(FRIENDS_PASS)) is UnknownReason.AUTH

    @pytest.mark.parametrize("delta", [-1, 1])
    async def test_comes_of_a_count_that_is_not_reached(
        self, delta: int, balances: SandboxBalances, spacescan_collections: SpacescanCollections
    ) -> None:
        give_friends(balances, 3)
        balances.spacescan.fail(Fault.TOTAL_LIES, details=FaultDetails(delta=delta))
        assert reason(await spacescan_collections.read_collection(FRIENDS_PASS)) is UnknownReason.INCOMPLETE

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.REPEATED_PAGE, UnknownReason.LOOP),
            (Fault.ENDLESS_PAGES, UnknownReason.TOO_MANY),
            (Fault.EMPTY_LIE, UnknownReason.INCOMPLETE),
            (Fault.OWNERS_LOST, UnknownReason.INCOMPLETE),
            (Fault.STATUS_FAILED, UnknownReason.SERVER),
        ],
    )
    async def test_says_why(
        self,
        fault: Fault,
        expected: UnknownReason,
        balances: SandboxBalances,
        spacescan_collections: SpacescanCollections,
    ) -> None:
        give_friends(balances, 120)
        balances.spacescan.fail(fault)
        assert reason(await spacescan_collections.read_collection(FRIENDS_PASS)) is expected

    async def test_comes_of_a_collection_that_nobody_knows(self, spacescan_collections: SpacescanCollections) -> None:
        assert reason(await spacescan_collections.read_collection(FRIENDS_PASS)) is UnknownReason.NOT_FOUND
        assert reason(await spacescan_collections.count(FRIENDS_PASS)) is UnknownReason.NOT_FOUND

    async def test_comes_of_another_network(
        self, spacescan_collections: SpacescanCollections, meter: CountingMeter
    ) -> None:
        target = PassTarget(Network.LOOPRING, "0x1")
        assert reason(await spacescan_collections.read_collection(target)) is UnknownReason.NO_PROVIDER
        assert reason(await spacescan_collections.count(target)) is UnknownReason.NO_PROVIDER
        assert meter.spent == []

    @pytest.mark.parametrize(
        "rows",
        [
            None,
            {},
            [7],
            [{"owner": OWNER}],
            [{"id": FRIENDS, "owner": OWNER}],
            [{"id": nft(1)}],
            [{"id": nft(1), "owner": ALICE.text}],
            [{"id": nft(1), "owner": {}}],
            [{"id": nft(1), "owner": {"did": None}}],
            [{"id": nft(1), "owner": {"did": {"id": "did:chia:1"}, "address": None}}],
            [{"id": nft(1), "owner": {"address": "xch1nobody"}}],
            [{"id": nft(1), "owner": {"address": nft(1)}}],
            [{"id": nft(1), "owner": {"address": chia_ids.encode("txch", bytes(32))}}],
            [{"id": nft(1), "owner": {"address": 5}}],
        ],
    )
    async def test_comes_of_rows_of_another_shape(
        self, rows: object, api: ScriptedApi, scripted: SpacescanCollections
    ) -> None:
        tell(api, rows)
        assert reason(await scripted.read_collection(FRIENDS_PASS)) is UnknownReason.SCHEMA

    @pytest.mark.parametrize("count", [None, -1, 1.0, "1e3", True, []])
    async def test_comes_of_a_count_that_is_none(
        self, count: object, api: ScriptedApi, scripted: SpacescanCollections
    ) -> None:
        tell(api, [{"id": nft(1), "owner": OWNER}], count)
        assert reason(await scripted.read_collection(FRIENDS_PASS)) is UnknownReason.SCHEMA
        assert reason(await scripted.count(FRIENDS_PASS)) is UnknownReason.SCHEMA

    async def test_comes_of_options_that_cannot_work(self, http: HttpClient) -> None:
        with pytest.raises(ConfigError):
            SpacescanCollections(SpacescanOptions(requests_per_minute=0), http)


@over_http
@given(moves=market.moves, mints=market.mints, latest_last=st.booleans())
async def test_a_collection_that_moves_while_it_is_read_is_seen_whole_or_not_at_all(
    moves: list[market.Move],
    mints: set[int],
    latest_last: bool,
    balances: SandboxBalances,
    spacescan_collections: SpacescanCollections,
) -> None:
    balances.spacescan.latest_last = latest_last
    place = market.Market(balances.spacescan)
    with place.opened(moves, mints):
        outcome = await spacescan_collections.read_collection(FRIENDS_PASS)
    place.check(outcome)

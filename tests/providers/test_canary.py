"""A provider is believed only as far as its canary lets it, against the stand-in of the real API."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.domain.canaries import CanaryState
from bot.domain.collection_passes import CompletePass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Complete, Unknown, UnknownReason
from bot.provider_registry import build_directory
from bot.provider_settings import ProvidersSettings, SpacescanSettings
from bot.providers.canary import CANARY_LASTS, GuardedProvider
from bot.providers.collection_reader import CollectionReader
from bot.providers.directory import ProviderDirectory
from bot.providers.http import HttpClient
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections
from bot.sandbox.balances import Fault, SandboxBalances
from tests.providers.support import ALICE, ALICE_ON_TESTNET, BOB, FRIENDS, StillClock, held, nft, reason, wallet

CANARY = wallet(99)


@pytest.fixture
def guarded(spacescan_options: SpacescanOptions, balances: SandboxBalances, http: HttpClient) -> GuardedProvider:
    """Spacescan at a quick pace, with a canary that holds something."""
    balances.spacescan.give(CANARY, nft(99))
    quick = SpacescanOptions(
        base_url=spacescan_options.base_url,
        testnet_base_url=spacescan_options.testnet_base_url,
        requests_per_minute=60_000,
    )
    return GuardedProvider(SpacescanProvider(quick, http), {Network.CHIA_MAINNET: CANARY}, http.clock)


def state(guarded: GuardedProvider) -> CanaryState:
    return guarded.canaries[0].state


async def test_what_a_wallet_holds_is_believed_while_the_canary_is_well(
    guarded: GuardedProvider, balances: SandboxBalances
) -> None:
    assert state(guarded) is CanaryState.UNREAD
    balances.spacescan.give(ALICE, nft(1))
    assert held(await guarded.read(ALICE, fresh=True)) == {nft(1): 1}
    assert state(guarded) is CanaryState.HOLDS


async def test_while_the_canary_reads_as_empty_nothing_is_believed(
    guarded: GuardedProvider, balances: SandboxBalances, clock: StillClock
) -> None:
    balances.spacescan.give(ALICE, nft(1))
    balances.spacescan.fail(Fault.EMPTY_LIE, times=None, wallet=CANARY)
    reading = await guarded.read(ALICE, fresh=True)
    assert isinstance(reading, Unknown)
    assert reading.reason is UnknownReason.CANARY
    assert reading.retry_after is not None
    assert balances.spacescan.count(ALICE) == 0, "the call can be saved"

    balances.spacescan.heal()
    assert reason(await guarded.read(ALICE, fresh=True)) is UnknownReason.CANARY
    clock.elapsed += reading.retry_after.total_seconds()
    assert held(await guarded.read(ALICE, fresh=True)) == {nft(1): 1}


async def test_readings_share_one_look_at_the_canary_until_it_is_too_old(
    guarded: GuardedProvider, balances: SandboxBalances, clock: StillClock
) -> None:
    wallets = [wallet(number) for number in range(1, 9)]
    for number, address in enumerate(wallets):
        balances.spacescan.give(address, nft(number))
    await asyncio.gather(*(guarded.read(address, fresh=True) for address in wallets))
    assert balances.spacescan.count(CANARY) == 1

    clock.elapsed += CANARY_LASTS.total_seconds()
    await asyncio.gather(*(guarded.read(address, fresh=True) for address in wallets))
    assert balances.spacescan.count(CANARY) == 2


async def test_a_clock_that_was_set_back_makes_no_look_last_longer(
    guarded: GuardedProvider, balances: SandboxBalances, clock: StillClock
) -> None:
    balances.spacescan.give(ALICE, nft(1))
    await guarded.read(ALICE, fresh=True)
    clock.elapsed -= timedelta(minutes=1).total_seconds()
    await guarded.read(ALICE, fresh=True)
    assert balances.spacescan.count(CANARY) == 2


class TestAnEmptyReading:
    async def test_passes_only_after_a_look_that_began_after_it(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        assert held(await guarded.read(BOB, fresh=True)) == {}
        paths = [request.path.rpartition("/")[2] for request in balances.spacescan.requests]
        assert paths == [CANARY.text, BOB.text, CANARY.text]

    async def test_is_not_believed_when_the_service_broke_down_after_the_last_look(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        balances.spacescan.give(ALICE, nft(1))
        balances.spacescan.give(BOB, nft(2))
        await guarded.read(BOB, fresh=True)
        balances.spacescan.fail(Fault.EMPTY_LIE, times=None)
        assert reason(await guarded.read(ALICE, fresh=True)) is UnknownReason.CANARY
        assert state(guarded) is CanaryState.EMPTY
        assert reason(await guarded.read(BOB, fresh=True)) is UnknownReason.CANARY

    async def test_is_not_believed_while_the_canary_cannot_be_read_but_a_full_one_is(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        balances.spacescan.give(ALICE, nft(1))
        balances.spacescan.fail(Fault.UNAVAILABLE, times=None, wallet=CANARY)
        assert reason(await guarded.read(BOB, fresh=True)) is UnknownReason.CANARY
        assert state(guarded) is CanaryState.UNREADABLE
        assert held(await guarded.read(ALICE, fresh=True)) == {nft(1): 1}

    async def test_of_many_shares_the_look_that_confirms_it(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        wallets = [wallet(number) for number in range(1, 17)]
        readings = await asyncio.gather(*(guarded.read(address, fresh=True) for address in wallets))
        assert all(held(reading) == {} for reading in readings)
        assert balances.spacescan.count(CANARY) < len(wallets)

    async def test_from_the_memory_of_the_provider_is_asked_anew(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        assert held(await guarded.read(BOB, fresh=True)) == {}
        balances.spacescan.give(BOB, nft(2))
        assert held(await guarded.read(BOB)) == {nft(2): 1}

    async def test_of_a_cancelled_reading_leaves_nobody_waiting(
        self, guarded: GuardedProvider, balances: SandboxBalances
    ) -> None:
        balances.spacescan.fail(Fault.HANG, times=1, wallet=CANARY)
        first = asyncio.create_task(guarded.read(BOB, fresh=True))
        await asyncio.sleep(0)
        second = asyncio.create_task(guarded.read(ALICE, fresh=True))
        await asyncio.sleep(0.05)
        first.cancel()
        assert held(await second) == {}
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_a_network_without_a_canary_is_left_alone(guarded: GuardedProvider, balances: SandboxBalances) -> None:
    balances.spacescan.fail(Fault.EMPTY_LIE, times=None)
    assert held(await guarded.read(ALICE_ON_TESTNET, fresh=True)) == {}
    assert balances.spacescan.count(CANARY) == 0


async def test_the_host_is_told_once_and_never_by_the_address(
    guarded: GuardedProvider, balances: SandboxBalances, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    balances.spacescan.fail(Fault.EMPTY_LIE, times=None)
    for _ in range(3):
        reading = await guarded.read(ALICE, fresh=True)
        assert isinstance(reading, Unknown)
        assert CANARY.text not in reading.detail
        clock.elapsed += CANARY_LASTS.total_seconds()
    told = [line for line in caplog.messages if "needs attention" in line]
    assert len(told) == 1
    assert "spacescan's canary on Chia needs attention: it reads as empty" in told[0]
    assert CANARY.text not in caplog.text


class TestTheDirectory:
    @pytest.fixture
    def directory(self, balances: SandboxBalances, http: HttpClient) -> ProviderDirectory:
        balances.spacescan.give(CANARY, nft(99))
        spacescan = SpacescanSettings(
            base_url=balances.spacescan.base_url,
            testnet_base_url=balances.spacescan_testnet.base_url,
            requests_per_minute=60_000,
            canary=CANARY.text,
        )
        return build_directory(ProvidersSettings(spacescan=spacescan), http)

    async def test_guards_what_the_settings_name_and_says_how_it_stands(
        self, directory: ProviderDirectory, balances: SandboxBalances
    ) -> None:
        assert [(one.network, one.state) for one in directory.canaries] == [(Network.CHIA_MAINNET, CanaryState.UNREAD)]
        assert isinstance(await directory.read(BOB, fresh=True), Complete)
        report = directory.canaries[0]
        assert (report.state, report.provider) == (CanaryState.HOLDS, "spacescan")
        assert report.since is not None
        balances.spacescan.fail(Fault.EMPTY_LIE, times=None)
        assert reason(await directory.read(BOB, fresh=True)) is UnknownReason.CANARY
        later = directory.canaries[0]
        assert later.state is CanaryState.EMPTY
        assert later.since is not None
        assert later.since >= report.since

    async def test_counts_looks_like_any_other_call(self, directory: ProviderDirectory, http: HttpClient) -> None:
        await directory.read(BOB, fresh=True)
        assert getattr(http.meter, "spent", None) == ["spacescan"] * 3


class TestListsOfCollections:
    @pytest.fixture
    def reader(self, guarded: GuardedProvider, balances: SandboxBalances, http: HttpClient) -> CollectionReader:
        for number, owner in enumerate((ALICE, BOB)):
            balances.spacescan.give(owner, nft(number), collection_id=FRIENDS)
        options = SpacescanOptions(base_url=balances.spacescan.base_url, requests_per_minute=60_000)
        return guarded.guarding(SpacescanCollections(options, http))

    async def test_are_believed_while_the_canary_is_well(self, reader: CollectionReader) -> None:
        outcome = await reader.read_collection(PassTarget(Network.CHIA_MAINNET, FRIENDS))
        assert isinstance(outcome, CompletePass)
        assert outcome.owners.keys() == {ALICE.text, BOB.text}

    async def test_are_not_asked_for_while_it_reads_as_empty(
        self, reader: CollectionReader, balances: SandboxBalances
    ) -> None:
        balances.spacescan.fail(Fault.EMPTY_LIE, times=None, wallet=CANARY)
        outcome = await reader.read_collection(PassTarget(Network.CHIA_MAINNET, FRIENDS))
        assert isinstance(outcome, Unknown)
        assert outcome.reason is UnknownReason.CANARY
        assert not any("/collections/" in request.path for request in balances.spacescan.requests)

    async def test_are_not_believed_when_it_becomes_empty_meanwhile(
        self, reader: CollectionReader, balances: SandboxBalances
    ) -> None:
        balances.spacescan.fail(Fault.EMPTY_LIE, times=None, wallet=CANARY, after=1)
        outcome = await reader.read_collection(PassTarget(Network.CHIA_MAINNET, FRIENDS))
        assert isinstance(outcome, Unknown)
        assert outcome.reason is UnknownReason.CANARY
        assert any("/collections/" in request.path for request in balances.spacescan.requests)

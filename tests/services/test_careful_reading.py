"""Second opinions: nothing is lost on one provider's word, and a provider in trouble is stood in for."""

from dataclasses import dataclass, field

import pytest

from bot.domain.addresses import Address
from bot.domain.holdings import Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown, UnknownReason
from bot.domain.wallets import DueWallet, ReadingPolicy
from bot.services.absorbing import Heard, absorb_all
from bot.services.careful_reading import CarefulReader
from bot.services.case_loading import RuleShelf
from bot.store.store import SqlStore
from tests.store.samples import ALICE, DAY, HOUR, MINUTE, NOW, held, link, loopring

POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=30 * MINUTE, stale_after=DAY)
WALLET = loopring(1)
DOWN = Unknown(UnknownReason.SERVER)


@dataclass
class TwoProviders:
    """Says what a test wants, and counts how often the second one was asked."""

    first: Reading
    second: Reading | None = None
    asked_second: int = 0
    urgent: list[bool] = field(default_factory=list)

    async def read(self, target: Address, *, fresh: bool = False) -> Reading:
        assert fresh
        self.urgent.append(True)
        return self.first

    async def read_for_sweep(self, address: Address) -> Reading:
        self.urgent.append(False)
        return self.first

    def has_second(self, network: Network) -> bool:
        return self.second is not None

    async def ask_second(self, address: Address) -> Reading:
        assert self.second is not None
        self.asked_second += 1
        return self.second


def says(*assets: str, source: str = "one") -> Complete:
    return Complete(held(*assets), source, NOW)


@pytest.fixture
async def known(store: SqlStore) -> DueWallet:
    """A wallet that is known to hold two NFTs."""
    wallet_id = await link(store, WALLET, ALICE)
    async with store.unit() as unit:
        await absorb_all(unit, [Heard(wallet_id, says("0xaa", "0xbb"))], NOW, POLICY, RuleShelf())
    return DueWallet(wallet_id, WALLET, held("0xaa", "0xbb").digest)


async def read(store: SqlStore, providers: TwoProviders, wallet: DueWallet) -> Reading:
    return await CarefulReader(store, providers).read(wallet, for_sweep=True)


async def empty_once(store: SqlStore, wallet: DueWallet) -> None:
    async with store.unit() as unit:
        nothing = Complete(Holdings(), "one", NOW + MINUTE)
        await absorb_all(unit, [Heard(wallet.id, nothing)], NOW + MINUTE, POLICY, RuleShelf())


async def test_what_is_unchanged_costs_no_second_question(store: SqlStore, known: DueWallet) -> None:
    providers = TwoProviders(says("0xaa", "0xbb"), second=says())
    assert await read(store, providers, known) == providers.first
    assert providers.asked_second == 0


async def test_more_than_before_is_believed_at_once(store: SqlStore, known: DueWallet) -> None:
    providers = TwoProviders(says("0xaa", "0xbb", "0xcc"), second=says())
    assert await read(store, providers, known) == providers.first
    assert providers.asked_second == 0


async def test_less_than_before_is_unknown_while_the_second_still_shows_it(store: SqlStore, known: DueWallet) -> None:
    reading = await read(store, TwoProviders(says("0xaa"), second=says("0xaa", "0xbb", source="two")), known)
    assert isinstance(reading, Unknown)
    assert reading.detail == "two still shows what one does not show any more"


async def test_less_than_before_is_believed_when_both_say_so(store: SqlStore, known: DueWallet) -> None:
    providers = TwoProviders(says("0xaa"), second=says("0xaa"))
    assert await read(store, providers, known) == providers.first
    assert providers.asked_second == 1


async def test_less_than_before_is_believed_when_the_second_cannot_be_asked(store: SqlStore, known: DueWallet) -> None:
    providers = TwoProviders(says("0xaa"), second=DOWN)
    assert await read(store, providers, known) == providers.first


async def test_an_emptied_wallet_gets_its_second_opinion_with_the_confirming_reading(
    store: SqlStore, known: DueWallet
) -> None:
    providers = TwoProviders(says(), second=says("0xaa", source="two"))
    assert await read(store, providers, known) == providers.first
    assert providers.asked_second == 0
    await empty_once(store, known)
    assert isinstance(await read(store, providers, known), Unknown)
    providers.second = says()
    assert await read(store, providers, known) == providers.first


async def test_a_provider_in_trouble_is_stood_in_for_as_long_as_nothing_is_lost_by_it(
    store: SqlStore, known: DueWallet
) -> None:
    same = says("0xaa", "0xbb", source="two")
    assert await read(store, TwoProviders(DOWN, second=same), known) == same
    assert await read(store, TwoProviders(DOWN, second=says("0xaa")), known) == DOWN
    assert await read(store, TwoProviders(DOWN, second=DOWN), known) == DOWN


async def test_a_provider_that_is_retired_is_not_stood_in_for(store: SqlStore, known: DueWallet) -> None:
    retired = Unknown(UnknownReason.RETIRED)
    assert await read(store, TwoProviders(retired, second=says("0xaa", "0xbb")), known) == retired


async def test_a_person_who_waits_is_read_for_ahead_of_a_sweep(store: SqlStore, known: DueWallet) -> None:
    providers = TwoProviders(says("0xaa", "0xbb"))
    reader = CarefulReader(store, providers)
    await reader.read(known, for_sweep=False)
    await reader.read(known, for_sweep=True)
    assert providers.urgent == [True, False]

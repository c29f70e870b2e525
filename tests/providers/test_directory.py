"""The directory asks the right provider, and says so when there is none."""

from datetime import date

from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.providers.directory import ProviderDirectory
from bot.providers.loopring import LoopringProvider
from bot.providers.mintgarden import MintGardenProvider
from bot.providers.provider import Provider
from bot.providers.retired import RetiredProvider
from bot.providers.spacescan import SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections
from bot.sandbox.balances import SandboxBalances
from tests.providers.support import ALICE, CAROL, held, nft, reason

LOOPRING_NETWORKS = frozenset({Network.LOOPRING, Network.LOOPRING_TESTNET})


async def test_each_network_has_its_provider(
    balances: SandboxBalances, spacescan: SpacescanProvider, loopring: LoopringProvider
) -> None:
    directory = ProviderDirectory([spacescan, loopring])
    balances.spacescan.give(ALICE, nft(1))
    assert held(await directory.read(ALICE)) == {nft(1): 1}
    assert held(await directory.read(CAROL)) == {}
    assert directory.networks == tuple(Network)


async def test_fresh_is_passed_on(balances: SandboxBalances, spacescan: SpacescanProvider) -> None:
    directory = ProviderDirectory([spacescan])
    await directory.read(ALICE)
    balances.spacescan.give(ALICE, nft(1))
    assert held(await directory.read(ALICE)) == {}
    assert held(await directory.read(ALICE, fresh=True)) == {nft(1): 1}


async def test_a_network_that_nobody_serves_is_unknown(spacescan: SpacescanProvider) -> None:
    directory = ProviderDirectory([spacescan])
    assert reason(await directory.read(CAROL)) is UnknownReason.NO_PROVIDER
    assert directory.provider_for(Network.LOOPRING) is None


async def test_a_retired_provider_still_answers_but_is_not_offered_for_linking(spacescan: SpacescanProvider) -> None:
    retired = RetiredProvider("loopring", LOOPRING_NETWORKS, date(2026, 6, 28))
    directory = ProviderDirectory([spacescan, retired])
    assert reason(await directory.read(CAROL)) is UnknownReason.RETIRED
    assert directory.networks == (Network.CHIA_MAINNET, Network.CHIA_TESTNET11)
    assert directory.provider_for(Network.LOOPRING) is retired


def test_of_two_for_one_network_the_first_is_asked(loopring: LoopringProvider) -> None:
    retired: Provider = RetiredProvider("loopring", frozenset({Network.LOOPRING}))
    directory = ProviderDirectory([loopring, retired])
    assert directory.provider_for(Network.LOOPRING) is loopring
    assert ProviderDirectory([retired, loopring]).provider_for(Network.LOOPRING) is retired


async def test_the_second_is_there_to_be_doubted_with_and_is_not_asked_by_itself(
    balances: SandboxBalances, spacescan: SpacescanProvider, mintgarden: MintGardenProvider
) -> None:
    directory = ProviderDirectory([spacescan, mintgarden])
    assert directory.second_opinion(Network.CHIA_MAINNET) is mintgarden
    await directory.read(ALICE)
    assert (balances.spacescan.count(), balances.mintgarden.count()) == (1, 0)
    assert ProviderDirectory([spacescan]).second_opinion(Network.CHIA_MAINNET) is None
    retired = RetiredProvider("mintgarden", frozenset({Network.CHIA_MAINNET}))
    assert ProviderDirectory([spacescan, retired]).second_opinion(Network.CHIA_MAINNET) is None


def test_of_two_that_read_collections_the_first_is_asked(
    mintgarden: MintGardenProvider, spacescan_collections: SpacescanCollections
) -> None:
    directory = ProviderDirectory([], [mintgarden, spacescan_collections])
    assert directory.collection_reader(Network.CHIA_MAINNET) is mintgarden
    assert directory.collection_reader(Network.LOOPRING) is None

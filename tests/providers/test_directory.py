"""The directory asks the right provider, and says so when there is none."""

from datetime import date

from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.providers.directory import ProviderDirectory
from bot.providers.loopring import LoopringProvider
from bot.providers.provider import Provider
from bot.providers.retired import RetiredProvider
from bot.providers.spacescan import SpacescanProvider
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

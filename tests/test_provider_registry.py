"""From settings to who is asked about which network."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.domain.networks import Network
from bot.provider_registry import build_directory
from bot.provider_settings import LoopringSettings, MintGardenSettings, ProvidersSettings, SpacescanSettings
from bot.providers.http import HttpClient

CHIA = (Network.CHIA_MAINNET, Network.CHIA_TESTNET11)
LOOPRING = (Network.LOOPRING, Network.LOOPRING_TESTNET)


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient(version="1") as client:
        yield client


def asked(settings: ProvidersSettings, http: HttpClient) -> dict[Network, tuple[str | None, str | None, str | None]]:
    """Name who is asked, who gives a second opinion, and who reads collections."""
    directory = build_directory(settings, http)
    names = {}
    for network in Network:
        who = directory.provider_for(network), directory.second_opinion(network), directory.collection_reader(network)
        first, second, reader = (None if one is None else one.name for one in who)
        names[network] = (first, second, reader)
    return names


def test_by_default_spacescan_and_loopring_are_asked(http: HttpClient) -> None:
    assert asked(ProvidersSettings(), http) == {
        **dict.fromkeys(CHIA, ("spacescan", None, "spacescan")),
        **dict.fromkeys(LOOPRING, ("loopring", None, "loopring")),
    }


def test_mintgarden_beside_spacescan_gives_second_opinions(http: HttpClient) -> None:
    settings = ProvidersSettings(mintgarden=MintGardenSettings(enabled=True))
    assert asked(settings, http)[Network.CHIA_MAINNET] == ("spacescan", "mintgarden", "spacescan")


def test_mintgarden_alone_is_asked_about_its_networks(http: HttpClient) -> None:
    settings = ProvidersSettings(
        spacescan=SpacescanSettings(enabled=False),
        mintgarden=MintGardenSettings(enabled=True, networks=(Network.CHIA_MAINNET,)),
    )
    names = asked(settings, http)
    assert names[Network.CHIA_MAINNET] == ("mintgarden", None, "mintgarden")
    assert names[Network.CHIA_TESTNET11] == (None, None, None)


def test_who_is_switched_on_beside_a_retired_service_takes_its_place(http: HttpClient) -> None:
    retired = SpacescanSettings(retired=date(2026, 11, 1))
    alone = build_directory(ProvidersSettings(spacescan=retired), http)
    assert alone.networks == LOOPRING
    assert alone.collection_reader(Network.CHIA_MAINNET) is None
    both = ProvidersSettings(spacescan=retired, mintgarden=MintGardenSettings(enabled=True))
    assert asked(both, http)[Network.CHIA_MAINNET] == ("mintgarden", None, "mintgarden")
    assert build_directory(both, http).networks == (*CHIA, *LOOPRING)


def test_a_canary_watches_over_mintgarden_too(http: HttpClient) -> None:
    address = "xch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9ns59k0j8"
    settings = ProvidersSettings(
        spacescan=SpacescanSettings(enabled=False), mintgarden=MintGardenSettings(enabled=True, canary=address)
    )
    (report,) = build_directory(settings, http).canaries
    assert (report.provider, report.network) == ("mintgarden", Network.CHIA_MAINNET)


def test_loopring_can_be_switched_off(http: HttpClient) -> None:
    settings = ProvidersSettings(loopring=LoopringSettings(enabled=False))
    assert asked(settings, http)[Network.LOOPRING] == (None, None, None)

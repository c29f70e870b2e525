"""The sandbox's balance APIs, and providers that talk to them."""

from collections.abc import AsyncIterator

import pytest

from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.loopring_holders import LoopringHolders
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections
from bot.sandbox.balances import SandboxBalances
from tests.providers.support import FAST, KEY, CountingMeter, ScriptedApi, StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def meter() -> CountingMeter:
    return CountingMeter()


@pytest.fixture
async def balances() -> AsyncIterator[SandboxBalances]:
    async with SandboxBalances() as running:
        running.loopring.api_key = KEY
        yield running


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with ScriptedApi() as running:
        yield running


@pytest.fixture
async def http(clock: StillClock, meter: CountingMeter) -> AsyncIterator[HttpClient]:
    async with HttpClient(version="1.2.3", meter=meter, clock=clock, limits=FAST) as client:
        yield client


@pytest.fixture
def spacescan_options(balances: SandboxBalances) -> SpacescanOptions:
    return SpacescanOptions(base_url=balances.spacescan.base_url, testnet_base_url=balances.spacescan_testnet.base_url)


@pytest.fixture
def spacescan(spacescan_options: SpacescanOptions, http: HttpClient) -> SpacescanProvider:
    return SpacescanProvider(spacescan_options, http)


@pytest.fixture
def spacescan_collections(spacescan_options: SpacescanOptions, http: HttpClient) -> SpacescanCollections:
    return SpacescanCollections(spacescan_options, http)


@pytest.fixture
def mintgarden(balances: SandboxBalances, http: HttpClient) -> MintGardenProvider:
    options = MintGardenOptions(
        base_url=balances.mintgarden.base_url, testnet_base_url=balances.mintgarden_testnet.base_url
    )
    return MintGardenProvider(options, http)


@pytest.fixture
def loopring_options(balances: SandboxBalances) -> LoopringOptions:
    return LoopringOptions(
        base_url=balances.loopring.base_url, testnet_base_url=balances.loopring_testnet.base_url, api_key=KEY
    )


@pytest.fixture
def loopring(loopring_options: LoopringOptions, http: HttpClient) -> LoopringProvider:
    return LoopringProvider(loopring_options, http)


@pytest.fixture
def loopring_holders(loopring_options: LoopringOptions, http: HttpClient) -> LoopringHolders:
    return LoopringHolders(loopring_options, http)

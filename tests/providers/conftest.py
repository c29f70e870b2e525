"""The sandbox's balance APIs, and providers that talk to them."""

from collections.abc import AsyncIterator

import pytest

from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
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
def spacescan(balances: SandboxBalances, http: HttpClient) -> SpacescanProvider:
    options = SpacescanOptions(
        base_url=balances.spacescan.base_url, testnet_base_url=balances.spacescan_testnet.base_url
    )
    return SpacescanProvider(options, http)


@pytest.fixture
def loopring(balances: SandboxBalances, http: HttpClient) -> LoopringProvider:
    options = LoopringOptions(
        base_url=balances.loopring.base_url, testnet_base_url=balances.loopring_testnet.base_url, api_key=KEY
    )
    return LoopringProvider(options, http)

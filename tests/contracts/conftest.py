"""A chain, a node that serves it, and the code under test talking to that node.

The environment variable HOLDFAST_ANVIL, the path of an anvil binary, lets the tests run on that node as well.
"""

import os
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.domain.networks import Network
from bot.proof.contract_wallets import ContractChain, ContractWallets
from bot.proof.json_rpc import JsonRpc, RpcLimits
from tests.contracts.anvil import Anvil, running_anvil
from tests.contracts.chain import CHAIN_ID, Chain
from tests.contracts.server import Node

ANVIL = os.environ.get("HOLDFAST_ANVIL", "")
LIMITS = RpcLimits(seconds=30, gas=1_000_000)
"""Less gas than in earnest, because py-evm is slow, and time enough for it."""


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    with running_anvil(ANVIL) as url:
        yield url


@pytest.fixture(params=["py-evm", "anvil"] if ANVIL else ["py-evm"])
async def chain(request: pytest.FixtureRequest) -> AsyncIterator[Chain]:
    if request.param == "py-evm":
        pytest.importorskip("eth", reason="py-evm is not installed; `make install` does it")
        from tests.contracts.evm import Evm

        yield Evm()
        return
    url: str = request.getfixturevalue("anvil_url")
    async with aiohttp.ClientSession() as session:

        async def ask(method: str, params: list[object]) -> dict[str, object]:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            async with session.post(url, json=body) as response:
                said: dict[str, object] = await response.json()
            return {name: said[name] for name in ("result", "error") if name in said}

        yield Anvil(ask)


@pytest.fixture
async def node(chain: Chain) -> AsyncIterator[Node]:
    async with Node(chain) as running:
        yield running


@pytest.fixture
async def rpc(node: Node) -> AsyncIterator[JsonRpc]:
    client = JsonRpc(node.url, limits=LIMITS)
    yield client
    await client.close()


@pytest.fixture
def wallets(rpc: JsonRpc) -> ContractWallets:
    return ContractWallets({Network.LOOPRING: ContractChain(rpc, CHAIN_ID)})

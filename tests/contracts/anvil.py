"""The chain of an anvil node, for whoever wants to see the tests pass on a node that others wrote as well."""

import asyncio
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from subprocess import DEVNULL, Popen
from typing import Protocol

from tests.contracts.chain import CHAIN_ID


@contextmanager
def running_anvil(binary: str) -> Iterator[str]:
    """Run a node, and yield its address once it listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [binary, "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID), "--silent"]
    with Popen(command, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            _wait_until_open(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


class Asker(Protocol):
    """Puts a question to a node and returns the result or error member."""

    async def __call__(self, method: str, params: list[object]) -> dict[str, object]: ...


class Anvil:
    """A chain on an anvil node that runs already."""

    def __init__(self, ask: Asker) -> None:
        self._ask = ask

    async def deploy(self, creation_code: bytes) -> str:
        receipt = await self._mined({"data": f"0x{creation_code.hex()}"})
        address = receipt["contractAddress"]
        assert isinstance(address, str)
        return address.lower()

    async def send(self, to: str, data: bytes) -> None:
        await self._mined({"to": to, "data": f"0x{data.hex()}"})

    async def set_code(self, address: str, code: bytes) -> None:
        await self._result("anvil_setCode", [address, f"0x{code.hex()}"])

    async def answer(self, method: str, params: list[object]) -> dict[str, object]:
        return await self._ask(method, params)

    async def _result(self, method: str, params: list[object]) -> object:
        said = await self._ask(method, params)
        assert "result" in said, said
        return said["result"]

    async def _mined(self, transaction: Mapping[str, str]) -> dict[str, object]:
        accounts = await self._result("eth_accounts", [])
        assert isinstance(accounts, list)
        sent = {"from": accounts[0], "gas": hex(5_000_000), **transaction}
        number = await self._result("eth_sendTransaction", [sent])
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            receipt = await self._result("eth_getTransactionReceipt", [number])
            if isinstance(receipt, dict):
                assert receipt["status"] == "0x1", receipt
                return receipt
            await asyncio.sleep(0.01)
        raise AssertionError("anvil mined nothing in ten seconds")


def _wait_until_open(port: int) -> None:
    give_up = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < give_up, "anvil did not start"
            time.sleep(0.01)
        else:
            return

"""A balance API in a process of its own that answers as fast as Python can, so that it is never what is measured.

It speaks just enough HTTP/1.1 for that: GET with keep-alive. What a wallet holds follows from its address and from the
`era`, which a benchmark can advance so that every wallet has changed.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.domain import chia_ids

COLLECTIONS = tuple(
    chia_ids.encode(chia_ids.COLLECTION_PREFIX, hashlib.sha256(f"collection {n}".encode()).digest()) for n in range(50)
)
"""The collections that NFTs belong to."""
_NFTS = 2_000
_ROOT = Path(__file__).parents[1]


def _rows() -> list[bytes]:
    return [
        json.dumps(
            {
                "nft_id": chia_ids.encode(chia_ids.NFT_PREFIX, hashlib.sha256(f"nft {n}".encode()).digest()),
                "name": f"Friend #{n}",
                "collection_id": COLLECTIONS[n % len(COLLECTIONS)],
                "preview_url": f"https://assets.example/{n}.png",
            }
        ).encode()
        for n in range(_NFTS)
    ]


class Balances:
    """What wallets hold, and how often they were asked about."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.era = 0
        self.calls = 0
        self.bytes = 0
        self._rows = _rows()

    def answer(self, path: bytes) -> bytes:
        """Answer one request for `path`."""
        if path.startswith(b"/address/nft-balance/"):
            body = self._balance(path.rsplit(b"/", 1)[1])
            self.calls += 1
            self.bytes += len(body)
        else:
            if path == b"/next-era":
                self.era += 1
            elif path == b"/reset":
                self.calls = self.bytes = 0
            body = json.dumps({"calls": self.calls, "bytes": self.bytes, "era": self.era}).encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body

    def _balance(self, address: bytes) -> bytes:
        seed = int.from_bytes(hashlib.blake2b(address, digest_size=8).digest())
        count = 1 + seed % 5
        first = (seed >> 8) + self.era
        rows = b",".join(self._rows[(first + 7 * n) % _NFTS] for n in range(count))
        return b'{"status":"success","balance":[' + rows + b"]}"


class Connection(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, balances: Balances) -> None:
        self._balances = balances
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (what create_server gives)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has arrived."""
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            path = self._unread.split(b" ", 2)[1]
            self._unread = self._unread[end + 4 :]
            answer = self._balances.answer(path)
            if self._balances.delay:
                asyncio.get_running_loop().call_later(self._balances.delay, self._send, answer)
            else:
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


@dataclass(frozen=True, slots=True)
class Served:
    """What the stand-in has answered since the last reset."""

    calls: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in, as benchmarks use it."""

    base_url: str

    async def reset(self) -> None:
        """Count from nought."""
        await self._ask("reset")

    async def next_era(self) -> None:
        """Let every wallet hold something else."""
        await self._ask("next-era")

    async def served(self) -> Served:
        """What was answered since the last reset."""
        said = await self._ask("served")
        return Served(said["calls"], said["bytes"])

    async def _ask(self, what: str) -> dict[str, int]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.base_url}/{what}") as response:
            answer: dict[str, int] = await response.json()
            return answer


@asynccontextmanager
async def running(delay: float = 0.0) -> AsyncIterator[StandIn]:
    """Run a stand-in in its own process, on a free loopback port. `delay`: seconds before every answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.stand_in", "--delay", str(delay)),
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        env=os.environ,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the stand-in has no output")
        port = int(await process.stdout.readline())
        yield StandIn(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        await process.wait()


async def _serve(delay: float) -> None:
    balances = Balances(delay)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(balances), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--delay", type=float, default=0.0)
    asyncio.run(_serve(options.parse_args().delay))

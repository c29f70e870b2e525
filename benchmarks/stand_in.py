"""A balance API in a process of its own that answers as fast as Python can, so that it is never what is measured.

It speaks just enough HTTP/1.1 for that: GET and POST with keep-alive. What a wallet holds follows from its address and
from the `era`, which a benchmark can advance so that every wallet has changed. With `--owners` it knows who owns what
instead, and lists collections too.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
import time
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp

from bot.domain import chia_ids

COLLECTIONS = tuple(
    chia_ids.encode(chia_ids.COLLECTION_PREFIX, hashlib.sha256(f"collection {n}".encode()).digest()) for n in range(50)
)
"""The collections that NFTs belong to."""
_NFTS = 2_000
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
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
        self._at: list[float] = []
        self._wallets: set[bytes] = set()
        self._rows = _rows()

    def answer(self, path: bytes) -> bytes:
        """Answer one request for `path`."""
        body = self.balances_or_lists(path)
        if body is not None:
            self.calls += 1
            self.bytes += len(body)
            self._at.append(time.monotonic())
        else:
            if path == b"/next-era":
                self.era += 1
            elif path == b"/reset":
                self.calls = self.bytes = 0
                self._at.clear()
                self._wallets.clear()
            body = json.dumps(self._served()).encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body

    def balances_or_lists(self, path: bytes) -> bytes | None:
        """Answer what the bot asks; None when this is something else."""
        is_balance = path.startswith(b"/address/nft-balance/")
        return self._balance(path.rsplit(b"/", 1)[1]) if is_balance else None

    def _served(self) -> dict[str, float]:
        began = self._at[0] if self._at else 0.0
        return {
            "calls": self.calls,
            "bytes": self.bytes,
            "wallets": len(self._wallets),
            "seconds": self._at[-1] + self.delay - began if self._at else 0.0,
            "first_minute": bisect_left(self._at, began + 60),
            "busiest_minute": max((bisect_left(self._at, at + 60) - n for n, at in enumerate(self._at)), default=0),
        }

    def _balance(self, address: bytes) -> bytes:
        self._wallets.add(address)
        seed = int.from_bytes(hashlib.blake2b(address, digest_size=8).digest())
        count = 1 + seed % 5
        first = (seed >> 8) + self.era
        rows = b",".join(self._rows[(first + 7 * n) % _NFTS] for n in range(count))
        return b'{"status":"success","balance":[' + rows + b"]}"


class OwnedBalances(Balances):
    """Every wallet of a town owns one NFT, and the NFTs are spread evenly over the collections."""

    def __init__(self, delay: float, owners: int) -> None:
        super().__init__(delay)
        self._lists: dict[str, list[dict[str, object]]] = {collection: [] for collection in COLLECTIONS}
        self._by_owner: dict[str, bytes] = {}
        for number in range(owners):
            owner = address(number)
            collection = COLLECTIONS[number % len(COLLECTIONS)]
            nft = chia_ids.encode(chia_ids.NFT_PREFIX, hashlib.sha256(f"nft {number}".encode()).digest())
            self._lists[collection].append({"id": nft, "owner": {"did": None, "address": owner}})
            row = {"nft_id": nft, "name": "Friend", "collection_id": collection, "preview_url": ""}
            self._by_owner[owner] = json.dumps({"status": "success", "balance": [row]}).encode()

    def balances_or_lists(self, path: bytes) -> bytes | None:
        """Answer about wallets, pages of collections, and their counts."""
        url = urlsplit(path.decode())
        match url.path.strip("/").split("/"):
            case ["address", "nft-balance", owner]:
                return self._by_owner[owner]
            case ["collections", collection, "nfts"]:
                query = parse_qs(url.query)
                page, count = int(query["page"][0]), int(query["count"][0])
                rows = self._lists[collection][(page - 1) * count : page * count]
                return json.dumps({"status": "success", "data": rows, "pagination": {}}).encode()
            case ["collections", collection]:
                data = {"id": collection, "nft_count": len(self._lists[collection])}
                return json.dumps({"status": "success", "data": data}).encode()
            case _:
                return None


def address(number: int) -> str:
    """The address of a town's wallet."""
    return chia_ids.encode("xch", hashlib.sha256(f"wallet {number}".encode()).digest())


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
            if self._unread.startswith(b"POST"):
                said = _LENGTH.search(self._unread, 0, end + 2)
                body_ends = end + 4 + (int(said[1]) if said else 0)
                if len(self._unread) < body_ends:
                    return
                end = body_ends - 4
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
    wallets: int
    """How many different ones it was asked about."""
    seconds: float
    """From the first call to the last answer."""
    first_minute: int
    """Calls within a minute from the first one on."""
    busiest_minute: int
    """The most calls within any 60 seconds."""


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
        return await self._ask("served")

    async def _ask(self, what: str) -> Served:
        async with aiohttp.ClientSession() as session, session.get(f"{self.base_url}/{what}") as response:
            return Served(**await response.json())


@asynccontextmanager
async def running(delay: float = 0.0, owners: int = 0) -> AsyncIterator[StandIn]:
    """Run a stand-in in its own process, on a free loopback port. `delay`: seconds before every answer.

    `owners`: how many wallets own an NFT each, in collections that it lists; 0: it lists none.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.stand_in", "--delay", str(delay), "--owners", str(owners)),
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


async def _serve(delay: float, owners: int) -> None:
    balances = OwnedBalances(delay, owners) if owners else Balances(delay)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(balances), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--delay", type=float, default=0.0)
    options.add_argument("--owners", type=int, default=0)
    chosen = options.parse_args()
    asyncio.run(_serve(chosen.delay, chosen.owners))

"""Questions to an Ethereum node: four methods of its JSON-RPC, bounded in every direction.

An answer is an answer only when it has the exact form of one. Whatever else happens is a `ProofUnavailableError`,
because trouble with a node says nothing about a signature. The node's address comes from the configuration and may
hold a key, so it never appears in an error, a log line or a repr; neither does what the node says.
"""

import asyncio
import itertools
import json
import re
from dataclasses import dataclass

import aiohttp
import pydantic_core
from yarl import URL

from bot.domain.challenges import ProofOutage, ProofUnavailableError
from bot.domain.errors import ConfigError
from bot.proof.rpc_errors import RpcError

_BYTES = re.compile(r"0x((?:[0-9a-fA-F]{2})*)", re.ASCII)
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_CHUNK = 16 * 1024
_BLOCK = "latest"


@dataclass(frozen=True, slots=True)
class RpcLimits:
    """Bounds on every question."""

    seconds: float = 10
    """From the moment it is asked, waiting for a turn included."""
    body_bytes: int = 64 * 1024
    gas: int = 10_000_000
    """What one call may burn. A signature check takes well under a tenth of it."""
    at_once: int = 8


@dataclass(frozen=True, slots=True)
class Reverted:
    """The EVM ran the call, and it failed. That is an answer."""


class JsonRpc:
    """The way to one node. Close it on shutdown; questions still under way then end as unavailable."""

    def __init__(self, url: str, *, limits: RpcLimits | None = None) -> None:
        """Take the node's address. Raise `ConfigError`, which does not repeat it, for one that cannot be used."""
        self._url = _checked(url)
        self._limits = limits or RpcLimits()
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._ids = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def chain_id(self) -> int:
        """Ask which chain the node serves (EIP-155). Raise `ProofUnavailableError`."""
        result = _result(await self._ask("eth_chainId"))
        if not isinstance(result, str) or _QUANTITY.fullmatch(result) is None:
            raise ProofUnavailableError(ProofOutage.MALFORMED)
        return int(result, 16)

    async def is_syncing(self) -> bool:
        """Ask whether the node still catches up, so that what it calls latest is old. Raise `ProofUnavailableError`.

        A gateway that does not know the question stands for nodes that do not need it.
        """
        answer = await self._ask("eth_syncing")
        if isinstance(answer, RpcError) and answer.is_unknown_method:
            return False
        result = _result(answer)
        if result is not False and not isinstance(result, dict):
            raise ProofUnavailableError(ProofOutage.MALFORMED)
        return result is not False

    async def code(self, address: str) -> bytes:
        """Ask for the code at an address (hex with 0x); empty when there is none. Raise `ProofUnavailableError`."""
        return _bytes(_result(await self._ask("eth_getCode", address, _BLOCK)))

    async def call(self, to: str | None, data: bytes) -> bytes | Reverted:
        """Run a call, or without `to` a creation code, and return what it answers; nothing stays of it.

        Raise `ProofUnavailableError`.
        """
        transaction = {"data": f"0x{data.hex()}", "gas": hex(self._limits.gas)}
        if to is not None:
            transaction["to"] = to
        answer = await self._ask("eth_call", transaction, _BLOCK)
        if isinstance(answer, RpcError) and answer.is_failed_call:
            return Reverted()
        return _bytes(_result(answer))

    async def close(self) -> None:
        """End all connections."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, method: str, *params: object) -> object:
        """Return the result member of the response, or the `RpcError` that stands for it."""
        outage: ProofOutage
        try:
            async with asyncio.timeout(self._limits.seconds), self._turns:
                return await self._post(method, params)
        except TimeoutError:
            outage = ProofOutage.TIMEOUT
        except (aiohttp.ClientError, OSError):
            outage = ProofOutage.CLOSED if self._closed else ProofOutage.UNREACHABLE
        # Raised out here, so that the library's error, which can hold the whole address, does not travel along.
        raise ProofUnavailableError(outage)

    async def _post(self, method: str, params: tuple[object, ...]) -> object:
        if self._closed:
            raise ProofUnavailableError(ProofOutage.CLOSED)
        number = next(self._ids)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        async with self._pool().post(self._url, json=request, allow_redirects=False) as response:
            if response.status != 200:
                raise ProofUnavailableError(ProofOutage.RATE if response.status == 429 else ProofOutage.REFUSED)
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > self._limits.body_bytes:
                    raise ProofUnavailableError(ProofOutage.TOO_LARGE)
        return _read(bytes(body), number)

    def _pool(self) -> aiohttp.ClientSession:
        """Return the connections, made at first use because they belong to the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A kept connection that the node drops would look like an outage: proofs are minutes apart.
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                # A compressed body could be far longer than what is counted while it is read.
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=self._limits.seconds),
            )
        return self._session


def _checked(text: str) -> URL:
    try:
        url = URL(text.strip())
        usable = url.scheme in ("http", "https") and bool(url.host) and bool(url.port) and not url.fragment
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("The address of an Ethereum node must be a full http or https address.")
    return URL(text.strip())


def _read(body: bytes, number: int) -> object:
    """Take the response to request `number` apart, as JSON-RPC 2.0 section 5 says."""
    try:
        text = body.decode()
        # It refuses deep nesting by a limit of its own; the interpreter's can be raised by anybody in the process.
        pydantic_core.from_json(text)
        response = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        response = None
    if not isinstance(response, dict) or response.get("jsonrpc") != "2.0":
        raise ProofUnavailableError(ProofOutage.MALFORMED)
    error = response.get("error")
    # An error about a request that could not be read has no id; it is none about ours, and no answer either way.
    if type(response.get("id")) is not int or response["id"] != number or (error is None) is ("result" not in response):
        raise ProofUnavailableError(ProofOutage.MALFORMED)
    return response["result"] if error is None else _error(error)


def _error(error: object) -> RpcError:
    if isinstance(error, dict):
        code, message, data = error.get("code"), error.get("message"), error.get("data")
        if type(code) is int and isinstance(message, str):
            return RpcError(code, message, data if isinstance(data, str) else "")
    raise ProofUnavailableError(ProofOutage.MALFORMED)


def _result(answer: object) -> object:
    if isinstance(answer, RpcError):
        raise ProofUnavailableError(answer.outage)
    return answer


def _bytes(result: object) -> bytes:
    match = _BYTES.fullmatch(result) if isinstance(result, str) else None
    if match is None:
        raise ProofUnavailableError(ProofOutage.MALFORMED)
    return bytes.fromhex(match[1])


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object in which a key comes twice: parsers disagree which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found

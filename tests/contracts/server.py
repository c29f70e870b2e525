"""A JSON-RPC node on loopback in front of a chain, which can be told to fail at any of its methods."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.contracts.chain import Chain

PATH = "/v3/b3c7-a-key-that-nobody-may-see"


@dataclass(frozen=True)
class Raw:
    """An HTTP response as it goes out."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Error:
    """A JSON-RPC error."""

    code: int
    message: str
    data: object = None


class Hang:
    """No answer."""


Fault = Raw | Error | Hang | Callable[[int], object]
"""A callable is given the id of the request and returns the whole response, to be sent as JSON."""


class Node:
    """Serves a chain; `faults` say which methods fail, `asked` remembers which ones were asked, with what."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.faults: dict[str, Fault] = {}
        self.asked: list[tuple[str, list[object]]] = []
        self.waiting = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> "Node":
        server = web.Server(self._handle, access_log=None)
        self._runner = web.ServerRunner(server, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{PATH}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def methods(self) -> list[str]:
        """The methods in the order in which they were asked."""
        return [method for method, _ in self.asked]

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path != PATH or request.method != "POST":
            return web.Response(status=404)
        question = json.loads(await request.read())
        method, params, number = question["method"], question["params"], question["id"]
        self.asked.append((method, params))
        match self.faults.get(method):
            case Raw(body, status, headers):
                return web.Response(body=body, status=status, headers=headers)
            case Hang():
                self.waiting.set()
                await asyncio.Event().wait()
                raise AssertionError("never reached")
            case Error(code, message, data):
                said: dict[str, object] = {"error": {"code": code, "message": message, "data": data}}
            case None:
                said = await self.chain.answer(method, params)
            case make:
                return web.json_response(make(number))
        return web.json_response({"jsonrpc": "2.0", "id": number, **said})

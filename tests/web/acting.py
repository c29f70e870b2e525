"""What tests of the verify page do again and again: get a link in Discord, follow it, be a browser."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.demo.moves import Wallet
from bot.sandbox.discord import InteractionResult, User, Value
from tests.e2e.acting import Server

Json = dict[str, object]


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def web_settings(port: int) -> dict[str, str]:
    """Settings of a bot that serves the verify page."""
    return {"HOLDFAST_WEB__ENABLED": "true", "HOLDFAST_WEB__PORT": str(port)}


def link_in(answer: InteractionResult) -> str:
    """The address behind an answer's link button."""

    def search(part: object) -> str | None:
        if isinstance(part, dict):
            if isinstance(part.get("url"), str):
                return str(part["url"])
            part = list(part.values())
        if isinstance(part, list | tuple):
            return next((found for found in map(search, part) if found), None)
        return None

    found = search(answer.components)
    assert found is not None, answer.text
    return found


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str
    history: tuple[str, ...]
    """The paths that led here by redirects."""

    @property
    def json(self) -> Json:
        """The body as a JSON object."""
        body = json.loads(self.text)
        assert isinstance(body, dict)
        return body

    @property
    def code(self) -> str:
        """The code of a refusal."""
        code = self.json["code"]
        assert isinstance(code, str)
        return code


class Visitor:
    """A browser with cookies of its own. It sends what a browser would: Origin, Sec-Fetch-Site, the CSRF token."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.csrf = ""
        self.cookies = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(cookie_jar=self.cookies)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, path: str, *, follow: bool = True, **headers: str) -> Reply:
        url = path if path.startswith("http") else self.origin + path
        sent = {"Accept": "text/html,*/*;q=0.8", **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with self._session.get(URL(url, encoded=True), headers=sent, allow_redirects=follow) as response:
            history = tuple(step.url.path for step in response.history)
            return Reply(response.status, response.headers, await response.text(), history)

    async def post(self, path: str, body: object, **headers: str | None) -> Reply:
        sent: dict[str, str] = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
            "X-Holdfast-Csrf": self.csrf,
        }
        for name, value in headers.items():
            if value is None:
                del sent[name.replace("_", "-")]
            else:
                sent[name.replace("_", "-")] = value
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._session.post(self.origin + path, data=data, headers=sent, allow_redirects=False) as response:
            return Reply(response.status, response.headers, await response.text(), ())

    async def begin(self, url: str) -> Json:
        """Open a link and begin the session, in code mode. Returns the session as the page sees it."""
        arrived = await self.get(url)
        assert arrived.status == 200, arrived.text
        begun = await self.post("/api/session", {})
        assert (begun.status, begun.json) == (201, {"next": "/link"}), begun.text
        return await self.session()

    async def session(self) -> Json:
        """What the page sees of its session."""
        reply = await self.get("/api/session")
        assert reply.status == 200, reply.text
        csrf = reply.json["csrf"]
        assert isinstance(csrf, str)
        self.csrf = csrf
        return reply.json

    async def challenge(self, wallet: Wallet) -> Json:
        """Ask for a challenge for a wallet."""
        reply = await self.post("/api/challenge", challenge_for(wallet))
        assert reply.status == 201, reply.text
        return reply.json

    async def prove(self, wallet: Wallet) -> Reply:
        """Ask for a challenge, sign it, send the proof."""
        challenge = await self.challenge(wallet)
        return await self.post("/api/proof", proof_of(challenge, wallet))


def challenge_for(wallet: Wallet) -> Json:
    """What the page sends to get a challenge for a wallet."""
    address = wallet.address
    return {
        "network": address.network.value,
        "address": address.display if address.text.startswith("0x") else None,
    }


def proof_of(challenge: Json, wallet: Wallet) -> Json:
    """What the page sends when the wallet has signed."""
    return {
        "challenge_id": challenge["id"],
        "network": challenge["network"],
        "answer": wallet.sign(str(challenge["text"])),
    }


@dataclass(frozen=True, slots=True)
class Site:
    """A bot on the sandbox that serves the verify page, and a server with people."""

    server: Server
    origin: str

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return urlsplit(self.origin).port or 0

    def visitor(self) -> Visitor:
        """A fresh browser."""
        return Visitor(self.origin)

    def log_in_as(self, user: User | None) -> None:
        """Say who is logged in to Discord in every browser; None: the log-in page asks."""
        self.server.stage.discord.oauth.browser_user = user

    async def ask(self, user: User, network: str = "chia-mainnet", **options: Value) -> InteractionResult:
        """Use `/wallet link`."""
        return await self.server.use(user, "wallet link", network=network, **options)

    async def invite(self, user: User, network: str = "chia-mainnet", **options: Value) -> str:
        """Use `/wallet link`; return the link to the page."""
        return link_in(await self.ask(user, network, **options))

    async def type_code(self, user: User, code: object) -> InteractionResult:
        """Type a code from the page into Discord."""
        return await self.server.use(user, "wallet code", code=str(code))

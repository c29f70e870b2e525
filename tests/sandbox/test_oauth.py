"""Logging in with the sandbox's Discord, as strict as the real one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from .conftest import Scene

CALLBACK = "http://127.0.0.1:1/oauth/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Login:
    """The two sides of a log-in: a browser, and the web site that asks."""

    def __init__(self, scene: Scene, session: aiohttp.ClientSession) -> None:
        self.oauth = scene.sandbox.oauth
        self.base = scene.sandbox.api_base_url
        self._session = session

    @property
    def query(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.oauth.client_id,
            "scope": "identify",
            "redirect_uri": CALLBACK,
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }

    async def authorize(self, **changes: str) -> tuple[int, dict[str, list[str]], str]:
        query = {**self.query, **changes}
        async with self._session.get(self.oauth.authorize_url, params=query, allow_redirects=False) as response:
            back = parse_qs(urlsplit(response.headers.get("Location", "")).query)
            return response.status, back, await response.text()

    async def exchange(self, code: str, secret: str | None = None, **changes: str) -> tuple[int, Mapping[str, str]]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        credentials = aiohttp.encode_basic_auth(self.oauth.client_id, secret or self.oauth.client_secret)
        headers = {"Authorization": credentials}
        async with self._session.post(f"{self.base}/oauth2/token", data=form, headers=headers) as response:
            body: Mapping[str, str] = await response.json()
            return response.status, body

    async def me(self, token: str) -> tuple[int, Mapping[str, str]]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(f"{self.base}/users/@me", headers=headers) as response:
            body: Mapping[str, str] = await response.json()
            return response.status, body


@pytest.fixture
async def login(scene: Scene) -> AsyncIterator[Login]:
    scene.sandbox.oauth.redirect_uris.add(CALLBACK)
    scene.sandbox.oauth.browser_user = scene.alice
    async with aiohttp.ClientSession() as session:
        yield Login(scene, session)


async def test_a_log_in_tells_who_is_there(scene: Scene, login: Login) -> None:
    status, back, _ = await login.authorize()
    assert (status, back["state"]) == (302, ["s"])
    status, token = await login.exchange(back["code"][0])
    assert (status, token["token_type"], token["scope"]) == (200, "Bearer", "identify")
    status, me = await login.me(token["access_token"])
    assert (status, me["id"], me["username"]) == (200, str(scene.alice.id), "alice")
    assert "email" not in me


async def test_a_code_works_once_with_its_verifier_and_the_secret(login: Login) -> None:
    for wrong in ({"code_verifier": "w" * 43}, {"redirect_uri": "http://127.0.0.1:2/"}, {"grant_type": "password"}):
        _, back, _ = await login.authorize()
        status, body = await login.exchange(back["code"][0], **wrong)
        assert (status, body["error"]) == (400, "invalid_grant"), wrong
        status, body = await login.exchange(back["code"][0])
        assert (status, body["error"]) == (400, "invalid_grant")
    _, back, _ = await login.authorize()
    assert (await login.exchange(back["code"][0], secret="wrong"))[0] == 401
    assert (await login.exchange(back["code"][0]))[0] == 200
    assert (await login.exchange(back["code"][0]))[0] == 400
    assert (await login.me("guess"))[0] == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "1"},
        {"redirect_uri": "https://evil.example"},
        {"response_type": "token"},
        {"scope": "identify email"},
        {"state": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
    ],
)
async def test_a_web_site_that_asks_wrongly_gets_nobody(login: Login, wrong: dict[str, str]) -> None:
    status, back, _ = await login.authorize(**wrong)
    assert (status, back) == (400, {})


async def test_with_nobody_logged_in_the_page_asks_who_and_can_be_left(scene: Scene, login: Login) -> None:
    login.oauth.browser_user = None
    status, _, page = await login.authorize()
    assert status == 200
    assert "Continue as alice" in page
    assert "Continue as holdfast" not in page
    _, back, _ = await login.authorize(log_in_as=str(scene.owner.id))
    _, token = await login.exchange(back["code"][0])
    assert (await login.me(token["access_token"]))[1]["id"] == str(scene.owner.id)
    _, back, _ = await login.authorize(cancel="1")
    assert back == {"error": ["access_denied"], "state": ["s"]}

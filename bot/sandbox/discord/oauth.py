"""Logging in with Discord: the authorization-code grant with PKCE, as Discord serves it to other web sites.

https://discord.com/developers/docs/topics/oauth2 and RFC 7636. Whoever shall be logged in is chosen by the sandbox's
user: with `browser_user`, or on the page by a press.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from aiohttp import web

from .errors import unauthorized
from .jsontypes import Json, dump
from .models import User
from .payloads import own_user_payload
from .world import World

CODE_LIFETIME = 600.0
TOKEN_LIFETIME = 604_800
"""Seconds."""
_PAGE = "<!doctype html><meta charset=utf-8><title>Sandbox log-in</title><h1>Log in to the sandbox</h1><ul>{rows}</ul>"


@dataclass(frozen=True, slots=True)
class _Grant:
    user: User
    redirect_uri: str
    challenge: str
    expires_at: float


class OAuth:
    """Discord's OAuth2 server for the one application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.client_secret = secrets.token_urlsafe(24)
        self.redirect_uris: set[str] = set()
        """What is entered in the developer portal."""
        self.browser_user: User | None = None
        """Who is logged in to Discord in every browser, and agrees to everything; None: the page asks."""
        self._grants: dict[str, _Grant] = {}
        self._tokens: dict[str, User] = {}

    @property
    def client_id(self) -> str:
        """The application's id."""
        return str(self._world.application_id)

    @property
    def authorize_url(self) -> str:
        """Where browsers log in."""
        return f"{self._world.public_url}/oauth2/authorize"

    def add_to(
        self, app: web.Application, base: str, rest: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> None:
        """Put the routes into a web application; `rest` answers requests that come with a bot's token."""

        async def me(request: web.Request) -> web.StreamResponse:
            return self._me(request) if _bearer(request) is not None else await rest(request)

        app.router.add_get("/oauth2/authorize", self._authorize)
        app.router.add_post(f"{base}/oauth2/token", self._token)
        app.router.add_get(f"{base}/users/@me", me)

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        """Ask who is there, or send who is logged in back with a code."""
        query = request.query
        problem = self._problem_with(query)
        if problem:
            return web.Response(status=400, text=problem)
        if query.get("cancel"):
            return _back(query["redirect_uri"], {"error": "access_denied", "state": query["state"]})
        user = self._chosen(query)
        if user is None:
            return web.Response(text=self._page(query), content_type="text/html")
        code = secrets.token_urlsafe(20)
        expires_at = self._world.clock() + CODE_LIFETIME
        self._grants[code] = _Grant(user, query["redirect_uri"], query["code_challenge"], expires_at)
        return _back(query["redirect_uri"], {"code": code, "state": query["state"]})

    def _problem_with(self, query: Mapping[str, str]) -> str:
        if query.get("client_id") != self.client_id:
            return "Unknown application"
        if query.get("redirect_uri") not in self.redirect_uris:
            return "Invalid OAuth2 redirect_uri"
        if query.get("response_type") != "code" or query.get("scope") != "identify":
            return "Invalid response type or scope"
        if (
            not query.get("state")
            or query.get("code_challenge_method") != "S256"
            or len(query.get("code_challenge", "")) != 43
        ):
            return "The sandbox insists on state and on PKCE with S256"
        return ""

    def _chosen(self, query: Mapping[str, str]) -> User | None:
        wanted = query.get("log_in_as", "")
        if wanted.isdigit():
            return self._world.users.get(int(wanted))
        return self.browser_user

    def _page(self, query: Mapping[str, str]) -> str:
        people = [user for user in self._world.users.values() if not user.bot]
        choices = [(f"Continue as {user.name}", {"log_in_as": str(user.id)}) for user in people]
        choices.append(("Cancel", {"cancel": "1"}))
        rows = [
            f'<li><a href="?{html.escape(urlencode({**query, **more}))}">{html.escape(label)}</a></li>'
            for label, more in choices
        ]
        return _PAGE.format(rows="".join(rows))

    async def _token(self, request: web.Request) -> web.StreamResponse:
        """Exchange a code for a token: once, by the application that it was made for, with the right verifier."""
        if request.content_type != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request")
        form = {name: values[-1] for name, values in parse_qs((await request.read()).decode()).items()}
        if not self._is_application(request, form):
            return _error(401, "invalid_client")
        grant = self._grants.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or grant is None or grant.expires_at <= self._world.clock():
            return _error(400, "invalid_grant")
        if (
            form.get("redirect_uri") != grant.redirect_uri
            or _challenge(form.get("code_verifier", "")) != grant.challenge
        ):
            return _error(400, "invalid_grant")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = grant.user
        body: dict[str, Json] = {
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": TOKEN_LIFETIME,
            "refresh_token": secrets.token_urlsafe(24),
            "scope": "identify",
        }
        return web.Response(text=dump(body), content_type="application/json")

    def _is_application(self, request: web.Request, form: Mapping[str, str]) -> bool:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if "Authorization" in request.headers:
            kind, _, credentials = request.headers["Authorization"].partition(" ")
            try:
                client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
            except ValueError:
                return False
            if kind != "Basic":
                return False
        return client_id == self.client_id and hmac.compare_digest(secret.encode(), self.client_secret.encode())

    def _me(self, request: web.Request) -> web.Response:
        user = self._tokens.get(_bearer(request) or "")
        if user is None:
            refused = unauthorized()
            return web.Response(status=refused.status, text=dump(refused.body()), content_type="application/json")
        # Without the scope `email` neither the address nor whether it is verified.
        payload = {key: value for key, value in own_user_payload(user).items() if key not in ("email", "verified")}
        return web.Response(text=dump(payload), content_type="application/json")


def _bearer(request: web.Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _back(redirect_uri: str, query: Mapping[str, str]) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{redirect_uri}?{urlencode(query)}"})


def _error(status: int, word: str) -> web.Response:
    return web.Response(status=status, text=dump({"error": word}), content_type="application/json")

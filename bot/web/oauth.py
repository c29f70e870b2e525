"""Asking Discord who somebody is: OAuth2 with PKCE, scope `identify`, and nothing kept of it.

https://discord.com/developers/docs/topics/oauth2 and RFC 7636 (S256).
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import aiohttp
import pydantic_core
import structlog

from bot.web.refusals import RefusalError, WebCode

log = structlog.get_logger(__name__)

CALLBACK: Final = "/oauth/callback"
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class OAuthOptions:
    """The application at Discord, and where Discord is."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    """Where browsers log in."""
    api_base_url: str
    """Where the server asks, e.g. `https://discord.com/api/v10`."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A log-in that is about to begin."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


class DiscordLogIn:
    """Sends people to Discord and learns who came back. Close it on shutdown."""

    def __init__(self, options: OAuthOptions, origin: str) -> None:
        self._options = options
        self._redirect_uri = origin + CALLBACK
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    def begin(self) -> LogIn:
        """Make the address to send the browser to, and what must come back with it."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._options.client_id,
            "scope": "identify",
            "redirect_uri": self._redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "prompt": "consent",
        }
        return LogIn(f"{self._options.authorize_url}?{urlencode(query)}", state, verifier)

    async def finish(self, code: str, verifier: str) -> int:
        """Return the id of the account that logged in. Its token is used once and forgotten.

        Raises `RefusalError` when Discord does not take the code or does not answer.
        """
        try:
            token = await self._token(code, verifier)
            return await self._who(token)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            log.warning("web.login_failed", error=type(error).__name__)
            raise RefusalError(WebCode.LOGIN_FAILED) from None

    async def _token(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        options = self._options
        headers = {"Authorization": aiohttp.encode_basic_auth(options.client_id, options.client_secret)}
        async with self._http.post(
            f"{options.api_base_url}/oauth2/token", data=form, headers=headers, allow_redirects=False
        ) as response:
            answer = await _read(response)
        token = answer["access_token"]
        if not isinstance(token, str) or answer.get("token_type") != "Bearer":
            raise ValueError("no token")
        return token

    async def _who(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self._options.api_base_url}/users/@me"
        async with self._http.get(url, headers=headers, allow_redirects=False) as response:
            answer = await _read(response)
        user_id = answer["id"]
        if not isinstance(user_id, str):
            raise TypeError("no id")
        return int(user_id)

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> dict[str, object]:
    """Read a JSON object. Raises `ValueError` for anything else."""
    raw = await response.content.read(_MOST_BYTES)
    if response.status != 200:
        raise ValueError(f"HTTP {response.status}")
    parsed: object = pydantic_core.from_json(raw)
    if not isinstance(parsed, dict):
        raise TypeError("no object")
    return {str(name): value for name, value in parsed.items()}

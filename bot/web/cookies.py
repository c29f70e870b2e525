"""The two cookies: the session, and the link on its way to becoming one. Never readable by scripts."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.services.web_sessions import LINK_LIFETIME, SESSION_LIFETIME

_SESSION: Final = "holdfast-session"
_LINK: Final = "holdfast-link"
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class LinkInHand:
    """A link that a browser has opened but not used yet, and the log-in under way for it."""

    token: str
    state: str = ""
    verifier: str = ""


class Cookies:
    """Reads and writes cookies. On https their names bind them to this very host (`__Host-`)."""

    def __init__(self, *, is_secure: bool) -> None:
        self._is_secure = is_secure
        self._prefix = "__Host-" if is_secure else ""

    def session(self, request: web.Request) -> str | None:
        """The secret of the browser's session."""
        return self._read(request, _SESSION)

    def begin_session(self, response: web.StreamResponse, secret: str) -> None:
        """Hand the browser its session; the link is used up."""
        self._write(response, _SESSION, secret, int(SESSION_LIFETIME.total_seconds()))
        self._write(response, _LINK, "", 0)

    def link(self, request: web.Request) -> LinkInHand | None:
        """The link that the browser holds."""
        value = self._read(request, _LINK)
        if not value:
            return None
        token, state, verifier, *_ = [*value.split("."), "", "", ""]
        return LinkInHand(token, state, verifier)

    def keep_link(self, response: web.StreamResponse, link: LinkInHand) -> None:
        """Have the browser hold a link."""
        value = f"{link.token}.{link.state}.{link.verifier}"
        self._write(response, _LINK, value, int(LINK_LIFETIME.total_seconds()))

    def _read(self, request: web.Request, name: str) -> str | None:
        value = request.cookies.get(self._prefix + name)
        return value if value is not None and len(value) <= _LONGEST else None

    def _write(self, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )

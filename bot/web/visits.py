"""Whose browser this is: from cookie and header to a session, and the limits that go by member."""

import hashlib
import hmac
import math

from aiohttp import web

from bot.domain.web_links import WebSession
from bot.services.web_sessions import WebError, WebFault, WebSessions
from bot.web.cookies import Cookies
from bot.web.guard import LANGUAGE
from bot.web.limits import RateLimit
from bot.web.refusals import RefusalError, WebCode
from bot.web.texts import Catalogue

CSRF_HEADER = "X-Holdfast-Csrf"


class Visits:
    """Finds the session of a request."""

    def __init__(self, sessions: WebSessions, cookies: Cookies, catalogue: Catalogue, per_member: RateLimit) -> None:
        self._sessions = sessions
        self._cookies = cookies
        self._catalogue = catalogue
        self._per_member = per_member

    async def of(self, request: web.Request) -> WebSession:
        """The session; from here on the request is answered in its language. Raises `WebError` without one."""
        secret = self._cookies.session(request)
        if secret is None:
            raise WebError(WebFault.NO_SESSION)
        session = await self._sessions.find(secret)
        request[LANGUAGE] = self._catalogue.for_locale(session.locale)
        return session

    async def find(self, request: web.Request) -> WebSession | None:
        """The session, if there is one."""
        try:
            return await self.of(request)
        except WebError:
            return None

    async def acting(self, request: web.Request) -> WebSession:
        """The session of a request that changes something: it must show the token that only our page can read.

        Raises `WebError` without a session, `RefusalError` without the token or after too many requests.
        """
        session = await self.of(request)
        shown = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(shown.encode(), self.csrf(request).encode()):
            raise RefusalError(WebCode.CSRF)
        wait = self._per_member.take(str(session.who.user_id))
        if wait:
            raise RefusalError(WebCode.TOO_MANY_REQUESTS, retry_after=math.ceil(wait))
        return session

    def csrf(self, request: web.Request) -> str:
        """The token that belongs to a session's secret, and does not give it away."""
        secret = self._cookies.session(request) or ""
        return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()

"""The way through Discord's log-in, for installations that have it configured."""

import hmac
from collections.abc import Sequence

from aiohttp import web

from bot.services.web_sessions import WebError, WebFault, WebSessions
from bot.web.answers import see
from bot.web.cookies import Cookies, LinkInHand
from bot.web.guard import LANGUAGE
from bot.web.link_routes import LINK_PAGE, LOGIN
from bot.web.oauth import CALLBACK, DiscordLogIn
from bot.web.refusals import RefusalError, WebCode, refusal_of
from bot.web.texts import Catalogue

_LONGEST = 500


class OAuthRoutes:
    """The link stays in its cookie meanwhile, and is used only when the right account comes back."""

    def __init__(self, sessions: WebSessions, log_in: DiscordLogIn, cookies: Cookies, catalogue: Catalogue) -> None:
        self._sessions = sessions
        self._log_in = log_in
        self._cookies = cookies
        self._catalogue = catalogue

    def routes(self) -> Sequence[web.RouteDef]:
        """The routes."""
        return [web.get(LOGIN, self._login), web.get(CALLBACK, self._callback)]

    async def _login(self, request: web.Request) -> web.Response:
        held = self._cookies.link(request)
        if held is None:
            raise WebError(WebFault.LINK_UNKNOWN)
        link = await self._sessions.peek(held.token)
        request[LANGUAGE] = self._catalogue.for_locale(link.locale)
        log_in = self._log_in.begin()
        response = web.Response(status=302, headers={"Location": log_in.url})
        self._cookies.keep_link(response, LinkInHand(held.token, log_in.state, log_in.verifier))
        return response

    async def _callback(self, request: web.Request) -> web.Response:
        """Whoever comes back must be the browser that went, with the account that the link was made for."""
        held = self._cookies.link(request)
        state = request.query.get("state", "")
        if held is None or not held.state or not hmac.compare_digest(state.encode(), held.state.encode()):
            raise RefusalError(WebCode.LOGIN_EXPIRED)
        link = await self._sessions.peek(held.token)
        request[LANGUAGE] = self._catalogue.for_locale(link.locale)
        code = request.query.get("code", "")
        if not code or len(code) > _LONGEST:
            raise RefusalError(WebCode.LOGIN_REFUSED, again=LOGIN)
        user_id = await self._log_in.finish(code, held.verifier)
        try:
            opened = await self._sessions.open(held.token, user_id)
        except WebError as error:
            if error.fault is not WebFault.OTHER_ACCOUNT:
                raise
            raise RefusalError(refusal_of(error).code, again=LOGIN) from None
        response = see(LINK_PAGE)
        self._cookies.begin_session(response, opened.secret)
        return response

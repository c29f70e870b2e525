"""From the link in Discord to a session: the link's own address, the start page, and the page of the session."""

from collections.abc import Sequence

from aiohttp import web

from bot.domain.web_links import WebLink, WebSession
from bot.services.web_linking import WebLinking
from bot.services.web_sessions import WebError, WebFault, WebSessions
from bot.web.answers import json_answer, page_answer, see
from bot.web.bodies import read_body
from bot.web.cookies import Cookies, LinkInHand
from bot.web.guard import LANGUAGE
from bot.web.pages import Pages
from bot.web.texts import Catalogue
from bot.web.visits import Visits

LINK_PAGE = "/link"
START_PAGE = "/start"
LOGIN = "/oauth/login"


class LinkRoutes:
    """Nothing here uses a link up but the POST of the start page: programs follow links by themselves."""

    def __init__(
        self,
        sessions: WebSessions,
        linking: WebLinking,
        visits: Visits,
        cookies: Cookies,
        pages: Pages,
        catalogue: Catalogue,
    ) -> None:
        self._sessions = sessions
        self._linking = linking
        self._visits = visits
        self._cookies = cookies
        self._pages = pages
        self._catalogue = catalogue

    def routes(self) -> Sequence[web.RouteDef]:
        """The routes."""
        return [
            web.get("/", self._home),
            web.get("/v/{token}", self._arrive),
            web.get(START_PAGE, self._start),
            web.get(LINK_PAGE, self._link),
            web.post("/api/session", self._begin),
        ]

    async def _home(self, request: web.Request) -> web.Response:
        return page_answer(self._pages.render("home", request[LANGUAGE]))

    async def _arrive(self, request: web.Request) -> web.Response:
        """Take the token out of the address bar, and lead on to the log-in or the start page."""
        token = request.match_info["token"]
        session = await self._visits.find(request)
        if session is not None and await self._sessions.led_to(token, session):
            return see(LINK_PAGE)
        await self._sessions.peek(token)
        response = see(LOGIN if self._sessions.wants_log_in else START_PAGE)
        self._cookies.keep_link(response, LinkInHand(token))
        return response

    async def _start(self, request: web.Request) -> web.Response:
        held = self._cookies.link(request)
        if held is None:
            if await self._visits.find(request) is not None:
                return see(LINK_PAGE)
            raise WebError(WebFault.LINK_UNKNOWN)
        link = await self._sessions.peek(held.token)
        language = self._catalogue.for_locale(link.locale)
        return page_answer(self._pages.render("start", language, await self._about(link), {"mode": "code"}))

    async def _begin(self, request: web.Request) -> web.Response:
        await read_body(request)
        held = self._cookies.link(request)
        if held is None or self._sessions.wants_log_in:
            raise WebError(WebFault.LINK_UNKNOWN)
        opened = await self._sessions.open(held.token, None)
        response = json_answer({"next": LINK_PAGE}, 201)
        self._cookies.begin_session(response, opened.secret)
        return response

    async def _link(self, request: web.Request) -> web.Response:
        session = await self._visits.of(request)
        return page_answer(self._pages.render("link", request[LANGUAGE], await self._about(session)))

    async def _about(self, what: WebLink | WebSession) -> dict[str, str]:
        who = what.who
        server = await self._linking.server_name(who.guild_id)
        return {"username": who.username, "user_id": str(who.user_id), "server": server}

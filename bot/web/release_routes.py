"""The public page on which a wallet's owner ends its link by signature alone."""

import math
from collections.abc import Sequence

from aiohttp import web

from bot.services.proving import Proving
from bot.services.release import Release
from bot.web.answers import json_answer, page_answer
from bot.web.bodies import read_body
from bot.web.clients import Clients
from bot.web.guard import LANGUAGE
from bot.web.limits import RateLimit
from bot.web.pages import Pages
from bot.web.refusals import RefusalError, WebCode
from bot.web.session_routes import LONGEST_ADDRESS, LONGEST_ANSWER
from bot.web.texts import Catalogue
from bot.web.wire_forms import challenge_form, network_forms, wallet_form

_LONGEST_KEY = 100


class ReleaseRoutes:
    """No session and no cookie: the challenge's own key binds the answer to whoever asked for it."""

    def __init__(
        self,
        release: Release,
        proving: Proving,
        pages: Pages,
        catalogue: Catalogue,
        clients: Clients,
        per_address: RateLimit,
    ) -> None:
        self._release = release
        self._proving = proving
        self._pages = pages
        self._catalogue = catalogue
        self._clients = clients
        self._per_address = per_address

    def routes(self) -> Sequence[web.RouteDef]:
        """The routes."""
        return [
            web.get("/release", self._page),
            web.post("/api/release/challenge", self._challenge),
            web.post("/api/release/proof", self._prove),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        data = {"networks": network_forms(self._proving.networks)}
        return page_answer(self._pages.render("release", request[LANGUAGE], None, data))

    async def _challenge(self, request: web.Request) -> web.Response:
        self._limit(request)
        body = await read_body(request)
        asked = await self._release.ask(body.network(), body.optional_text("address", LONGEST_ADDRESS))
        return json_answer({**challenge_form(asked.challenge), "key": asked.key}, 201)

    async def _prove(self, request: web.Request) -> web.Response:
        self._limit(request)
        body = await read_body(request)
        released = await self._release.prove(
            body.number("challenge_id"),
            body.text("key", _LONGEST_KEY),
            body.network(),
            body.text("answer", LONGEST_ANSWER),
        )
        outcome = "released" if released.was_linked else "not_linked"
        wallet = wallet_form(released.address)
        network = released.address.network.label
        message = self._catalogue.text(
            request[LANGUAGE], f"outcome.{outcome}", address=released.address.short, network=network
        )
        return json_answer({"outcome": outcome, **wallet, "message": message})

    def _limit(self, request: web.Request) -> None:
        wait = self._per_address.take(self._clients.key_of(request))
        if wait:
            raise RefusalError(WebCode.TOO_MANY_REQUESTS, retry_after=math.ceil(wait))

"""The door: what every request must pass, and the one place where errors become responses."""

import math
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.domain.errors import HoldfastError
from bot.web.answers import json_answer, page_answer
from bot.web.clients import Clients
from bot.web.connections import GuardedConnection
from bot.web.headers import put_headers
from bot.web.limits import RateLimit
from bot.web.pages import Pages
from bot.web.refusals import RefusalError, WebCode, refusal_of
from bot.web.site_address import SiteAddress
from bot.web.texts import Catalogue

log = structlog.get_logger(__name__)

LANGUAGE: Final = web.RequestKey("language", str)
"""The language to answer in: the browser's, until a member is known."""
HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_STATIC: Final = "/static/"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


class CountsRequests(Protocol):
    """Counts what was answered."""

    def http_request(self, route: str, status: int) -> None:
        """A request was answered; `route` is a route's template, never a path."""


class Guard:
    """Refuses what must not get through, and words every refusal."""

    def __init__(
        self,
        site: SiteAddress,
        clients: Clients,
        per_address: RateLimit,
        pages: Pages,
        catalogue: Catalogue,
        metrics: CountsRequests,
    ) -> None:
        self._site = site
        self._clients = clients
        self._per_address = per_address
        self._pages = pages
        self._catalogue = catalogue
        self._metrics = metrics
        self._has_warned = False

    @property
    def middlewares(self) -> Sequence[Middleware]:
        """What the application passes every request through."""

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        return (answer,)

    async def prepare(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Put the headers on a response that is about to be sent."""
        put_headers(response, is_secure=self._site.is_secure)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        if isinstance(connection, GuardedConnection):
            connection.begin_answer()
        try:
            response = await self._answer_somehow(request, handler)
        finally:
            if isinstance(connection, GuardedConnection):
                connection.end_answer()
        self._metrics.http_request(_route(request), response.status)
        return response

    async def _answer_somehow(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        request[LANGUAGE] = self._catalogue.for_header(request.headers.get("Accept-Language", ""))
        try:
            self._admit(request)
            return await handler(request)
        except RefusalError as refusal:
            return self._refuse(request, refusal)
        except HoldfastError as error:
            return self._refuse(request, refusal_of(error))
        except web.HTTPMethodNotAllowed as error:
            allowed = ", ".join(sorted(error.allowed_methods))
            return self._refuse(request, RefusalError(WebCode.METHOD_NOT_ALLOWED, allow=allowed))
        except web.HTTPNotFound:
            return self._refuse(request, RefusalError(WebCode.NOT_FOUND))
        except (web.HTTPException, web.RequestPayloadError, ConnectionError):
            return self._refuse(request, RefusalError(WebCode.BAD_REQUEST))
        except Exception:
            log.exception("web.failed", route=_route(request))
            return self._refuse(request, RefusalError(WebCode.INTERNAL))

    def _admit(self, request: web.Request) -> None:
        hosts = request.headers.getall("Host", ())
        if len(hosts) != 1 or not self._site.is_host(hosts[0], for_health=request.path in HEALTH_PATHS):
            raise RefusalError(WebCode.WRONG_HOST)
        if self._site.is_secure and self._clients.is_forwarded_plain(request):
            raise RefusalError(WebCode.NOT_ENCRYPTED)
        if not request.path.startswith(_STATIC):
            self._limit(request)
        if request.method not in _SAFE_METHODS:
            self._require_own_page(request)

    def _limit(self, request: web.Request) -> None:
        client = self._clients.key_of(request)
        wait = self._per_address.take(client)
        if wait == 0:
            return
        if "X-Forwarded-For" in request.headers and not self._has_warned and self._clients.trusts_nobody:
            self._has_warned = True
            log.warning(
                "web.proxy_not_trusted",
                meaning="all visitors behind a proxy share one rate limit",
                fix="name the proxy's address in web.trusted_proxies",
            )
        raise RefusalError(WebCode.TOO_MANY_REQUESTS, retry_after=math.ceil(wait))

    def _require_own_page(self, request: web.Request) -> None:
        """Only scripts of our own pages may change anything: browsers tell where a request comes from."""
        if request.headers.getall("Origin", ()) != [self._site.origin]:
            raise RefusalError(WebCode.WRONG_ORIGIN)
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise RefusalError(WebCode.WRONG_ORIGIN)

    def _refuse(self, request: web.Request, refusal: RefusalError) -> web.Response:
        language = request[LANGUAGE]
        text = self._catalogue.text(language, f"error.{refusal.code}", network=refusal.network)
        if _wants_page(request) and refusal.code != WebCode.TOO_MANY_REQUESTS:
            values = {"problem.code": refusal.code, "problem.text": text, "problem.again": refusal.login_path}
            response = page_answer(self._pages.render("problem", language, values), refusal.status)
        else:
            response = json_answer(
                {"code": refusal.code, "message": text, "again": refusal.can_try_again}, refusal.status
            )
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if refusal.allow:
            response.headers["Allow"] = refusal.allow
        return response


def _wants_page(request: web.Request) -> bool:
    """Whether a person looks at the answer: they came by a link or typed the address."""
    if request.method not in _SAFE_METHODS or request.path in HEALTH_PATHS or request.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("Accept", "")


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical

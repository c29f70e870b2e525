"""The application: all routes behind one guard."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.services.proving import Proving
from bot.services.release import Release
from bot.services.web_linking import WebLinking
from bot.services.web_sessions import WebSessions
from bot.web.bodies import MOST_BYTES
from bot.web.clients import Clients, IpNetwork
from bot.web.cookies import Cookies
from bot.web.guard import Guard
from bot.web.health_routes import HealthRoutes, Probes
from bot.web.limits import RateLimit
from bot.web.link_routes import LinkRoutes
from bot.web.metrics import PrometheusMetrics
from bot.web.oauth import DiscordLogIn
from bot.web.oauth_routes import OAuthRoutes
from bot.web.pages import Pages
from bot.web.release_routes import ReleaseRoutes
from bot.web.session_routes import SessionRoutes
from bot.web.site_address import SiteAddress
from bot.web.static_files import StaticFiles
from bot.web.texts import Catalogue
from bot.web.visits import Visits


@dataclass(frozen=True, slots=True)
class WebLimits:
    """Requests per minute."""

    per_address: int = 120
    """Of one network address, static files not counted."""
    per_member: int = 20
    """Of one member, that ask for something to be done."""
    releases_per_address: int = 20
    """Of one network address, on the release page."""


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the application is made from."""

    site: SiteAddress
    trusted_proxies: tuple[IpNetwork, ...]
    sessions: WebSessions
    linking: WebLinking
    release: Release
    proving: Proving
    log_in: DiscordLogIn | None
    """None: opening a link takes no Discord log-in, and a code completes the first proof."""
    probes: Probes
    metrics: PrometheusMetrics
    monotonic: Callable[[], float]
    limits: WebLimits = WebLimits()


def build_application(parts: WebParts) -> web.Application:
    """Put the application together."""
    catalogue = Catalogue.load()
    static = StaticFiles()
    pages = Pages(catalogue, parts.site.authority, static.path)
    clients = Clients(parts.trusted_proxies)
    cookies = Cookies(is_secure=parts.site.is_secure)
    visits = Visits(parts.sessions, cookies, catalogue, _limit(parts, parts.limits.per_member))
    guard = Guard(parts.site, clients, _limit(parts, parts.limits.per_address), pages, catalogue, parts.metrics)
    app = web.Application(middlewares=guard.middlewares, client_max_size=MOST_BYTES)
    app.on_response_prepare.append(guard.prepare)
    app.add_routes(LinkRoutes(parts.sessions, parts.linking, visits, cookies, pages, catalogue).routes())
    app.add_routes(SessionRoutes(parts.sessions, parts.linking, visits, catalogue).routes())
    releases = _limit(parts, parts.limits.releases_per_address)
    app.add_routes(ReleaseRoutes(parts.release, parts.proving, pages, catalogue, clients, releases).routes())
    app.add_routes(HealthRoutes(parts.probes, parts.metrics).routes())
    app.add_routes([web.get("/static/{digest}/{name:.+}", static.serve)])
    if parts.log_in is not None:
        app.add_routes(OAuthRoutes(parts.sessions, parts.log_in, cookies, catalogue).routes())
    return app


def _limit(parts: WebParts, per_minute: int) -> RateLimit:
    return RateLimit(per_minute, parts.monotonic)

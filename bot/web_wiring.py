"""Wiring of the web server, for `bot/app.py`."""

import time
from collections.abc import Callable

from bot.config import Settings
from bot.providers.clock import Clock
from bot.services.housekeeping import Housekeeping
from bot.services.linking import Linking
from bot.services.onboarding import Onboarding
from bot.services.ports import DiscordGateway
from bot.services.proving import Proving
from bot.services.release import Release
from bot.services.sweep_requests import SweepRequests
from bot.services.toolbox import VerifyPage
from bot.services.web_linking import WebLinking
from bot.services.web_sessions import WebSessions
from bot.store.store import SqlStore
from bot.web.application import WebParts
from bot.web.health_routes import Probes
from bot.web.metrics import PrometheusMetrics
from bot.web.oauth import DiscordLogIn, OAuthOptions
from bot.web.server import WebServer
from bot.web.site_address import SiteAddress


def site_of(settings: Settings) -> SiteAddress:
    """The verify page's address, as its visitors see it."""
    return SiteAddress.of(settings.web.public_url, settings.web.host, settings.web.port)


def open_verify_page(
    settings: Settings,
    store: SqlStore,
    linking: Linking,
    onboarding: Onboarding,
    gateway: DiscordGateway,
    clock: Clock,
    metrics: PrometheusMetrics,
) -> VerifyPage | None:
    """Prepare the verify page; None for an installation without a web server."""
    if not settings.web.enabled:
        return None
    sessions = WebSessions(store, clock, metrics, wants_log_in=settings.web.has_log_in)
    web_linking = WebLinking(store, linking, onboarding, gateway, clock)
    return VerifyPage(site_of(settings).origin, sessions, web_linking)


def web_server(
    settings: Settings,
    page: VerifyPage,
    release: Release,
    proving: Proving,
    sweeps: SweepRequests,
    housekeeping: Housekeeping,
    is_on_discord: Callable[[], bool],
    metrics: PrometheusMetrics,
) -> WebServer:
    """Prepare the web server. It does not listen yet."""
    parts = WebParts(
        site=site_of(settings),
        trusted_proxies=tuple(settings.web.trusted_proxies),
        sessions=page.sessions,
        linking=page.linking,
        release=release,
        proving=proving,
        log_in=_log_in(settings, page.origin),
        probes=Probes(sweeps.figures, housekeeping.last_beat, is_on_discord, time.monotonic),
        metrics=metrics,
        monotonic=time.monotonic,
    )
    return WebServer(settings.web.host, settings.web.port, parts)


def _log_in(settings: Settings, origin: str) -> DiscordLogIn | None:
    web = settings.web
    if not web.has_log_in:
        return None
    secret = web.oauth_client_secret.get_secret_value()
    options = OAuthOptions(
        web.oauth_client_id, secret, web.oauth_authorize_url, settings.discord.api_base_url.rstrip("/")
    )
    return DiscordLogIn(options, origin)

"""The one place where parts are wired together."""

import time
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Settings
from bot.domain.brakes import Brake
from bot.domain.networks import Family
from bot.domain.wallets import ReadingPolicy
from bot.ethereum_nodes import EthereumNodes
from bot.gateway.budget import RequestBudget
from bot.gateway.client import ClientOptions, HoldfastClient
from bot.gateway.rest import DiscordRest
from bot.host_checks import host_checks
from bot.jobs.clockwork import Clockwork
from bot.jobs.schedule import Pace, schedule
from bot.proof.chia import ChiaProver
from bot.proof.ethereum import EthereumProver
from bot.provider_registry import build_directory
from bot.providers.clock import Clock
from bot.providers.directory import ProviderDirectory
from bot.providers.http import HttpClient
from bot.services.collections import CollectionAdmin
from bot.services.explaining import Explaining
from bot.services.guild_log import GuildLog
from bot.services.health import Doctor
from bot.services.housekeeping import Housekeeping
from bot.services.linking import Linking
from bot.services.memberships import Memberships
from bot.services.onboarding import Onboarding
from bot.services.ports import DiscordGateway, Prover
from bot.services.proving import Proving
from bot.services.reconciling import Reconciler
from bot.services.refreshing import Refresher
from bot.services.release import Release
from bot.services.reproving import Reproving
from bot.services.role_writing import RoleWriting
from bot.services.rules import RuleAdmin
from bot.services.settings import SettingsAdmin
from bot.services.sweeping import Sweeper
from bot.services.toolbox import Services, VerifyPage
from bot.services.wallets import MemberWallets
from bot.services.web_linking import WebLinking
from bot.services.web_sessions import WebSessions
from bot.store.engine import create_engine
from bot.store.provider_calls import SqlCallMeter
from bot.store.store import SqlStore
from bot.web.application import WebParts
from bot.web.health_routes import Probes
from bot.web.metrics import PrometheusMetrics
from bot.web.oauth import DiscordLogIn, OAuthOptions
from bot.web.server import WebServer
from bot.web.site_address import SiteAddress

WITHOUT_PUBLIC_URL = "discord.com"
"""The authority that an Ethereum challenge names when the host has no web address: the text is shown in Discord."""


@dataclass(frozen=True, slots=True)
class Holdfast:
    """All parts of a running installation. Whoever wires it closes it."""

    engine: AsyncEngine
    http: HttpClient
    nodes: EthereumNodes
    store: SqlStore
    reader: ProviderDirectory
    client: HoldfastClient
    refresher: Refresher
    reconciler: Reconciler
    sweeper: Sweeper
    reproving: Reproving
    housekeeping: Housekeeping
    services: Services
    clockwork: Clockwork
    web: WebServer | None

    async def close(self) -> None:
        """End everything, in the order in which parts depend on each other."""
        if self.web is not None:
            await self.web.close()
        await self.clockwork.stop()
        await self.client.close()
        await self.http.close()
        await self.nodes.close()
        await self.engine.dispose()


def open_http(settings: Settings, engine: AsyncEngine | None, clock: Clock) -> HttpClient:
    """Open the way to the balance APIs. Without a database nothing is counted against a quota."""
    if engine is None:
        return HttpClient(version=version("holdfast"), clock=clock)
    quotas = {"spacescan": settings.providers.spacescan.monthly_quota}
    return HttpClient(version=version("holdfast"), clock=clock, meter=SqlCallMeter(engine, quotas, clock))


def wire(settings: Settings, clock: Clock, *, members_intent: bool, pace: Pace | None = None) -> Holdfast:
    """Build all parts. Nothing is connected yet. Raises `ConfigError` for settings that do not work together."""
    sweep = settings.sweep
    policy = ReadingPolicy(sweep.interval, sweep.confirm_after, sweep.stale_after)
    engine = create_engine(settings.database.url.get_secret_value())
    store = SqlStore(engine)
    http = open_http(settings, engine, clock)
    reader = build_directory(settings.providers, http)
    pace = pace or Pace()
    client = HoldfastClient(client_options(settings, members_intent=members_intent, pace=pace))
    metrics = PrometheusMetrics()
    gateway = DiscordRest(client, RequestBudget(time.monotonic, metrics.discord_refusal), time.monotonic)
    guild_log = GuildLog(store, gateway)
    refresher = Refresher(store, reader, clock, policy, metrics)
    writing = RoleWriting(gateway, guild_log, clock, metrics)
    brake = Brake(sweep.brake_min, sweep.brake_percent)
    reconciler = Reconciler(store, gateway, writing, clock, policy, brake)
    sweeper = Sweeper(store, reader, refresher, reconciler, guild_log, clock)
    provers: dict[Family, Prover] = {
        Family.CHIA: ChiaProver(_public_host(settings)),
        Family.ETHEREUM: _ethereum_prover(settings),
    }
    nodes = EthereumNodes.of(settings.ethereum)
    proving = Proving(store, reader, provers, clock, metrics, nodes.wallets)
    linking = Linking(store, proving, guild_log, clock)
    wallets = MemberWallets(store, refresher, clock)
    housekeeping = Housekeeping(store, clock)
    onboarding = Onboarding(store, linking, wallets, refresher, reconciler)
    verify_page = _verify_page(settings, store, linking, onboarding, gateway, clock, metrics)
    services = Services(
        linking=linking,
        onboarding=onboarding,
        wallets=wallets,
        memberships=Memberships(store, guild_log, clock),
        collections=CollectionAdmin(store, clock),
        rules=RuleAdmin(store, gateway, clock, sweep.grace),
        settings=SettingsAdmin(store, clock),
        sweeper=sweeper,
        explaining=Explaining(store, clock, policy),
        doctor=Doctor(store, gateway, clock, host_checks(settings, reader)),
        clock=clock,
        policy=policy,
        default_grace=sweep.grace,
        verify_page=verify_page,
        sleep=clock.sleep,
    )
    release = Release(store, proving, guild_log, clock)
    reproving = Reproving(store, nodes.wallets, guild_log, clock, policy)
    jobs = schedule(sweeper, reproving, housekeeping, client.is_ready, pace)
    return Holdfast(
        engine=engine,
        http=http,
        nodes=nodes,
        store=store,
        reader=reader,
        client=client,
        refresher=refresher,
        reconciler=reconciler,
        sweeper=sweeper,
        reproving=reproving,
        housekeeping=housekeeping,
        services=services,
        clockwork=Clockwork(jobs),
        web=None
        if verify_page is None
        else _web_server(settings, verify_page, release, proving, sweeper, housekeeping, client, metrics),
    )


def _site(settings: Settings) -> SiteAddress:
    return SiteAddress.of(settings.web.public_url, settings.web.host, settings.web.port)


def _public_host(settings: Settings) -> str | None:
    """The host that challenges name: the verify page's, or the one the community knows; None without either."""
    return _site(settings).authority if settings.web.enabled or settings.web.public_url else None


def _ethereum_prover(settings: Settings) -> EthereumProver:
    host = _public_host(settings)
    return EthereumProver(WITHOUT_PUBLIC_URL) if host is None else EthereumProver(host, _site(settings).scheme)


def _verify_page(
    settings: Settings,
    store: SqlStore,
    linking: Linking,
    onboarding: Onboarding,
    gateway: DiscordGateway,
    clock: Clock,
    metrics: PrometheusMetrics,
) -> VerifyPage | None:
    if not settings.web.enabled:
        return None
    sessions = WebSessions(store, clock, metrics, wants_log_in=settings.web.has_log_in)
    web_linking = WebLinking(store, linking, onboarding, gateway, clock)
    return VerifyPage(_site(settings).origin, sessions, web_linking)


def _web_server(
    settings: Settings,
    page: VerifyPage,
    release: Release,
    proving: Proving,
    sweeper: Sweeper,
    housekeeping: Housekeeping,
    client: HoldfastClient,
    metrics: PrometheusMetrics,
) -> WebServer:
    parts = WebParts(
        site=_site(settings),
        trusted_proxies=tuple(settings.web.trusted_proxies),
        sessions=page.sessions,
        linking=page.linking,
        release=release,
        proving=proving,
        log_in=_log_in(settings, page.origin),
        probes=Probes(sweeper.figures, housekeeping.last_beat, client.is_ready, time.monotonic),
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


def client_options(settings: Settings, *, members_intent: bool, pace: Pace | None = None) -> ClientOptions:
    """How to reach Discord, by the settings."""
    discord = settings.discord
    return ClientOptions(
        api_base_url=discord.api_base_url,
        gateway_url=discord.gateway_url,
        members_intent=members_intent,
        shard_ids=discord.shard_ids,
        shard_count=discord.shard_count,
        guild_ready_timeout=(pace or Pace()).guild_ready.total_seconds(),
    )

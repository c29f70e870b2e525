"""The one place where parts are wired together."""

import time
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import JobEngine, Settings
from bot.domain.brakes import Brake
from bot.domain.looks import LOOK_EVERY
from bot.domain.networks import Family
from bot.domain.wallets import ReadingPolicy
from bot.ethereum_nodes import EthereumNodes
from bot.gateway.answer_watch import watch
from bot.gateway.budget import RequestBudget
from bot.gateway.client import ClientOptions, HoldfastClient
from bot.gateway.posts import ChannelPosts
from bot.gateway.rest import DiscordRest
from bot.gateway.role_lanes import RoleLanes
from bot.gateway.second_looks import SecondLooks
from bot.gateway.server_lists import DiscordLists
from bot.host_checks import Balances, host_checks, work_checks
from bot.jobs.engine import engine_of, lanes_of
from bot.jobs.schedule import Pace, schedule
from bot.process_work import ProcessWork, has_gateway
from bot.proof.chia import ChiaProver
from bot.proof.ethereum import EthereumProver
from bot.provider_budgets import ProviderBudgets, quotas
from bot.provider_registry import build_directory
from bot.providers.clock import Clock
from bot.providers.directory import ProviderDirectory
from bot.providers.http import HttpClient
from bot.providers.meter import CallMeter
from bot.services.adopting import Adopting
from bot.services.auditing import Auditing
from bot.services.braking import Braking, HoldPosting
from bot.services.case_loading import RuleShelf
from bot.services.collections import CollectionAdmin
from bot.services.courtesy import Courtesy
from bot.services.doctor import Doctor
from bot.services.drafting import Drafting
from bot.services.explaining import Explaining
from bot.services.exporting import Exporting
from bot.services.guild_log import GuildLog
from bot.services.history import Histories
from bot.services.housekeeping import Housekeeping
from bot.services.linking import Linking
from bot.services.memberships import Memberships
from bot.services.notices import Notices
from bot.services.onboarding import Onboarding
from bot.services.planning import Planner
from bot.services.ports import DiscordGateway, Prover
from bot.services.previewing import Previewing
from bot.services.privacy import Privacy
from bot.services.protecting import Protecting
from bot.services.proving import Proving
from bot.services.reconciling import Reconciler
from bot.services.refreshing import Refresher
from bot.services.release import Release
from bot.services.reproving import Reproving
from bot.services.retention import RetentionPolicy
from bot.services.rivals import RivalReports
from bot.services.role_writing import RoleWriting
from bot.services.rounds import WalletRounds
from bot.services.rules import RuleAdmin
from bot.services.settings import SettingsAdmin
from bot.services.settling import Settling
from bot.services.signs_of_life import ProcessKind, SignsOfLife
from bot.services.spending import Spending
from bot.services.sweep_requests import SweepRequests
from bot.services.sweeping import Sweeper
from bot.services.toolbox import Services
from bot.services.undoing import Undoing
from bot.services.wallets import MemberWallets
from bot.store.discord_limits import limits_of
from bot.store.engine import create_engine
from bot.store.provider_calls import SqlCallMeter
from bot.store.store import SqlStore
from bot.store.sweep_calls import SweepCalls
from bot.store.turns import LocalTurns, PostgresTurns, turns_of
from bot.views import audits, notices, sweep_progress, undos
from bot.views.hold_items import LogChannelBoard
from bot.web.metrics import PrometheusMetrics
from bot.web.server import WebServer
from bot.web_wiring import open_verify_page, site_of, web_server

WITHOUT_PUBLIC_URL = "discord.com"
"""The authority that an Ethereum challenge names when the host has no web address: the text is shown in Discord."""


@dataclass(frozen=True, slots=True)
class Holdfast:
    """All parts of a running installation. Whoever wires it closes it."""

    engine: AsyncEngine
    http: HttpClient
    calls: SweepCalls
    nodes: EthereumNodes
    store: SqlStore
    turns: LocalTurns | PostgresTurns
    reader: ProviderDirectory
    client: HoldfastClient
    gateway: DiscordGateway
    refresher: Refresher
    reconciler: Reconciler
    sweeper: Sweeper
    reproving: Reproving
    housekeeping: Housekeeping
    services: Services
    clockwork: ProcessWork
    web: WebServer | None

    async def close(self) -> None:
        """End everything, in the order in which parts depend on each other."""
        if self.web is not None:
            await self.web.close()
        await self.clockwork.stop()
        await self.client.close()
        await self.http.close()
        await self.nodes.close()
        await self.turns.close()
        await self.store.drain()
        await self.engine.dispose()


def open_http(clock: Clock, meter: CallMeter | None = None) -> HttpClient:
    """Open the way to the balance APIs. Without a meter nothing is counted against a quota."""
    return HttpClient(version=version("holdfast"), clock=clock, meter=meter)


def wire(
    settings: Settings, clock: Clock, *, members_intent: bool, pace: Pace | None = None, is_worker: bool = False
) -> Holdfast:
    """Build all parts. Nothing is connected yet. Raises `ConfigError` for settings that do not work together.

    `members_intent`: Discord tells who comes and leaves, be it another process that has the gateway. `is_worker`: this
    one never connects to it and does all jobs over REST, so for them it is on Discord once it has logged in.
    """
    sweep = settings.sweep
    policy = ReadingPolicy(sweep.interval, sweep.confirm_after, sweep.stale_after)
    engine = create_engine(settings.database.url.get_secret_value())
    store, turns = SqlStore(engine), turns_of(engine)
    meter = _meter(settings, engine, clock)
    calls = SweepCalls(meter, store, time.monotonic)
    http = open_http(clock, calls)
    reader = build_directory(settings.providers, http)
    pace = pace or Pace()
    metrics = PrometheusMetrics()
    rate = settings.discord.requests_per_second
    limits = limits_of(engine)
    budget, lanes = RequestBudget(time.monotonic, metrics.discord_refusal, rate, limits), RoleLanes(limits)
    options = client_options(settings, members_intent=members_intent, pace=pace)
    client = HoldfastClient(options, watch(budget, lanes))
    metrics.follow(lambda: budget.figures, lambda: reader.canaries)
    gateway = DiscordRest(client, budget, lanes, time.monotonic)
    guild_log = GuildLog(store, gateway)
    shelf, courtesy = RuleShelf(), Courtesy(time.monotonic)
    refresher = Refresher(store, reader, clock, policy, metrics, shelf, courtesy)
    writing = RoleWriting(gateway, guild_log, clock, metrics)
    lists = DiscordLists(client, gateway)
    braking = Braking(store, clock, Brake(sweep.brake_min, sweep.brake_percent))
    second_looks = SecondLooks(client, gateway, clock.sleep)
    look_every = None if members_intent else LOOK_EVERY
    reconciler = Reconciler(store, gateway, writing, clock, policy, braking, second_looks, look_every, turns)
    settling = Settling(store, clock, policy, shelf, look_every, courtesy)
    spending = Spending(store, ProviderBudgets(reader, quotas(settings.providers), meter.spent, clock), clock, policy)
    planner = Planner(store, reader, clock, shelf)
    parts = lanes_of(settings, reader)
    rounds = WalletRounds(store, reader, planner, spending, refresher, clock, turns, parts)
    sweeper = Sweeper(store, rounds, settling, reconciler, clock)
    provers: dict[Family, Prover] = {
        Family.CHIA: ChiaProver(_public_host(settings)),
        Family.ETHEREUM: _ethereum_prover(settings),
    }
    nodes = EthereumNodes.of(settings.ethereum)
    proving = Proving(store, reader, provers, clock, metrics, nodes.wallets)
    linking = Linking(store, proving, guild_log, clock)
    wallets = MemberWallets(store, refresher, clock)
    rules = RuleAdmin(store, gateway, clock, sweep.grace)
    undoing = Undoing(store, gateway, guild_log, clock, undos.reported)
    notifying = Notices(store, gateway, guild_log, clock, notices.in_channel)
    housekeeping = Housekeeping(store, clock)
    auditing = Auditing(store, guild_log, clock, audits.line)
    histories = Histories(store, clock)
    requests = SweepRequests(store, guild_log, clock, calls, sweep_progress.reported)
    kept = RetentionPolicy(settings.privacy.retention, settings.privacy.journal_retention)
    privacy = Privacy.of(store, gateway, reconciler, clock, kept)
    onboarding = Onboarding(store, linking, wallets, refresher, reconciler)
    verify_page = open_verify_page(settings, store, linking, onboarding, gateway, clock, metrics)
    signs, kind = SignsOfLife(store, clock), ProcessKind.WORKER if is_worker else ProcessKind.RUN
    checks, work = host_checks(settings, housekeeping, signs, clock), work_checks(settings, store, signs, clock)
    balances = Balances(settings, reader, clock, quotas(settings.providers), meter.spent, http.origins)
    services = Services(
        linking=linking,
        onboarding=onboarding,
        wallets=wallets,
        memberships=Memberships(store, gateway, guild_log, clock, look_every),
        collections=CollectionAdmin(store, clock),
        rules=rules,
        drafting=Drafting(store, rules, clock),
        previewing=Previewing(store, reader, refresher, clock, policy, braking),
        undoing=undoing,
        guild_log=guild_log,
        courtesy=courtesy,
        settings=SettingsAdmin(store, clock),
        sweeps=requests,
        spending=spending,
        histories=histories,
        braking=braking,
        adopting=Adopting(store, lists, clock),
        explaining=Explaining(store, gateway, clock, policy, shelf),
        notices=notifying,
        protecting=Protecting(store, clock),
        auditing=auditing,
        exporting=Exporting(store, clock, sweep.stale_after),
        privacy=privacy,
        doctor=Doctor(store, gateway, clock, policy, checks, balances, work, lambda: budget.figures),
        clock=clock,
        policy=policy,
        default_grace=sweep.grace,
        verify_page=verify_page,
        sleep=clock.sleep,
    )
    release = Release(store, proving, guild_log, clock)
    reproving = Reproving(store, nodes.wallets, guild_log, clock, policy)
    news = {
        "holds": HoldPosting(store, LogChannelBoard(ChannelPosts(client, gateway)), clock).show_due,
        "rivals": RivalReports(store, lists, guild_log, clock).report_due,
        "undos": undoing.close_finished,
        "notices": notifying.post_due,
    }
    is_on_discord = client.setup_done.is_set if is_worker else client.is_ready
    is_well = is_on_discord if is_worker else partial(has_gateway, client)
    jobs = schedule(
        sweeper, requests, histories, reproving, housekeeping, auditing, privacy, news, is_on_discord, parts, pace
    )
    return Holdfast(
        engine=engine,
        http=http,
        calls=calls,
        nodes=nodes,
        store=store,
        turns=turns,
        reader=reader,
        client=client,
        gateway=gateway,
        refresher=refresher,
        reconciler=reconciler,
        sweeper=sweeper,
        reproving=reproving,
        housekeeping=housekeeping,
        services=services,
        clockwork=ProcessWork(engine_of(settings, jobs, turns, pace), signs, is_well, kind),
        web=None
        if verify_page is None
        else web_server(settings, verify_page, release, proving, requests, housekeeping, is_on_discord, metrics),
    )


def _meter(settings: Settings, engine: AsyncEngine, clock: Clock) -> SqlCallMeter:
    is_shared = settings.jobs.engine is not JobEngine.LOCAL
    return SqlCallMeter(engine, quotas(settings.providers), clock, is_shared=is_shared)


def _public_host(settings: Settings) -> str | None:
    """The host that challenges name: the verify page's, or the one the community knows; None without either."""
    return site_of(settings).authority if settings.web.enabled or settings.web.public_url else None


def _ethereum_prover(settings: Settings) -> EthereumProver:
    host = _public_host(settings)
    return EthereumProver(WITHOUT_PUBLIC_URL) if host is None else EthereumProver(host, site_of(settings).scheme)


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

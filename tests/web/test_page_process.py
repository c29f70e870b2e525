"""The verify page in a process of its own, beside the one with the gateway, on one PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Holdfast, wire
from bot.config import load_settings
from bot.demo.stage import QUICK, Stage
from bot.doctor import examine
from bot.domain.errors import ConfigError
from bot.process_work import has_gateway
from bot.providers.clock import Clock, SystemClock
from bot.sandbox.discord import MEMBER_ROLE, Role, SandboxDiscord, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.doctor import CheckStatus
from bot.services.signs_of_life import ProcessKind, SignsOfLife
from bot.web_process import open_page, run_page, serve_page
from tests.e2e.acting import LeapClock, Server, eventually, friend, hurried, struck
from tests.postgres import Database
from tests.web.acting import Site, Visitor, free_port, link_in, web_settings

WALLET = ChiaTestWallet.from_seed("alice")


@pytest.fixture
def database() -> Database:
    return Database.POSTGRESQL


@pytest.fixture
def log_in() -> bool:
    """Whether people log in to Discord on the page."""
    return True


@pytest.fixture
async def stage(
    tmp_path: Path, database_url: str, log_in: bool, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Without a bot yet. The settings are those of all processes."""
    discord, port = SandboxDiscord(rate_limits=False), free_port()
    discord.oauth.redirect_uris.add(f"http://127.0.0.1:{port}/oauth/callback")
    settings = {
        **web_settings(port),
        "HOLDFAST_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HOLDFAST_DATABASE__URL": database_url,
        "HOLDFAST_JOBS__ENGINE": "procrastinate",
    }
    if log_in:
        settings["HOLDFAST_WEB__OAUTH_CLIENT_ID"] = discord.oauth.client_id
        settings["HOLDFAST_WEB__OAUTH_CLIENT_SECRET"] = discord.oauth.client_secret
    with hurried(monkeypatch):
        stage = Stage(tmp_path, SystemClock(), settings=settings, discord=discord)
        async with AsyncExitStack() as ending:
            ending.push_async_callback(stage.close)
            await stage.set_up()
            yield stage
        assert discord.traffic.unknown_routes == []
        assert discord.direct_messages == []


@asynccontextmanager
async def running_page(stage: Stage, clock: Clock, **more: str) -> AsyncIterator[Holdfast]:
    """A process that serves the page, or is about to."""
    page = open_page(load_settings(None, {**stage.environment, **more}), clock, pace=QUICK)
    running = asyncio.create_task(run_page(page, stage.discord.token, clock))
    try:
        yield page
        assert not running.done(), running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def page_of(stage: Stage, **more: str) -> AsyncIterator[Holdfast]:
    """A process that serves the page, and is ready for visitors."""
    async with running_page(stage, SystemClock(), **more) as page:
        await listening(load_settings(None, {**stage.environment, **more}).web.port)
        yield page


async def listening(port: int) -> None:
    """Wait until somebody listens."""

    async def somebody_does() -> bool:
        return await answers(port)

    await eventually(somebody_does)


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def worker_on(stage: Stage) -> AsyncIterator[Holdfast]:
    """A process that does the jobs."""
    worker = wire(stage.settings, SystemClock(), members_intent=True, pace=QUICK, is_worker=True)
    try:
        await worker.client.login(stage.discord.token)
        worker.clockwork.start()
        yield worker
    finally:
        await worker.close()


async def furnished(stage: Stage) -> tuple[Site, User, Role]:
    """The gateway's process, without jobs and page; a server with a rule, and Alice, who meets it."""
    await stage.start_bot(with_jobs=False, with_web=False)
    server = Server.opened(stage)
    alice, role = server.joined("alice"), server.role("Holder")
    server.hand(WALLET, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    site = Site(server, f"http://127.0.0.1:{stage.settings.web.port}")
    site.log_in_as(alice)
    return site, alice, role


async def test_a_link_from_the_gateways_process_leads_to_roles_on_the_pages(stage: Stage) -> None:
    site, alice, role = await furnished(stage)
    async with page_of(stage), site.visitor() as visitor:
        assert (await visitor.get("/readyz")).json == {"status": "ready", "database": True, "discord": True}
        answer = await site.ask(alice)
        await visitor.get(link_in(answer))
        session = await visitor.session()
        challenge = await visitor.challenge(WALLET)
        proven = await visitor.prove(WALLET)

    assert (session["mode"], session["confirmed"]) == ("oauth", True)
    assert proven.json["roles"] == {"given": ["Holder"], "taken": [], "settled": True}
    assert site.server.has(alice, role)
    assert str(challenge["text"]) in answer.text, "another text than the one that Discord showed"
    assert "You meet this" in (await site.server.use(alice, "roles why")).text


@pytest.mark.parametrize("log_in", [False], ids=["by code"])
async def test_a_proof_on_the_page_is_completed_by_a_code_in_the_gateways_process(stage: Stage) -> None:
    site, alice, role = await furnished(stage)
    async with page_of(stage), site.visitor() as visitor:
        await visitor.begin(await site.invite(alice))
        proven = await visitor.prove(WALLET)
        assert proven.json["outcome"] == "code"
        typed = await site.type_code(alice, proven.json["code"])
        assert f"<@&{role.id}>" in typed.text
        assert (await visitor.session())["confirmed"] is True
    assert site.server.has(alice, role)


async def test_two_processes_serve_one_visit(stage: Stage) -> None:
    """As behind a proxy that sends each request to another one."""
    site, alice, role = await furnished(stage)
    second = free_port()
    async with page_of(stage), page_of(stage, HOLDFAST_WEB__PORT=str(second)):
        host = site.origin.removeprefix("http://")
        async with Visitor(site.origin) as visitor:
            await visitor.get(await site.invite(alice))
            await visitor.session()
            challenge = await visitor.challenge(WALLET)
            visitor.origin = f"http://127.0.0.1:{second}"
            answer = {
                "challenge_id": challenge["id"],
                "network": challenge["network"],
                "answer": WALLET.sign(str(challenge["text"])),
            }
            proven = await visitor.post("/api/proof", answer, Origin=site.origin, Host=host)
    assert proven.status == 200, proven.text
    assert site.server.has(alice, role)


async def test_a_grant_that_discord_does_not_take_is_made_up_for_by_a_worker(stage: Stage) -> None:
    site, alice, role = await furnished(stage)
    fault = stage.discord.faults.server_error("PUT", MEMBER_ROLE, 503, times=None)
    async with page_of(stage), site.visitor() as visitor:
        await visitor.get(await site.invite(alice))
        await visitor.session()
        proven = await visitor.prove(WALLET)
    assert proven.json["outcome"] == "linked"
    assert proven.json["roles"] == {"given": [], "taken": [], "settled": False}
    fault.clear()
    await a_moment_later(site)
    async with worker_on(stage):
        await site.server.gives(alice, role)


async def test_nobody_comes_in_before_discord_can_be_asked(stage: Stage) -> None:
    fault = stage.discord.faults.server_error("GET", "/users/@me", 503, times=None)
    async with running_page(stage, LeapClock()) as page:
        await struck(fault)
        assert not await answers(stage.settings.web.port)
        fault.clear()
        await listening(stage.settings.web.port)
        assert page.client.setup_done.is_set()


async def a_moment_later(site: Site) -> None:
    """Let the wait after an attempt that failed be over."""
    async with site.server.stage.holdfast.store.unit() as unit:
        await unit.members.touch_guild(site.server.guild.id)


async def test_the_page_shows_that_it_lives_and_the_jobs_are_nobodys(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.process_work._LAST_SECONDS", 60.0)
    await stage.start_bot(with_jobs=False, with_web=False)
    signs = SignsOfLife(stage.holdfast.store, SystemClock())

    async def kinds() -> set[ProcessKind]:
        return {sign.process.kind for sign in await signs.seen()}

    async with page_of(stage):

        async def both_live() -> bool:
            return await kinds() == {ProcessKind.RUN, ProcessKind.WEB}

        await eventually(both_live)
        assert not any(sign.process.does_jobs for sign in await signs.seen())
        assert await stage.holdfast.housekeeping.last_beat() is None
    assert await kinds() == {ProcessKind.RUN}


async def test_host_and_admins_learn_that_nobody_does_the_jobs(stage: Stage) -> None:
    await stage.start_bot(with_jobs=False, with_web=False)
    server = Server.opened(stage)
    signs = SignsOfLife(stage.holdfast.store, SystemClock())

    async def is_seen() -> bool:
        return bool(await signs.seen())

    await eventually(is_seen)
    assert "Nobody does it: no process that does jobs is alive" in (await server.use(server.owner, "doctor")).text
    report = await examine(stage.settings, SystemClock())
    (found,) = [result for result in report.host if result.label == "Background work"]
    assert found.status is CheckStatus.BAD
    assert not any(result.label == "Background work" for findings in report.servers for result in findings.results)
    async with worker_on(stage):

        async def somebody_works() -> bool:
            return any(sign.process.does_jobs for sign in await signs.seen())

        await eventually(somebody_works)
        assert "Background work" in (text := (await server.use(server.owner, "doctor")).text)
        assert "1 process does it." in text


async def test_a_gateways_process_is_well_only_while_it_is_connected(stage: Stage) -> None:
    idle = wire(stage.settings, SystemClock(), members_intent=True)
    assert not has_gateway(idle.client)
    await idle.close()
    await stage.start_bot(with_jobs=False, with_web=False)
    client = stage.holdfast.client
    assert has_gateway(client)
    await stage.stop_bot()
    assert not has_gateway(client)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "web.enabled = true"),
        ({"HOLDFAST_WEB__ENABLED": "true"}, 'jobs.engine = "procrastinate"'),
        (
            {
                "HOLDFAST_WEB__ENABLED": "true",
                "HOLDFAST_JOBS__ENGINE": "procrastinate",
                "HOLDFAST_DATABASE__URL": "postgresql+psycopg://127.0.0.1/nowhere",
            },
            "discord.token",
        ),
    ],
    ids=["no page", "one process", "no token"],
)
async def test_without_what_it_needs_it_says_so(settings: Mapping[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        await serve_page(load_settings(None, settings), SystemClock())
    assert words in str(refusal.value)

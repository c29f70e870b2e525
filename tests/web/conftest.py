"""The verify page of a running bot: `site` where a code completes a link, `oauth_site` where people log in."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from bot.sandbox.discord import SandboxDiscord
from tests.e2e.acting import LeapClock, Server, hurried
from tests.web.acting import Site, Visitor, free_port, web_settings

OpenSite = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Site]]


@pytest.fixture
def clock() -> LeapClock:
    """The time for the bot and for Discord."""
    return LeapClock()


@pytest.fixture
def open_site(prepared_folder: Path, clock: LeapClock, monkeypatch: pytest.MonkeyPatch) -> OpenSite:
    """Opens a site with more settings."""

    @asynccontextmanager
    async def opened(settings: Mapping[str, str]) -> AsyncIterator[Site]:
        discord = SandboxDiscord(clock=lambda: clock.now().timestamp())
        port = free_port()
        origin = settings.get("HOLDFAST_WEB__PUBLIC_URL", f"http://127.0.0.1:{port}")
        discord.oauth.redirect_uris.add(f"{origin}/oauth/callback")
        oauth = {
            "HOLDFAST_WEB__OAUTH_CLIENT_ID": discord.oauth.client_id,
            "HOLDFAST_WEB__OAUTH_CLIENT_SECRET": discord.oauth.client_secret,
        }
        chosen = {**web_settings(port), **settings}
        if chosen.pop("log_in", ""):
            chosen |= oauth
        with hurried(monkeypatch):
            async with Stage(prepared_folder, clock, settings=chosen, discord=discord) as stage:
                yield Site(Server.opened(stage), origin)
            assert discord.traffic.unknown_routes == []
            assert discord.direct_messages == []

    return opened


@pytest.fixture
async def site(open_site: OpenSite) -> AsyncIterator[Site]:
    async with open_site({}) as opened:
        yield opened


@pytest.fixture
async def oauth_site(open_site: OpenSite) -> AsyncIterator[Site]:
    async with open_site({"log_in": "yes"}) as opened:
        yield opened


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with site.visitor() as visitor:
        yield visitor

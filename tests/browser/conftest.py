"""A browser, and the verify page with and without Discord log-in.

`pytest tests/browser --screenshots` also renews the pictures in docs/images.
"""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

from bot.demo.stage import Stage
from bot.sandbox.discord import SandboxDiscord, User
from tests.browser.chromium import driven, running
from tests.browser.scene import Scene
from tests.browser.visitor import Visiting
from tests.e2e.acting import LeapClock, Server, hurried

_HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="renew the pictures in docs/images")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests share an event loop, as Playwright lives in one, and two processes, as a browser is heavy."""
    files = sorted({item.path for item in items if item.path.parent == _HERE})
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.xdist_group(f"browser-{files.index(item.path) % 2}"))
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def driver(chromium: str) -> AsyncIterator[Playwright]:
    """Playwright's own process: starting one for each test would take longer than most tests."""
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture(loop_scope="session")
async def browser(driver: Playwright, chromium: str) -> AsyncIterator[Browser]:
    async with driven(driver, chromium) as browser:
        yield browser


@pytest.fixture
def visiting(browser: Browser, request: pytest.FixtureRequest) -> Visiting:
    return Visiting(browser, takes_pictures=bool(request.config.getoption("--screenshots", default=False)))


@pytest.fixture
def clock() -> LeapClock:
    """The time for the bot and for Discord."""
    return LeapClock()


@pytest_asyncio.fixture(loop_scope="session")
async def logged_in(
    prepared_folder: Path, clock: LeapClock, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> AsyncIterator[Scene]:
    """Opening a link takes a Discord log-in."""
    stage = SiteStage(prepared_folder, clock, free_port(), has_log_in=True)
    with hurried(monkeypatch):
        async with scene(stage) as played:
            yield played


@pytest_asyncio.fixture(loop_scope="session")
async def by_code(
    prepared_folder: Path, clock: LeapClock, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> AsyncIterator[Scene]:
    """No log-in is set up, so a code completes the first proof."""
    stage = SiteStage(prepared_folder, clock, free_port(), has_log_in=False)
    with hurried(monkeypatch):
        async with scene(stage) as played:
            yield played


class SiteStage(Stage):
    """A stage whose bot serves the verify page."""

    def __init__(self, folder: Path, clock: LeapClock, port: int, *, has_log_in: bool) -> None:
        super().__init__(folder, clock, discord=SandboxDiscord(clock=lambda: clock.now().timestamp()))
        self.origin = f"http://127.0.0.1:{port}"
        self._port = port
        self._has_log_in = has_log_in

    @property
    def environment(self) -> dict[str, str]:
        """The settings, with those of the site."""
        web = {"HOLDFAST_WEB__ENABLED": "true", "HOLDFAST_WEB__PORT": str(self._port)}
        if self._has_log_in:
            oauth = self.discord.oauth
            web |= {
                "HOLDFAST_WEB__OAUTH_CLIENT_ID": oauth.client_id,
                "HOLDFAST_WEB__OAUTH_CLIENT_SECRET": oauth.client_secret,
                "HOLDFAST_WEB__OAUTH_AUTHORIZE_URL": oauth.authorize_url,
            }
        return super().environment | web


@asynccontextmanager
async def scene(stage: SiteStage) -> AsyncIterator[Scene]:
    """Set the scene on a stage, and see at its end that the bot asked Discord for nothing it does not have."""
    oauth = stage.discord.oauth
    oauth.redirect_uris.add(f"{stage.origin}/oauth/callback")

    def log_in_as(user: User) -> None:
        oauth.browser_user = user

    async with stage:
        yield await Scene.set(Server.opened(stage), stage.origin, log_in_as)
    assert stage.discord.traffic.unknown_routes == []
    assert stage.discord.direct_messages == []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Somebody at a browser: opens pages, looks for things by what they are called, and notes what goes wrong."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.extensions import Extension

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
_REFUSED: Final = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
_PHONE_WIDTH: Final = 390


class Visitor:
    """One person with one browser."""

    def __init__(self, context: BrowserContext, page: Page, *, takes_pictures: bool) -> None:
        self.context = context
        self.page = page
        self.problems: list[str] = []
        """Console errors (violations of the content security policy are such), uncaught errors, foreign addresses."""
        self.refusals: list[str] = []
        """Answers of the server with a 4xx status, which browsers note as console errors too."""
        self._paths: list[str] = []
        self._takes_pictures = takes_pictures
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("request", self._requested)

    def asked_for(self, path: str) -> int:
        """How often the page has asked the server for something."""
        return self._paths.count(path)

    async def opens(self, url: str) -> None:
        """Go to an address."""
        await self.page.goto(url)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button, by its label."""
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    async def presses(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        await self.button(name).click()

    async def picks(self, network: str) -> None:
        """Choose a network."""
        await self.page.get_by_role("radio", name=network, exact=True).check()

    async def sees(self, words: str | re.Pattern[str]) -> None:
        """Wait until the page shows some words."""
        await expect(self.page.locator("main")).to_contain_text(words)

    async def sees_title(self, words: str | re.Pattern[str]) -> None:
        """Wait until the current step has some title."""
        await expect(self.page.locator(".step-title")).to_have_text(words)

    async def hears(self, words: str | re.Pattern[str]) -> None:
        """Wait until a screen reader would say some words."""
        await expect(self.page.locator("#status")).to_contain_text(words)

    async def picture(self, name: str) -> None:
        """Take a picture for the documentation, if the tests were told to."""
        await expect(self.page.locator("main")).to_be_visible()
        if self._takes_pictures:
            IMAGES.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=IMAGES / f"{name}.png", full_page=True, animations="disabled", scale="css")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        known = self.refusals if _REFUSED.match(message.text) else self.problems
        known.append(f"console: {message.text}")

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        self._paths.append(address.path)
        if address.scheme != "data" and address.hostname != "127.0.0.1":
            self.problems.append(f"asked {address.hostname}")


class Visiting:
    """Lets people visit, each with a browser of their own."""

    def __init__(self, browser: Browser, *, takes_pictures: bool) -> None:
        self._browser = browser
        self._takes_pictures = takes_pictures

    @asynccontextmanager
    async def __call__(
        self,
        *extensions: Extension,
        colours: Literal["light", "dark"] = "light",
        is_phone: bool = False,
        language: str = "en",
        has_scripts: bool = True,
        may_lose_connection: bool = False,
    ) -> AsyncIterator[Visitor]:
        """Somebody whose browser is closed at the end, and in which nothing may have gone wrong."""
        context = await self._browser.new_context(
            viewport={"width": _PHONE_WIDTH, "height": 780} if is_phone else {"width": 820, "height": 780},
            is_mobile=is_phone,
            has_touch=is_phone,
            device_scale_factor=2 if is_phone else 1,
            color_scheme=colours,
            reduced_motion="reduce",
            locale=language,
            java_script_enabled=has_scripts,
        )
        context.set_default_timeout(10_000)
        try:
            for extension in extensions:
                await extension.install(context)
            visitor = Visitor(context, await context.new_page(), takes_pictures=self._takes_pictures)
            yield visitor
            lost = [problem for problem in visitor.problems if "ERR_INTERNET_DISCONNECTED" in problem]
            assert [problem for problem in visitor.problems if not (may_lose_connection and problem in lost)] == []
        finally:
            await context.close()

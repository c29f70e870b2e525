"""Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright, expect

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_REQUIRED: Final = "REQUIRE_BROWSER"
_HOW: Final = "there is no Chromium: `apt-get install chromium` (Debian) brings it"
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable(environment: Mapping[str, str] = os.environ) -> str:
    """The path of Chromium. Without one the test is skipped, or fails where browser tests are insisted on."""
    for name in _NAMES:
        if path := shutil.which(name, path=environment.get("PATH")):
            return path
    if environment.get(_REQUIRED) == "1":
        pytest.fail(f"{_HOW}, and {_REQUIRED}=1 insists on it", pytrace=False)
    pytest.skip(_HOW)


@asynccontextmanager
async def running() -> AsyncIterator[Browser]:
    """A browser with nothing in it."""
    path = executable()
    expect.set_options(timeout=10_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()

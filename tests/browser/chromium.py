"""Debian's Chromium, driven by Playwright."""

import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Playwright, expect

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
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-features=Translate,MediaRouter,OptimizationHints,HttpsUpgrades",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--mute-audio",
    "--remote-debugging-port=0",
)
_PATIENCE: Final = 30
"""Seconds that a browser may take to start."""


def executable(environment: Mapping[str, str] = os.environ) -> str:
    """The path of Chromium. Without one the test is skipped, or fails where browser tests are insisted on."""
    for name in _NAMES:
        if path := shutil.which(name, path=environment.get("PATH")):
            return path
    if environment.get(_REQUIRED) == "1":
        pytest.fail(f"{_HOW}, and {_REQUIRED}=1 insists on it", pytrace=False)
    pytest.skip(_HOW)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """One browser for many tests: starting it takes longer than most of them. Gives the address to drive it by."""
    command = [executable(), *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{_port(folder / 'DevToolsActivePort', process)}"
        finally:
            process.terminate()


def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    """Where the browser listens, which it writes down once it does."""
    ends_at = time.monotonic() + _PATIENCE
    while time.monotonic() < ends_at and process.poll() is None:
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.02)
    pytest.fail(f"Chromium did not start (exit code {process.poll()})", pytrace=False)


@asynccontextmanager
async def driven(playwright: Playwright, address: str) -> AsyncIterator[Browser]:
    """The running browser, to open contexts in: they share nothing with those of other tests, and end with this."""
    expect.set_options(timeout=10_000)
    browser = await playwright.chromium.connect_over_cdp(address)
    try:
        yield browser
    finally:
        await browser.close()

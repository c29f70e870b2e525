"""The demo tells the truth: it succeeds on a whole world, and names the step where a broken one shows."""

import asyncio
import io
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from rich.console import Console

from bot.demo.narrator import Narrator
from bot.demo.playing import SETTINGS, perform
from bot.demo.stage import Stage
from bot.demo.story import STORY
from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER_ROLE
from tests.e2e.acting import LeapClock, hurried

ROOT = Path(__file__).parents[2]
LINK = "Charlie proves a Chia wallet and has a role"
FAILING = "The NFT is sold, and just now the balance service fails"
HEALED = "The balance service is back: the role goes, on confirmed evidence"


class Told:
    """A stage for the story, and what was printed about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = Stage(folder, LeapClock(), settings=SETTINGS)
        self.printed = io.StringIO()

    async def play(self, patience: float = 10.0) -> int:
        narrator = Narrator(Console(file=self.printed, highlight=False))
        return await perform(self.stage, narrator, self.folder / "bot.log", patience=patience)

    @property
    def text(self) -> str:
        return self.printed.getvalue()

    @property
    def flat(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with hurried(monkeypatch):
        yield Told(tmp_path)


async def test_the_whole_story_is_observed(told: Told) -> None:
    assert await told.play() == 0

    for number, step in enumerate(STORY, 1):
        assert f"{number}/{len(STORY)}  {step.title}" in told.text
    assert f"All {len(STORY)} steps were observed" in told.text
    assert told.stage.discord.traffic.unknown_routes == []


async def test_writes_that_are_accepted_but_never_applied_are_found_out(told: Told) -> None:
    told.stage.discord.faults.accept_without_applying("PUT", MEMBER_ROLE, times=None)

    assert await told.play(patience=4) == 1

    assert f"failed at the step: {LINK}" in told.text
    assert "expected: Discord shows the role Friend on Charlie" in told.text
    assert "seen: Charlie has no role" in told.flat


async def test_removals_that_never_stick_are_found_out(told: Told) -> None:
    told.stage.discord.faults.accept_without_applying("DELETE", MEMBER_ROLE, times=None)

    assert await told.play(patience=5) == 1

    assert f"failed at the step: {HEALED}" in told.text
    assert "seen: Charlie has Friend" in told.flat


async def test_a_provider_that_never_heals_is_found_out(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told.stage.balances.spacescan, "heal", lambda: None)

    assert await told.play(patience=6) == 1

    assert f"failed at the step: {HEALED}" in told.text
    assert "expected: one empty reading is not enough" in told.text


async def test_a_provider_that_lies_during_the_outage_is_found_out(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    spacescan = told.stage.balances.spacescan
    fail = spacescan.fail
    monkeypatch.setattr(spacescan, "fail", lambda _fault: fail(Fault.EMPTY_LIE))

    assert await told.play() == 1

    assert f"failed at the step: {FAILING}" in told.text


async def test_a_bot_that_cannot_log_in_is_named_with_its_reason(told: Told) -> None:
    told.stage.discord.world.token = "another.token.than-the-bot-has"
    told.stage.discord.faults.fail("GET", "/users/@me", 401, times=None)

    assert await told.play() == 1

    assert f"failed at the step: {STORY[0].title}" in told.text
    assert "Discord refused the bot token" in told.flat


@asynccontextmanager
async def command_line(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", *arguments, cwd=ROOT, stdout=PIPE, stderr=STDOUT, env={**os.environ},
        preexec_fn=_heed_interrupts,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _heed_interrupts() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, and so does all that is started from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def read_until(process: Process, words: str) -> str:
    assert process.stdout is not None
    text = ""
    while words not in text:
        line = await process.stdout.readline()
        assert line, f"{words!r} was not printed:\n{text}"
        text += line.decode()
    return text


async def test_the_command_line_plays_it_and_can_keep_it_running() -> None:
    async with command_line("--keep") as process:
        text = await read_until(process, "Press Ctrl-C")
        address = re.search(r"at (http://127\.0\.0\.1:\d+/sandbox)\n", text)
        assert address is not None
        async with aiohttp.ClientSession() as browser, browser.get(address[1]) as page:
            assert "Orchard" in await page.text()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0

    assert "\x1b" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_story_that_is_cut_short_ends_in_order(number: signal.Signals, code: int) -> None:
    async with command_line() as process:
        await read_until(process, "2/13")
        process.send_signal(number)
        assert process.stdout is not None
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == code

    assert "Stopped." in rest
    assert "Traceback" not in rest

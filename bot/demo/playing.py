"""`demo` on the command line: the stage, the story, a readable end and an exit code."""

import asyncio
import io
import json
import logging
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.config import LogFormat, LoggingSettings
from bot.demo.cast import Cast
from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.demo.story import STORY
from bot.demo.telling import PATIENCE, Scene, StoryError, tell
from bot.logs import configure_logging
from bot.providers.clock import SystemClock

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

SETTINGS = {"HOLDFAST_SWEEP__CONFIRM_AFTER": "4s", "HOLDFAST_SWEEP__INTERVAL": "6h"}
"""Nobody wants to wait half an hour for the second reading. Sweeps on schedule stay out of the way."""
_INTRODUCTION = (
    "A Discord server, a Chia and a Loopring balance service are played on this machine; the bot between them is the "
    "real one, with real signatures. Nothing leaves the machine. Every ✓ was looked up in the played Discord."
)
_LOG_LINES = 10


def play(*, keep: bool = False) -> int:
    """Play the story in a temporary folder and return the exit code: 0 only when every step was observed.

    `keep` leaves everything running afterwards, until Ctrl-C.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ✓ still shows the rest
    narrator = Narrator()
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-demo-", ignore_cleanup_errors=True) as folder:
            stage = Stage(Path(folder), SystemClock(), settings=SETTINGS)
            return asyncio.run(perform(stage, narrator, Path(folder) / "bot.log", keep=keep))
    except KeyboardInterrupt:
        narrator.says("\nStopped.")
        return EXIT_INTERRUPTED
    except asyncio.CancelledError:
        narrator.says("\nStopped.")
        return EXIT_TERMINATED


async def perform(
    stage: Stage, narrator: Narrator, log_file: Path, *, keep: bool = False, patience: float = PATIENCE
) -> int:
    """Play the story on a stage that is not set up yet, and close it. Returns the exit code."""
    narrator.title("Holdfast: the whole story, on a sandbox", _INTRODUCTION)
    with _logging_to(log_file), _cancelled_by_sigterm():
        try:
            cast = Cast.assemble(stage)
            stage.discord.attach(cast.wallet_site(stage))
            await stage.set_up()
            scene = Scene(stage, cast, narrator, patience=patience)
            with narrator.telling():
                await tell(scene, STORY)
            if keep:
                await _keep(scene)
        except StoryError as error:
            narrator.failed(error.step, error.expected, error.seen, _complaints(log_file))
            return EXIT_FAILED
        finally:
            await stage.close()
    return 0


async def _keep(scene: Scene) -> None:
    """Leave everything running until the host has seen enough, which is no failure."""
    cast, narrator = scene.cast, scene.narrator
    page = f"{scene.stage.discord.world.public_url}/sandbox"
    narrator.says(f"\nEverything keeps running. The played Discord is at {page}")
    narrator.says("There you choose who you are, type commands and press buttons. For example:")
    for person, idea in (
        (cast.nora, "/roles why, then /wallet unlink: the role goes at once"),
        (cast.ada, "/rule add with an expression of your own, /rule list, /sweep now, /doctor"),
        (cast.lois, "/wallet list, /wallet refresh, /roles why"),
    ):
        narrator.says(f"  as {person.name:<8} {page}?guild={cast.guild.id}&as={person.user.id}\n{'':13}{idea}")
    narrator.says(f"Test wallets that sign, to link one yourself and to move NFTs: {page}/wallets")
    narrator.says("Press Ctrl-C to end it.")
    try:
        await scene.stage.bot_ended()
    except asyncio.CancelledError:
        narrator.says("\nStopped.")
    else:
        raise StoryError("everything keeps running", "the bot to run", f"it ended: {scene.stage.why_bot_ended()!r}")


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Keep the bot's log out of the story; it is put back afterwards how things are logged."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    configure_logging(LoggingSettings(format=LogFormat.JSON))
    file = logging.FileHandler(path, encoding="utf-8")
    file.setFormatter(root.handlers[0].formatter)
    root.handlers = [file]
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**before)
        file.close()


def _complaints(path: Path) -> Sequence[str]:
    """The last warnings and errors in the bot's log, in short."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry.get("level") in ("warning", "error", "critical"):
            facts = ", ".join(f"{key}={entry[key]}" for key in ("job", "error", "why", "step") if key in entry)
            lines.append(f"{entry['level']}: {entry['event']} {facts}".rstrip())
            lines += str(entry.get("exception", "")).splitlines()[-1:]
    return lines[-_LOG_LINES:]


@contextmanager
def _cancelled_by_sigterm() -> Iterator[None]:
    """End in order when the process is told to; Ctrl-C is seen to by asyncio."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("signals can only end a task")
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)

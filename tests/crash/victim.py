"""A bot in a process of its own that can be killed at any moment.

The processes are forked from one that has imported the bot already, since importing it twenty times would take longer
than all the rest.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["bot.cli"])


SWEEP = ("sweep", "--once")
RUN = ("run",)


class Victim:
    """A running `holdfast` command that writes what it has to say to a file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        arguments = (list(command), dict(environment), str(log))
        self._process: ForkServerProcess = CONTEXT.Process(target=_do, args=arguments, daemon=True)
        self._process.start()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        self._process.kill()


def _do(command: list[str], environment: dict[str, str], log: str) -> None:
    from bot.cli import main

    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(Path(log).parent)
    sys.stdout = sys.stderr = Path(log).open("a", encoding="utf-8")  # noqa: SIM115 - ends with the process
    main(command)


def work_quickly(environment: dict[str, str], log: str) -> None:
    """Be a worker at the pace of a stage."""
    from bot.config import load_settings
    from bot.demo.stage import QUICK
    from bot.providers.clock import SystemClock
    from bot.working import work

    sys.stdout = sys.stderr = Path(log).open("a", encoding="utf-8")  # noqa: SIM115 - ends with the process
    asyncio.run(work(load_settings(None, environment), SystemClock(), pace=QUICK))

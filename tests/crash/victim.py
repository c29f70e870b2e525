"""A sweep in a process of its own that can be killed at any moment.

The processes are forked from one that has imported the bot already, since importing it twenty times would take longer
than all the rest.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bot.cli"])


class Victim:
    """A running `holdfast sweep --once`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._process: ForkServerProcess = _CONTEXT.Process(target=_sweep, args=(dict(environ),), daemon=True)
        self._process.start()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        self._process.kill()


def _sweep(environ: dict[str, str]) -> None:
    from bot.cli import main

    os.environ.update(environ)
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - ends with the process
    main(["sweep", "--once"])

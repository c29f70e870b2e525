"""Commands of `holdfast` as processes of their own, which end by SIGTERM as Docker ends them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.crash.victim import CONTEXT


class Running:
    """A running command. What it says goes to a file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        arguments = (list(command), dict(environment), str(self._log))
        self._process: ForkServerProcess = CONTEXT.Process(target=_do, args=arguments, daemon=True)
        self._process.start()

    def terminate(self) -> None:
        """Ask it to end: SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once, if it is still there."""
        self._process.kill()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0

    @property
    def said(self) -> str:
        """All that it said."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


class Machine:
    """Where commands run: one folder, and settings from the environment alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Running] = []

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Running:
        """Start `holdfast` with such words."""
        running = Running(name, command, environment, self._folder)
        self._running.append(running)
        return running

    async def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a command to its end; returns the exit code and what it said."""
        running = self.start(name, command, environment)
        return await running.ended(), running.said

    async def clean_up(self) -> None:
        """End what is left over."""
        for running in self._running:
            running.kill()
        for running in self._running:
            await running.ended()


@asynccontextmanager
async def machine_in(folder: Path) -> AsyncIterator[Machine]:
    """A machine that nothing is left of afterwards."""
    machine = Machine(folder)
    try:
        yield machine
    finally:
        await machine.clean_up()


def _do(command: list[str], environment: dict[str, str], log: str) -> None:
    from bot.cli import main

    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(Path(log).parent)
    sys.stdout = sys.stderr = Path(log).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 - ends with the process
    main(command)

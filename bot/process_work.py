"""What a process does unasked: its jobs, and showing that it lives."""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from bot.domain.errors import StoreBusyError
from bot.gateway.client import HoldfastClient
from bot.services.signs_of_life import SHOW_EVERY, Process, ProcessKind, SignsOfLife

log = structlog.get_logger(__name__)

_LOOK_EVERY: Final = 1.0
"""Seconds between two looks whether the process is well, while it is not."""
_LAST_SECONDS: Final = 5.0
"""For taking the sign back at the end; a database that does not answer must not hold the end up."""


class Jobs(Protocol):
    """What runs jobs: the clock, or the queue."""

    def start(self) -> None:
        """Start, on the running event loop."""

    async def stop(self) -> None:
        """Stop. What is running gets a moment to finish."""


class ProcessWork:
    """The jobs of this process, and the sign of life by which others know that it is there.

    The sign is shown only while `is_well` says so. It comes from the event loop that does everything else, so a process
    that hangs stops showing it.
    """

    def __init__(self, jobs: Jobs, signs: SignsOfLife, is_well: Callable[[], bool], kind: ProcessKind) -> None:
        """`kind`: of a process that does jobs."""
        self._jobs = jobs
        self._signs = signs
        self._is_well = is_well
        self._kind = kind
        self._process: Process | None = None
        self._showing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the jobs, and show that this process does them."""
        self._jobs.start()
        self._show(this_process(self._kind, does_jobs=True))

    def attend(self, kind: ProcessKind) -> None:
        """Leave the jobs to others, and show only that this process is there."""
        self._show(this_process(kind, does_jobs=False))

    async def stop(self) -> None:
        """Stop both."""
        await self._jobs.stop()
        showing, self._showing = self._showing, None
        if showing is not None:
            while not showing.done():  # one attempt can be lost: https://github.com/python/cpython/issues/86296
                showing.cancel()
                await asyncio.wait({showing}, timeout=_LOOK_EVERY)
            await self._take_back()

    def _show(self, process: Process) -> None:
        self._process = process
        self._showing = asyncio.create_task(self._keep_showing(process), name="sign of life")

    async def _keep_showing(self, process: Process) -> None:
        while True:
            shown = self._is_well() and await self._shown(process)
            await asyncio.sleep(SHOW_EVERY.total_seconds() if shown else _LOOK_EVERY)

    async def _shown(self, process: Process) -> bool:
        try:
            await self._signs.show(process)
        except StoreBusyError as error:
            log.debug("process.sign_not_shown", why=str(error))
            return False
        except Exception:  # the loop's edge: a sign that was missed is no reason to show none any more
            log.exception("process.sign_failed")
            return False
        return True

    async def _take_back(self) -> None:
        if self._process is None:
            return
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self._signs.withdraw(self._process)
        except (StoreBusyError, TimeoutError) as error:
            log.debug("process.sign_not_taken_back", why=type(error).__name__)


def has_gateway(client: HoldfastClient) -> bool:
    """Whether a client is connected with all its shards; discord.py calls one ready that lost its connections since."""
    return client.is_ready() and not any(shard.is_closed() for shard in client.shards.values())


def this_process(kind: ProcessKind, *, does_jobs: bool) -> Process:
    """The process that asks, by the names of its machine and of itself there."""
    return Process(kind, this_machine(), os.getpid(), does_jobs)


def this_machine() -> str:
    """The name of this machine, or of this container."""
    return socket.gethostname() or "unnamed"

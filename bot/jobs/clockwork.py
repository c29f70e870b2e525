"""The clock: APScheduler says when to look, the database says what is due.

Nothing is kept in the scheduler. A job that is lost, late or run twice changes nothing: the next tick finds the same
due rows. A job never overlaps with itself, not even where several processes share a database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.domain.errors import HoldfastError
from bot.services.ports import Turns

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds that running jobs get to finish at the end."""
SHORTEST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Parts:
    """How a job is cut where several processes share the jobs: each part is a job of its own, done by one at a time."""

    name: str
    """Of the queue that they wait in; what locks a part is that and its number."""
    find: Callable[[Collection[int]], Awaitable[tuple[Mapping[int, int], bool]]]
    """Says which parts have how much to do, apart from these, which are queued; and whether to ask again at once."""
    run: Callable[[int], Awaitable[bool]]
    """Does some of a part. Returns whether there is more to do at once."""
    at_once: int
    """As many parts a process takes on at the same time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again. `run` returns whether there is more to do at once."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[bool]]
    parts: Parts | None = None
    """Where jobs are shared: what is done instead of `run`, by all processes together."""
    is_awaited: bool = False
    """Where jobs are shared: people wait for it, so it goes before others of its queue."""


@contextmanager
def told(job: str) -> Iterator[None]:
    """The edge of a job's loop: one bad tick must not end the job."""
    try:
        yield
    except HoldfastError as error:
        log.warning("job.postponed", job=job, why=str(error))
    except Exception:
        log.exception("job.failed", job=job)


class Clockwork:
    """Runs jobs in this process."""

    def __init__(self, jobs: tuple[Job, ...], turns: Turns) -> None:
        self._jobs = jobs
        self._turns = turns
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._is_stopping = False

    def start(self) -> None:
        """Start ticking, on the running event loop."""
        for job in self._jobs:
            every = IntervalTrigger(seconds=max(job.every.total_seconds(), SHORTEST_SECONDS))
            self._scheduler.add_job(self._tick, every, args=[job], id=job.name, coalesce=True, misfire_grace_time=None)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking. What is running gets a moment to finish; what must be cut short is still due afterwards."""
        self._is_stopping = True
        if self._scheduler.running:
            self._scheduler.pause()
            await asyncio.sleep(0)  # ticks that have just begun end here; cut short, the scheduler calls them errors
            self._scheduler.shutdown(wait=False)
        running = set(self._running.values())
        if running:
            _, late = await asyncio.wait(running, timeout=PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _tick(self, job: Job) -> None:
        # The scheduler must not own the work: it would cancel it at its own shutdown, in the middle of anything.
        if job.name in self._running or self._is_stopping:
            return
        task = asyncio.create_task(self._run(job), name=f"job:{job.name}")
        self._running[job.name] = task
        task.add_done_callback(lambda _: self._running.pop(job.name, None))

    async def _run(self, job: Job) -> None:
        with told(job.name):
            async with self._turns.attempt(f"job:{job.name}") as is_free:
                while is_free and await job.run() and not self._is_stopping:
                    pass

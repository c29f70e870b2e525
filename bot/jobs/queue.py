"""Jobs that several processes share: procrastinate keeps in PostgreSQL which are waiting and who runs which.

Every process has a ticker that says for each job "it is time again", which the database takes once per period and only
while the job is not waiting already. Every process also has workers that take waiting jobs. A job's lock keeps it from
running twice at once anywhere. A job that is cut into parts only finds those that have something to do and queues them,
each with a lock of its own. As with the local clock nothing important is in the queue: what is lost is found due again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, JobDeferrer
from procrastinate.jobs import Job as QueuedJob
from psycopg_pool import PoolTimeout
from sqlalchemy import make_url

from bot.domain.errors import StoreBusyError
from bot.jobs.clockwork import PATIENCE, SHORTEST_SECONDS, Job, Parts, told
from bot.jobs.leftovers import Leftovers

log = structlog.get_logger(__name__)

_IN_A_ROW_SECONDS: Final = 10.0
"""So long a job with more to do keeps its worker; then the others in its queue come first."""
_COMMON: Final = "jobs"
"""The queue of all jobs; parts have queues of their own."""
_AT_ONCE: Final = 20
"""How many jobs of the common queue a process runs at once."""
_AWAITED: Final = 1
"""The priority of what people wait for; of all else it is 0 or, for parts, the less the more there is to do."""
_MOST: Final = 1_000_000
_POOL: Final = 4
_PAUSE: Final = 1.0
"""Seconds between attempts when the database is away."""
_LIMITS: Final = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
_AWAY = (ConnectorException, PoolTimeout)


@dataclass(frozen=True, slots=True)
class QueuePace:
    """How often a process looks into the queue, in seconds."""

    poll: float = 1.0
    heartbeat: float = 3.0
    stalled: float = 10.0
    """Who shows no heartbeat for so long is taken for dead, and its jobs are free again."""


class JobQueue:
    """Runs jobs together with all other processes on the same database. Same start and stop as `Clockwork`."""

    def __init__(self, jobs: tuple[Job, ...], url: str, pace: QueuePace) -> None:
        """`url`: of a PostgreSQL database, as in the settings."""
        self._jobs = jobs
        self._pace = pace
        parsed = make_url(url)
        options = {} if "options" in parsed.query else {"options": _LIMITS}
        self._app = App(
            connector=PsycopgConnector(
                conninfo=parsed.set(drivername="postgresql").render_as_string(hide_password=False),
                kwargs={"connect_timeout": 5, "application_name": "holdfast jobs", **options},
                min_size=1,
                max_size=_POOL,
                timeout=5.0,
            )
        )
        self._leftovers = Leftovers(self._app.job_manager, pace.stalled)
        for job in jobs:
            self._add_task(job)
            if job.parts is not None:
                self._add_parts(job.parts)
        self._here: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def _queues(self) -> dict[str, int]:
        """The queues that this process takes jobs from, with how many of each it runs at once."""
        return {_COMMON: _AT_ONCE} | {job.parts.name: job.parts.at_once for job in self._jobs if job.parts is not None}

    def start(self) -> None:
        """Start ticking and working, on the running event loop."""
        self._here = asyncio.create_task(self._run(), name="job queue")

    async def stop(self) -> None:
        """Stop. What is running gets a moment to finish; what must be cut short is still due afterwards."""
        self._is_stopping = True
        if self._here is not None:
            await _ended([self._here], PATIENCE + 2 * _PAUSE)

    async def _run(self) -> None:
        while not self._is_stopping:
            try:
                async with self._app.open_async():
                    await self._tick_and_work()
            except _AWAY as error:
                log.warning("jobs.database_away", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def _tick_and_work(self) -> None:
        loops = [asyncio.create_task(part) for part in (*map(self._tick, self._jobs), self._free_leftovers())]
        workers = [asyncio.create_task(self._work(queue, at_once)) for queue, at_once in self._queues.items()]
        try:
            # Not `gather`, which would pass a cancellation on: the workers must get one only, to end in order.
            ended, _ = await asyncio.wait({*loops, *workers}, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:
            await asyncio.gather(_ended(loops, _PAUSE), _ended(workers, PATIENCE + _PAUSE))

    async def _tick(self, job: Job) -> None:
        every = max(job.every.total_seconds(), SHORTEST_SECONDS)
        task = self._app.tasks[_task(job.name)]
        while True:
            period = int(time.time() / every)
            deferred = task.configure(task_kwargs={"timestamp": period}).job
            try:
                # Once per period, whoever of all processes asks first.
                await self._app.job_manager.defer_periodic_job(deferred, f"every {every:g}", period)
            except AlreadyEnqueued:
                pass  # it waits for a worker, or for whoever runs it
            except _AWAY as error:
                log.debug("job.not_deferred", job=job.name, error=type(error).__name__)
            await asyncio.sleep((period + 1) * every - time.time())

    async def _work(self, queue: str, at_once: int) -> None:
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[queue],
                    concurrency=at_once,
                    fetch_job_polling_interval=self._pace.poll,
                    shutdown_graceful_timeout=PATIENCE,
                    listen_notify=False,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._pace.heartbeat,
                    stalled_worker_timeout=self._pace.stalled,
                )
            except _AWAY as error:
                log.warning("jobs.worker_ended", queue=queue, error=type(error).__name__)
            except Exception:  # the loop's edge: whatever ended a worker, there must be one
                log.exception("jobs.worker_failed", queue=queue)
            if self._is_stopping:
                return
            await asyncio.sleep(_PAUSE)

    async def _free_leftovers(self) -> None:
        while True:
            await asyncio.sleep(self._pace.stalled / 4)
            await self._leftovers.free()

    def _add_task(self, job: Job) -> None:
        async def run(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the period
            parts = job.parts
            await self._take_on(job.name, context, job.run if parts is None else lambda: self._deal_out(parts))

        lock = f"job:{job.name}"
        self._app.task(
            name=_task(job.name),
            queue=_COMMON,
            lock=lock,
            queueing_lock=lock,
            priority=_AWAITED if job.is_awaited else 0,
            pass_context=True,
        )(run)

    def _add_parts(self, parts: Parts) -> None:
        async def run(context: JobContext, number: int) -> None:
            await self._take_on(_part(parts, number), context, lambda: parts.run(number))

        self._app.task(name=_task(parts.name), queue=parts.name, pass_context=True)(run)

    async def _take_on(self, name: str, context: JobContext, run: Callable[[], Awaitable[bool]]) -> None:
        """Run something until nothing more is to be done. After a while it is the turn of others; it waits again."""
        until = time.monotonic() + _IN_A_ROW_SECONDS
        with self._leftovers.running(context), told(name):
            try:
                while not self._is_stopping and await run():
                    if time.monotonic() >= until:
                        await self._defer(context.job)
                        return
            except _AWAY as error:
                raise StoreBusyError("The job queue in the database cannot be reached.") from error

    async def _deal_out(self, parts: Parts) -> bool:
        """Queue the parts that have something to do: those with little first, as it may be a person's."""
        queued = await self._app.job_manager.list_jobs_async(queue=parts.name)
        numbers = [job.task_kwargs["number"] for job in queued]
        found, is_more = await parts.find({number for number in numbers if isinstance(number, int)})
        for number, amount in found.items():
            lock = _part(parts, number)
            task = self._app.configure_task(
                _task(parts.name),
                queue=parts.name,
                lock=lock,
                queueing_lock=lock,
                task_kwargs={"number": number},
                priority=-min(amount, _MOST),
            )
            await self._defer(task.job)
        return is_more

    async def _defer(self, job: QueuedJob) -> None:
        with suppress(AlreadyEnqueued):
            await JobDeferrer(self._app.job_manager, job).defer_async()


async def _ended(tasks: Collection[asyncio.Task[None]], patience: float) -> None:
    """Cancel tasks until they have ended, with so many seconds between two attempts.

    One attempt is not enough: a cancellation that comes together with a free connection of the pool is lost, since
    Python's `wait_for` swallows it before 3.12 (https://github.com/python/cpython/issues/86296).
    """
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=patience)


def _task(name: str) -> str:
    return f"holdfast:{name}"


def _part(parts: Parts, number: int) -> str:
    return f"{parts.name}:{number}"

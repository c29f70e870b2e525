"""Jobs that several processes share: procrastinate keeps in PostgreSQL which are waiting and who runs which.

Every process has a ticker that says for each job "it is time again", which the database takes once per period and only
while the job is not waiting already. Every process also has workers that take waiting jobs. A job's lock keeps it from
running twice at once anywhere. As with the local clock nothing important is in the queue: what is lost is found due
again.
"""

import asyncio
import time
from collections.abc import Collection, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.tasks import Task
from psycopg_pool import PoolTimeout
from sqlalchemy import make_url

from bot.jobs.clockwork import PATIENCE, SHORTEST_SECONDS, Job, told

log = structlog.get_logger(__name__)

_IN_A_ROW_SECONDS: Final = 10.0
"""So long a job with more to do keeps its worker; then the others in its queue come first."""
_AT_ONCE: Final = 20
"""How many jobs of the common queue a process runs at once."""
_POOL: Final = 4
_PAUSE: Final = 1.0
"""Seconds between attempts when the database is away."""
_LIMITS: Final = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
_AWAY = (ConnectorException, PoolTimeout)


@dataclass(frozen=True, slots=True)
class QueuePace:
    """How often a process looks into the queue, in seconds."""

    poll: float = 1.0
    heartbeat: float = 2.0
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
        self._tasks = {job.name: self._task_of(job) for job in jobs}
        self._here: asyncio.Task[None] | None = None
        self._is_stopping = False

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
        queues = {job.queue for job in self._jobs}
        loops = [asyncio.create_task(part) for part in (*map(self._tick, self._jobs), self._free_stalled())]
        workers = [asyncio.create_task(self._work(queue, _AT_ONCE if queue is None else 1)) for queue in queues]
        try:
            # Not `gather`, which would pass a cancellation on: the workers must get one only, to end in order.
            ended, _ = await asyncio.wait({*loops, *workers}, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:
            await asyncio.gather(_ended(loops, _PAUSE), _ended(workers, PATIENCE + _PAUSE))

    async def _tick(self, job: Job) -> None:
        every = max(job.every.total_seconds(), SHORTEST_SECONDS)
        task = self._tasks[job.name]
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

    async def _work(self, queue: str | None, at_once: int) -> None:
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[_queue_name(queue)],
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
                log.warning("jobs.worker_ended", queue=_queue_name(queue), error=type(error).__name__)
            except Exception:  # the loop's edge: whatever ended a worker, there must be one
                log.exception("jobs.worker_failed", queue=_queue_name(queue))
            if self._is_stopping:
                return
            await asyncio.sleep(_PAUSE)

    async def _free_stalled(self) -> None:
        """Remove the jobs of processes that died; the next tick brings them back."""
        manager = self._app.job_manager
        while True:
            await asyncio.sleep(self._pace.stalled / 4)
            try:
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._pace.stalled):
                    if job.id is not None:
                        await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                        log.warning("job.freed", job=job.task_name, meaning="the process that ran it is gone")
            except _AWAY as error:
                # Also when another process was quicker.
                log.debug("jobs.not_freed", error=type(error).__name__)

    def _task_of(self, job: Job) -> Task[[int], Coroutine[None, None, None], [int]]:
        async def run(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the period
            until = time.monotonic() + _IN_A_ROW_SECONDS
            with told(job):
                while not self._is_stopping and await job.run():
                    if time.monotonic() >= until:
                        await self._defer_again(job)
                        return

        register = self._app.task(
            name=f"holdfast:{job.name}",
            queue=_queue_name(job.queue),
            lock=f"job:{job.name}",
            queueing_lock=f"job:{job.name}",
        )
        return register(run)

    async def _defer_again(self, job: Job) -> None:
        with suppress(AlreadyEnqueued):
            await self._tasks[job.name].configure(task_kwargs={"timestamp": 0}).defer_async()


async def _ended(tasks: Collection[asyncio.Task[None]], patience: float) -> None:
    """Cancel tasks until they have ended, with so many seconds between two attempts.

    One attempt is not enough: a cancellation that comes together with a free connection of the pool is lost, since
    Python's `wait_for` swallows it before 3.12 (https://github.com/python/cpython/issues/86296).
    """
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=patience)


def _queue_name(queue: str | None) -> str:
    return "jobs" if queue is None else queue

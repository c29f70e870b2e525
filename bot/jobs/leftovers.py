"""Jobs that are marked as running and that nobody runs: found, and made free again.

That is so after a process was killed, and when the database was away at the very moment a job ended: nothing says so in
the queue then, and the job would never run again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg_pool import PoolTimeout

log = structlog.get_logger(__name__)


class Leftovers:
    """Knows what runs in this process, and frees what runs nowhere."""

    def __init__(self, manager: JobManager, stalled: float) -> None:
        """`stalled`: seconds without a heartbeat after which a process is taken for dead."""
        self._manager = manager
        self._stalled = stalled
        self._running: set[int | None] = set()
        self._workers: set[int | None] = set()
        self._suspects: set[int | None] = set()

    @contextmanager
    def running(self, context: JobContext) -> Iterator[None]:
        """Remember that a job runs here."""
        job = context.job
        self._running.add(job.id)
        self._workers.add(job.worker_id)
        try:
            yield
        finally:
            self._running.discard(job.id)

    async def free(self) -> None:
        """Remove the jobs that nobody runs; the next tick brings them back. To be asked every now and then."""
        try:
            for job in await self._manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled):
                await self._remove(job, "the process that ran it is gone")
            for job in await self._ended_unnoticed():
                await self._remove(job, "the database was away when it ended")
        except (ConnectorException, PoolTimeout) as error:
            # Also when another process was quicker.
            log.debug("jobs.not_freed", error=type(error).__name__)

    async def _ended_unnoticed(self) -> list[Job]:
        """Jobs that workers of this process are said to run, and do not; twice in a row, as some just begin or end."""
        doing = await self._manager.list_jobs_async(status=Status.DOING.value)
        left = [job for job in doing if job.worker_id in self._workers and job.id not in self._running]
        before, self._suspects = self._suspects, {job.id for job in left}
        return [job for job in left if job.id in before]

    async def _remove(self, job: Job, meaning: str) -> None:
        if job.id is not None:
            await self._manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            log.warning("job.freed", job=job.task_name, meaning=meaning)

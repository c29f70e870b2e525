"""Whether anybody does the jobs, where processes share them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.domain.markup import moment
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad, good, warning
from bot.services.ports import Clock, Store
from bot.services.signs_of_life import SignsOfLife

LONGEST_WAIT: Final = timedelta(minutes=5)
"""Nobody should leave a job waiting for so long."""


async def check_work(store: Store, signs: SignsOfLife, clock: Clock) -> Sequence[CheckResult]:
    """Look which processes do jobs, and how long jobs wait. Says nothing where no process lives at all."""
    label = "Background work"
    seen = await signs.seen()
    if not seen:
        return ()
    workers = sum(sign.process.does_jobs for sign in seen)
    if not workers:
        return (
            bad(
                label,
                "Nobody does it: no process that does jobs is alive. No wallet is read by itself, and roles follow "
                "only what members do themselves.",
                "Whoever hosts the bot must start `holdfast worker`, or `holdfast run` without `--no-jobs`, and see in "
                "the log why the last one ended.",
            ),
        )
    async with store.unit() as unit:
        queue = await unit.diagnosis.queue()
    if queue is not None and queue.oldest is not None and clock.now() - queue.oldest > LONGEST_WAIT:
        return (
            warning(
                label,
                f"{_processes(workers)}, but {_jobs(queue.waiting)}, the first since {moment(queue.oldest)}. Wallets "
                "are read and roles follow later than they should.",
                "Whoever hosts the bot should see in the log of the workers what keeps them, or start more of them.",
            ),
        )
    return (good(label, f"{_processes(workers)}."),)


def _processes(number: int) -> str:
    return "1 process does it" if number == 1 else f"{number} processes do it"


def _jobs(number: int) -> str:
    return "1 job waits" if number == 1 else f"{number} jobs wait"

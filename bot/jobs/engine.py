"""Which engine runs the jobs."""

from collections.abc import Callable
from typing import Final

from bot.config import JobEngine, Settings
from bot.domain.networks import Network
from bot.jobs.clockwork import Clockwork, Job
from bot.jobs.queue import JobQueue
from bot.jobs.schedule import Pace
from bot.services.ports import BalanceReader, Turns

LANES: Final = 16
"""So many processes at most read wallets of one network at the same time."""
_SLOW: Final = 0.02
"""Seconds between two calls; a service with such a pace is read as fast as it allows by one process already."""


def engine_of(settings: Settings, jobs: tuple[Job, ...], turns: Turns, pace: Pace) -> Clockwork | JobQueue:
    """Return what runs the jobs, by the settings. It is not started yet."""
    if settings.jobs.engine is JobEngine.PROCRASTINATE:
        return JobQueue(jobs, settings.database.url.get_secret_value(), pace.queue)
    return Clockwork(jobs, turns)


def lanes_of(settings: Settings, reader: BalanceReader) -> Callable[[Network], int]:
    """Return into how many parts the wallets of a network are cut, so that several processes can read them."""
    is_shared = settings.jobs.engine is JobEngine.PROCRASTINATE

    def lanes(network: Network) -> int:
        return LANES if is_shared and network in reader.networks and reader.spacing(network) < _SLOW else 1

    return lanes

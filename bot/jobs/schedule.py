"""What the clock does, and how often."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, Lane
from bot.jobs.clockwork import Job
from bot.jobs.queue import QueuePace
from bot.services.auditing import Auditing
from bot.services.history import Histories
from bot.services.housekeeping import Housekeeping
from bot.services.privacy import Privacy
from bot.services.reproving import Reproving
from bot.services.sweep_requests import SweepRequests
from bot.services.sweeping import Sweeper


@dataclass(frozen=True, slots=True)
class Pace:
    """How often each job looks for something due."""

    wallets: timedelta = timedelta(seconds=5)
    members: timedelta = timedelta(seconds=2)
    sweeps: timedelta = timedelta(seconds=5)
    proofs: timedelta = timedelta(seconds=30)
    audit: timedelta = timedelta(seconds=3)
    news: timedelta = timedelta(seconds=5)
    deletions: timedelta = timedelta(seconds=5)
    housekeeping: timedelta = timedelta(hours=1)
    history: timedelta = timedelta(minutes=15)
    """More often than figures are noted, which is once an hour, so that a restart does not cost an hour's."""
    heartbeat: timedelta = timedelta(seconds=30)
    queue: QueuePace = field(default_factory=QueuePace)
    guild_ready: timedelta = timedelta(seconds=2)
    """How long to wait for the next server at start before all are taken to have arrived."""


def schedule(
    sweeper: Sweeper,
    requests: SweepRequests,
    histories: Histories,
    reproving: Reproving,
    housekeeping: Housekeeping,
    auditing: Auditing,
    privacy: Privacy,
    news: Mapping[str, Callable[[], Awaitable[None]]],
    is_ready: Callable[[], bool],
    lanes: Callable[[Network], int],
    pace: Pace,
) -> tuple[Job, ...]:
    """List the jobs of an installation.

    `news`: by name, what tells servers of what is new in the database. `is_ready`: whether the bot is on Discord,
    without which it neither tells anybody nor lives. `lanes`: into how many jobs the reading of a network is cut.
    """

    def refresh(network: Network, lane: Lane) -> Job:
        async def run() -> bool:
            read, _ = await sweeper.refresh_due(network, lane)
            return read > 0

        name = f"refresh:{network.value}"
        return Job(name if lane == WHOLE else f"{name}:{lane.number}", pace.wallets, run, queue=name)

    def tell(name: str, what: Callable[[], Awaitable[None]]) -> Job:
        async def run() -> bool:
            if is_ready():
                await what()
            return False

        return Job(name, pace.news, run)

    async def reconcile() -> bool:
        looked_at, _ = await sweeper.reconcile_due()
        return looked_at > 0

    async def close_sweeps() -> bool:
        await requests.close_finished()
        return False

    async def reprove() -> bool:
        return await reproving.reprove_due() > 0

    async def note_history() -> bool:
        await histories.note_all()
        return False

    async def clean() -> bool:
        await housekeeping.clean()
        return False

    async def forget() -> bool:
        return await privacy.forgetting.go_on_with_due() > 0

    async def look_at_servers() -> bool:
        if is_ready():
            await privacy.retention.look_at_servers()
        return False

    async def beat() -> bool:
        if is_ready():
            await housekeeping.beat()
        return False

    return (
        *(refresh(network, Lane(number, lanes(network))) for network in Network for number in range(lanes(network))),
        Job("reconcile", pace.members, reconcile),
        Job("close-sweeps", pace.sweeps, close_sweeps),
        Job("reprove", pace.proofs, reprove),
        *(tell(name, what) for name, what in news.items()),
        Job("audit", pace.audit, auditing.announce),
        Job("forget", pace.deletions, forget),
        Job("housekeeping", pace.housekeeping, clean),
        Job("history", pace.history, note_history),
        Job("servers", pace.housekeeping, look_at_servers),
        Job("retention", pace.housekeeping, privacy.retention.clean),
        Job("heartbeat", pace.heartbeat, beat),
    )

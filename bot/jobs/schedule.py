"""What the clock does, and how often."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, Lane
from bot.jobs.clockwork import Job, Parts
from bot.jobs.queue import QueuePace
from bot.services.auditing import Auditing
from bot.services.guild_queues import GUILDS_AT_ONCE
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
    without which it neither tells anybody nor lives. `lanes`: into how many parts the reading of a network is cut.
    """

    def refresh(network: Network) -> Job:
        async def run(lane: Lane = WHOLE) -> bool:
            read, _ = await sweeper.refresh_due(network, lane)
            return read > 0

        async def find_lanes(at_work: Collection[int]) -> tuple[Mapping[int, int], bool]:
            return await sweeper.due_lanes(network, at_work), False

        name, count = f"refresh:{network.value}", lanes(network)
        if count == 1:
            return Job(name, pace.wallets, run)
        parts = Parts(f"{name}:lane", find_lanes, lambda number: run(Lane(number, count)), at_once=1)
        return Job(name, pace.wallets, run, parts=parts)

    def tell(name: str, what: Callable[[], Awaitable[None]]) -> Job:
        async def run() -> bool:
            if is_ready():
                await what()
            return False

        return Job(name, pace.news, run, is_awaited=True)

    async def reconcile() -> bool:
        looked_at, _ = await sweeper.reconcile_due()
        return looked_at > 0

    roles = Parts("roles", sweeper.settle_due, sweeper.reconcile_guild, at_once=GUILDS_AT_ONCE)

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
        *map(refresh, Network),
        Job("reconcile", pace.members, reconcile, parts=roles, is_awaited=True),
        Job("close-sweeps", pace.sweeps, close_sweeps, is_awaited=True),
        Job("reprove", pace.proofs, reprove),
        *(tell(name, what) for name, what in news.items()),
        Job("audit", pace.audit, auditing.announce, is_awaited=True),
        Job("forget", pace.deletions, forget, is_awaited=True),
        Job("housekeeping", pace.housekeeping, clean),
        Job("history", pace.history, note_history),
        Job("servers", pace.housekeeping, look_at_servers),
        Job("retention", pace.housekeeping, privacy.retention.clean),
        Job("heartbeat", pace.heartbeat, beat),
    )

"""What the clock does, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.networks import Network
from bot.jobs.clockwork import Job
from bot.services.housekeeping import Housekeeping
from bot.services.reproving import Reproving
from bot.services.sweeping import Sweeper


@dataclass(frozen=True, slots=True)
class Pace:
    """How often each job looks for something due."""

    wallets: timedelta = timedelta(seconds=5)
    members: timedelta = timedelta(seconds=2)
    sweeps: timedelta = timedelta(seconds=5)
    proofs: timedelta = timedelta(seconds=30)
    housekeeping: timedelta = timedelta(hours=1)
    heartbeat: timedelta = timedelta(seconds=30)
    guild_ready: timedelta = timedelta(seconds=2)
    """How long to wait for the next server at start before all are taken to have arrived."""


def schedule(
    sweeper: Sweeper, reproving: Reproving, housekeeping: Housekeeping, is_ready: Callable[[], bool], pace: Pace
) -> tuple[Job, ...]:
    """List the jobs of an installation. `is_ready`: whether the bot is on Discord, without which it does not live."""

    def refresh(network: Network) -> Job:
        async def run() -> bool:
            read, _ = await sweeper.refresh_due(network)
            return read > 0

        return Job(f"refresh:{network.value}", pace.wallets, run)

    async def reconcile() -> bool:
        looked_at, _ = await sweeper.reconcile_due()
        return looked_at > 0

    async def close_sweeps() -> bool:
        await sweeper.close_finished()
        return False

    async def reprove() -> bool:
        return await reproving.reprove_due() > 0

    async def clean() -> bool:
        await housekeeping.clean()
        return False

    async def beat() -> bool:
        if is_ready():
            await housekeeping.beat()
        return False

    return (
        *(refresh(network) for network in Network),
        Job("reconcile", pace.members, reconcile),
        Job("close-sweeps", pace.sweeps, close_sweeps),
        Job("reprove", pace.proofs, reprove),
        Job("housekeeping", pace.housekeeping, clean),
        Job("heartbeat", pace.heartbeat, beat),
    )

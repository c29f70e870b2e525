"""The sweep: refresh the wallets whose turn it is, and reconcile the members that are due.

Nothing here remembers what is due: the database does. So a pass can be cut short anywhere and simply be run again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import HoldfastError
from bot.domain.members import Membership
from bot.domain.networks import Network
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.services.guild_log import GuildLog
from bot.services.ports import BalanceReader, Clock, Store
from bot.services.reconciling import Reconciler
from bot.services.refreshing import Refresher

log = structlog.get_logger(__name__)

MEMBERS_PER_PAGE = 200
GUILDS_AT_ONCE = 20

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """How re-verification stands in a server, and the last sweep that somebody asked for."""

    figures: SweepFigures
    sweep: Sweep | None
    progress: SweepProgress | None


@dataclass(slots=True)
class SweepTally:
    """What one whole pass has done so far."""

    wallets_read: int = 0
    wallets_unknown: int = 0
    members: int = 0
    roles_changed: int = 0


class Sweeper:
    """Runs passes over what is due, and keeps the record of requested sweeps."""

    def __init__(
        self,
        store: Store,
        reader: BalanceReader,
        refresher: Refresher,
        reconciler: Reconciler,
        guild_log: GuildLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._reader = reader
        self._refresher = refresher
        self._reconciler = reconciler
        self._guild_log = guild_log
        self._clock = clock

    async def refresh_due(self, network: Network) -> tuple[int, int]:
        """Read one batch of a network's due wallets. Returns how many were read, and how many of them are unknown."""
        at_once = self._reader.at_once(network)
        async with self._store.unit() as unit:
            wallets = await unit.wallets.due(self._clock.now(), [network], self._reader.in_a_while(network))
        return len(wallets), await self._refresher.refresh_many(wallets, at_once)

    async def reconcile_due(self, guild_id: int | None = None) -> tuple[int, int]:
        """Reconcile one page of due members. Returns how many were looked at, and how many roles changed."""
        async with self._store.unit() as unit:
            members = await unit.members.due(self._clock.now(), MEMBERS_PER_PAGE, guild_id)
        by_guild: dict[int, list[Membership]] = defaultdict(list)
        for member in members:
            by_guild[member.guild_id].append(member)
        limit = asyncio.Semaphore(GUILDS_AT_ONCE)
        changed = await _side_by_side(self._reconcile_guild(queue, limit) for queue in by_guild.values())
        return len(members), sum(changed)

    async def request(self, guild_id: int, requested_by: int) -> tuple[Sweep, bool]:
        """Make a server's wallets due now. Returns the sweep, and False when one was running already."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            running = await unit.sweeps.running(guild_id)
            if running is not None:
                if not (await unit.sweeps.progress(running, now)).is_finished:
                    return running, False
                await unit.sweeps.finish(running, now)
            await unit.wallets.make_due(now, guild_id=guild_id)
            await unit.members.touch_guild(guild_id)
            line = AuditLine(now, guild_id, requested_by, AuditAction.SWEEP_REQUESTED, "all linked wallets")
            await unit.audit.add(line)
            return await unit.sweeps.start(guild_id, requested_by, now), True

    async def status(self, guild_id: int) -> SweepStatus:
        """How re-verification stands in a server."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            sweep = await unit.sweeps.latest(guild_id)
            progress = await unit.sweeps.progress(sweep, now) if sweep else None
            return SweepStatus(await unit.sweeps.figures(guild_id, now), sweep, progress)

    async def figures(self) -> SweepFigures:
        """How re-verification stands in the whole installation. Raises `StoreBusyError`."""
        async with self._store.unit() as unit:
            return await unit.sweeps.figures(None, self._clock.now())

    async def close_finished(self) -> None:
        """Finish requested sweeps that have nothing left to do, and tell the servers' log channels."""
        async with self._store.unit() as unit:
            unfinished = await unit.sweeps.unfinished()
        for sweep in unfinished:
            now = self._clock.now()
            async with self._store.unit() as unit:
                progress = await unit.sweeps.progress(sweep, now)
                if not progress.is_finished:
                    continue
                await unit.sweeps.finish(sweep, now)
                figures = await unit.sweeps.figures(sweep.guild_id, now)
            if sweep.guild_id is None:
                continue
            unknown = sum(count for _, count in figures.wallets_unknown)
            frozen = f" {unknown} could not be read; roles that rest on these stay as they are." if unknown else ""
            await self._guild_log.post(
                sweep.guild_id, f"**Sweep finished.** {_checked(progress.wallets_total)}{frozen}"
            )

    async def run_once(
        self, *, everything: bool, on_progress: Callable[[SweepTally], None] = lambda _: None
    ) -> SweepTally:
        """Refresh every due wallet (every linked wallet when `everything`), reconcile what follows, and return.

        Each wallet is tried once: one that stays unknown is due later and does not keep the pass from ending.
        """
        tally = SweepTally()
        if everything:
            async with self._store.unit() as unit:
                await unit.wallets.make_due(self._clock.now())
        await _side_by_side(self._drain(network, tally, on_progress) for network in Network)
        while True:
            members, changed = await self.reconcile_due()
            tally.members += members
            tally.roles_changed += changed
            on_progress(tally)
            if members == 0:
                return tally

    async def _drain(self, network: Network, tally: SweepTally, on_progress: Callable[[SweepTally], None]) -> None:
        while True:
            read, unknown = await self.refresh_due(network)
            if read == 0:
                return
            tally.wallets_read += read
            tally.wallets_unknown += unknown
            on_progress(tally)

    async def _reconcile_guild(self, queue: Sequence[Membership], limit: asyncio.Semaphore) -> int:
        changed = 0
        async with limit:
            for member in queue:
                result = await self._reconciler.reconcile(member.guild_id, member.user_id)
                changed += len(result.changes)
        return changed


async def _side_by_side(jobs: Iterable[Awaitable[Result]]) -> Sequence[Result]:
    """Do jobs at the same time, each to its end. Raises what the first one raised that failed, once all have ended."""
    results = await asyncio.gather(*jobs, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, HoldfastError))  # a mistake of ours comes first
    return [result for result in results if not isinstance(result, BaseException)]


def _checked(wallets: int) -> str:
    return "1 wallet was checked." if wallets == 1 else f"{wallets} wallets were checked."

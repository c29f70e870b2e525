"""The sweep: refresh the wallets whose turn it is, and reconcile the members that are due.

Nothing here remembers what is due: the database does. So a pass can be cut short anywhere and simply be run again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.members import Membership
from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, Lane
from bot.services.guild_queues import MEMBERS_IN_A_ROW, GuildQueues
from bot.services.ports import Clock, Store
from bot.services.reconciling import Reconciler
from bot.services.rounds import WalletRounds
from bot.services.settling import Settling
from bot.services.side_by_side import side_by_side
from bot.services.sweep_requests import put_back

log = structlog.get_logger(__name__)

MEMBERS_PER_PAGE = 1_000


@dataclass(slots=True)
class SweepTally:
    """What one whole pass has done so far."""

    wallets_read: int = 0
    wallets_unknown: int = 0
    members: int = 0
    roles_changed: int = 0


class Sweeper:
    """Runs passes over what is due."""

    def __init__(
        self,
        store: Store,
        rounds: WalletRounds,
        settling: Settling,
        reconciler: Reconciler,
        clock: Clock,
    ) -> None:
        self._store = store
        self._rounds = rounds
        self._settling = settling
        self._queues = GuildQueues(reconciler)
        self._clock = clock

    async def refresh_due(self, network: Network, lane: Lane = WHOLE) -> tuple[int, int]:
        """Read some of a network's due wallets. Returns how many were read, and how many of them are unknown."""
        return await self._rounds.refresh_due(network, lane=lane, in_a_row=True)

    async def due_lanes(self, network: Network, at_work: Collection[int]) -> Mapping[int, int]:
        """Return the lanes of a network, other than these, that have wallets to read, with how many at least."""
        return await self._rounds.due_lanes(network, at_work)

    async def reconcile_due(self) -> tuple[int, int]:
        """Reconcile a page of due members, and whoever becomes due meanwhile in servers that are done.

        Returns how many were looked at, and how many roles changed.
        """
        settled = 0

        async def find_due(at_work: Collection[int]) -> Sequence[Membership]:
            nonlocal settled
            quiet, loud = await self._settle(at_work)
            settled += quiet
            return loud

        looked_at, changed = await self._queues.drain(find_due)
        return settled + looked_at, changed

    async def settle_due(self, at_work: Collection[int]) -> tuple[Mapping[int, int], bool]:
        """Settle a page of due members, apart from those of servers that are at work.

        Returns the servers of those for whom Discord has to be asked, with their number; and whether there may be more.
        """
        quiet, loud = await self._settle(at_work)
        return Counter(member.guild_id for member in loud), quiet > 0

    async def reconcile_guild(self, guild_id: int) -> bool:
        """Reconcile some due members of one server. Returns whether there may be more."""
        async with self._store.reading() as unit:
            members = await unit.members.due(self._clock.now(), MEMBERS_PER_PAGE, guild_id)
        loud = await self._settling.settle(members)
        await self._queues.drain_guild(guild_id, [member.user_id for member in loud[:MEMBERS_IN_A_ROW]])
        return len(members) > 0

    async def _settle(self, at_work: Collection[int]) -> tuple[int, Sequence[Membership]]:
        """Settle a page of due members. Returns how many that were, and those for whom Discord has to be asked."""
        async with self._store.reading() as unit:
            members = await unit.members.due(self._clock.now(), MEMBERS_PER_PAGE)
        free = [member for member in members if member.guild_id not in at_work]
        loud = await self._settling.settle(free)
        return len(free) - len(loud), loud

    async def run_once(
        self, *, everything: bool, on_progress: Callable[[SweepTally], None] = lambda _: None
    ) -> SweepTally:
        """Refresh every due wallet (every linked wallet when `everything`), reconcile what follows, and return.

        Each wallet is tried once: one that stays unknown is due later and does not keep the pass from ending. When it
        is cancelled, what it made due and has not read yet goes back to its own time.
        """
        tally = SweepTally()
        began_at = self._clock.now()
        try:
            if everything:
                async with self._store.unit() as unit:
                    await unit.wallets.make_due(began_at)
            await self._pass(tally, on_progress)
        except asyncio.CancelledError:
            if everything:
                async with self._store.unit() as unit:
                    await put_back(unit, began_at)
            raise
        return tally

    async def _pass(self, tally: SweepTally, on_progress: Callable[[SweepTally], None]) -> None:
        on_progress(tally)
        await side_by_side(self._drain(network, tally, on_progress) for network in Network)
        while True:
            members, changed = await self.reconcile_due()
            tally.members += members
            tally.roles_changed += changed
            on_progress(tally)
            if members == 0:
                return

    async def _drain(self, network: Network, tally: SweepTally, on_progress: Callable[[SweepTally], None]) -> None:
        is_first = True
        while True:
            read, unknown = await self._rounds.refresh_due(network, plan_anew=is_first)
            is_first = False
            if read == 0:
                return
            tally.wallets_read += read
            tally.wallets_unknown += unknown
            on_progress(tally)

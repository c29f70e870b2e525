"""Reading a network's due wallets: by passes over collections where these take fewer calls, and else one by one."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

import structlog

from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, DueWallet, Lane
from bot.services.planning import Planner
from bot.services.ports import Clock, Store, Turns
from bot.services.refreshing import Refresher
from bot.services.spending import Spending

log = structlog.get_logger(__name__)

_PAGES_IN_A_ROW: Final = 6
"""So many times what can be read in a while is read without a pause, where that is wanted: about a minute's worth."""
_MOST_IN_A_ROW: Final = 5_000


class Paces(Protocol):
    """How many wallets can be asked about."""

    def at_once(self, network: Network) -> int:
        """How many at the same time."""

    def in_a_while(self, network: Network) -> int:
        """How many in about ten seconds."""


class WalletRounds:
    """Takes on due wallets, a batch at a time, inside the budgets."""

    def __init__(
        self,
        store: Store,
        paces: Paces,
        planner: Planner,
        spending: Spending,
        refresher: Refresher,
        clock: Clock,
        turns: Turns,
        lanes: Callable[[Network], int],
    ) -> None:
        """`lanes`: into how many the wallets of a network are cut where somebody reads only a part of them."""
        self._store = store
        self._paces = paces
        self._planner = planner
        self._spending = spending
        self._refresher = refresher
        self._clock = clock
        self._turns = turns
        self._lanes = lanes
        self._waiting: set[Network] = set()

    async def refresh_due(
        self, network: Network, *, plan_anew: bool = False, lane: Lane = WHOLE, in_a_row: bool = False
    ) -> tuple[int, int]:
        """Read a batch of due wallets. Returns how many were read or confirmed, and how many of them are unknown.

        `plan_anew`: somebody asked for all of them, so whatever was planned lately does not count. `lane`: only this
        part of them; the first lane plans for all, and the others wait while it makes passes. `in_a_row`: nobody
        watches how it goes on, so read several batches without a pause in between, in which calls that the service
        allows would not be made. Nobody reads the same wallets at the same time, so it may take until others are done
        with theirs. Raises `StoreBusyError`.
        """
        numbers = range(self._lanes(network)) if lane == WHOLE else [lane.number]
        async with self._turns.of(*(f"wallets:{network.value}:{number}" for number in numbers)):
            return await self._refresh(network, plan_anew, lane, in_a_row=in_a_row)

    async def due_lanes(self, network: Network, at_work: Collection[int]) -> Mapping[int, int]:
        """Return the lanes of a network, other than these, that have wallets to read, with how many at least."""
        if not await self._is_any_due(network, WHOLE):
            return {}
        count = self._lanes(network)
        free = [number for number in range(count) if number not in at_work]
        return {number: 1 for number in free if await self._is_any_due(network, Lane(number, count))}

    async def _refresh(self, network: Network, plan_anew: bool, lane: Lane, *, in_a_row: bool) -> tuple[int, int]:
        if not await self._is_any_due(network, lane) or not await self._has_room(network):
            return 0, 0
        policy = await self._spending.policy(network)
        confirmed = 0
        if lane.number == 0:
            confirmed = await self._planner.begin_round(network, policy, now_at_least=plan_anew)
        elif await self._planner.is_passing(network):
            return 0, 0
        at_once, limit = self._paces.at_once(network), self._paces.in_a_while(network)
        left = min(_PAGES_IN_A_ROW * limit, max(limit, _MOST_IN_A_ROW)) if in_a_row else limit

        async def more(under_way: Collection[int] = ()) -> Sequence[DueWallet]:
            nonlocal left
            found = await self._due(network, lane, min(limit, left), under_way)
            left -= len(found)
            return found

        tally = await self._refresher.refresh_many(await more(), at_once, policy, more if in_a_row else None)
        return confirmed + tally.read, tally.unknown

    async def _due(self, network: Network, lane: Lane, limit: int, under_way: Collection[int]) -> Sequence[DueWallet]:
        """Return due wallets, as many as may be read now, apart from those that are being read already."""
        room = await self._spending.room(network)
        if room is not None:
            # Calls that are about to be made are not counted yet. And others, who read their lanes meanwhile, see the
            # same room, so that each may take its part of it only.
            uncounted = min(len(under_way), self._paces.at_once(network))
            limit = min(limit, math.ceil((room - uncounted) / lane.of))
        if limit <= 0:
            return []
        async with self._store.reading() as unit:
            due = await unit.wallets.due(self._clock.now(), [network], limit + len(under_way), lane)
        return [wallet for wallet in due if wallet.id not in under_way][:limit]

    async def _is_any_due(self, network: Network, lane: Lane) -> bool:
        async with self._store.reading() as unit:
            return bool(await unit.wallets.due(self._clock.now(), [network], 1, lane))

    async def _has_room(self, network: Network) -> bool:
        """Whether sweeps may spend anything now. If not, due wallets wait for their share of the month's calls."""
        if await self._spending.room(network) != 0:
            self._waiting.discard(network)
            return True
        if network not in self._waiting:
            self._waiting.add(network)
            log.warning("wallets wait, as sweeps have used their share of the month's calls", network=network.value)
        return False

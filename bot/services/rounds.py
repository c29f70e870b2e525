"""Reading a network's due wallets: by passes over collections where these take fewer calls, and else one by one."""

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, Lane
from bot.services.planning import Planner
from bot.services.ports import Clock, Store, Turns
from bot.services.refreshing import Refresher
from bot.services.spending import Spending

log = structlog.get_logger(__name__)


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

    async def refresh_due(self, network: Network, *, plan_anew: bool = False, lane: Lane = WHOLE) -> tuple[int, int]:
        """Read one batch of due wallets. Returns how many were read or confirmed, and how many of them are unknown.

        `plan_anew`: somebody asked for all of them, so whatever was planned lately does not count. `lane`: only this
        part of them; the first lane plans for all, and the others wait while it makes passes. Nobody reads the same
        wallets at the same time, so it may take until others are done with theirs. Raises `StoreBusyError`.
        """
        numbers = range(self._lanes(network)) if lane == WHOLE else [lane.number]
        async with self._turns.of(*(f"wallets:{network.value}:{number}" for number in numbers)):
            return await self._refresh(network, plan_anew, lane)

    async def _refresh(self, network: Network, plan_anew: bool, lane: Lane) -> tuple[int, int]:
        if not await self._is_any_due(network, lane) or not await self._has_room(network):
            return 0, 0
        policy = await self._spending.policy(network)
        confirmed = 0
        if lane.number == 0:
            confirmed = await self._planner.begin_round(network, policy, now_at_least=plan_anew)
        elif await self._planner.is_passing(network):
            return 0, 0
        room = await self._spending.room(network)
        limit = self._paces.in_a_while(network)
        async with self._store.unit() as unit:
            wallets = await unit.wallets.due(
                self._clock.now(), [network], limit if room is None else min(limit, room), lane
            )
        unknown = await self._refresher.refresh_many(wallets, self._paces.at_once(network), policy)
        return confirmed + len(wallets), unknown

    async def _is_any_due(self, network: Network, lane: Lane) -> bool:
        async with self._store.unit() as unit:
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

"""How often wallets can be read inside the budgets of the balance services, and how many may be read now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.budgets import Cadence, CallBudget, cadence
from bot.domain.fetch_plans import FetchPlan
from bot.domain.networks import Network
from bot.domain.wallets import LATELY, ReadingPolicy
from bot.services.plan_notes import PlanNotes
from bot.services.ports import Clock, Store

log = structlog.get_logger(__name__)

_LASTS = timedelta(minutes=5)
"""For how long a cadence is kept before it is reckoned anew."""


class Budgets(Protocol):
    """What the balance services let us spend."""

    async def of(self, network: Network) -> CallBudget | None:
        """The budget of the provider that is asked about a network; None without one. Raises `StoreBusyError`."""


@dataclass(frozen=True, slots=True)
class NetworkStanding:
    """How reading goes on one network: its wallets, what may be spent, and the newest plan."""

    network: Network
    wallets: int
    budget: CallBudget
    cadence: Cadence
    plan: FetchPlan | None


class Spending:
    """Reckons with budgets."""

    def __init__(self, store: Store, budgets: Budgets, clock: Clock, policy: ReadingPolicy) -> None:
        self._store = store
        self._budgets = budgets
        self._clock = clock
        self._policy = policy
        self._reckoned: dict[Network, tuple[datetime, Cadence]] = {}

    async def policy(self, network: Network) -> ReadingPolicy:
        """How often wallets of a network are read, as the budget allows. Raises `StoreBusyError`."""
        now = self._clock.now()
        known = self._reckoned.get(network)
        if known is None or not known[0] <= now < known[0] + _LASTS:
            standing = await self.standing(network)
            found = Cadence(self._policy.interval, self._policy.interval) if standing is None else standing.cadence
            if known is not None and found.is_too_slow and not known[1].is_too_slow:
                log.warning("the budget is too small to keep readings fresh", network=network.value)
            known = self._reckoned[network] = (now, found)
        return _paced(self._policy, known[1])

    async def room(self, network: Network) -> int | None:
        """How many calls sweeps may make on a network now; None: as the pace allows. Raises `StoreBusyError`."""
        budget = await self._budgets.of(network)
        return None if budget is None else budget.room(self._clock.now())

    async def standing(self, network: Network) -> NetworkStanding | None:
        """How reading goes on a network; None where nobody is asked about it. Raises `StoreBusyError`."""
        budget = await self._budgets.of(network)
        if budget is None:
            return None
        now = self._clock.now()
        async with self._store.unit() as unit:
            wallets, lively = await unit.planning.lively(network, now - LATELY)
            plan = await PlanNotes(unit.notes).last(network)
        spacing = budget.spacing_of_sweeps(now) * _calls_for_each(plan)
        found = cadence(wallets, lively, spacing, self._policy.interval, self._policy.stale_after)
        return NetworkStanding(network, wallets, budget, found, plan)

    async def standings(self) -> Mapping[Network, NetworkStanding]:
        """How reading goes on every network where wallets are linked. Raises `StoreBusyError`."""
        found = {network: await self.standing(network) for network in Network}
        return {network: one for network, one in found.items() if one is not None and one.wallets}


def _calls_for_each(plan: FetchPlan | None) -> float:
    """How many calls a wallet takes on average, where passes confirm many at once."""
    if plan is None or not plan.passes or not plan.due:
        return 1.0
    return min(1.0, plan.calls / plan.due)


def _paced(policy: ReadingPolicy, found: Cadence) -> ReadingPolicy:
    if not found.is_stretched:
        return policy
    return replace(policy, interval=found.lively, quiet_interval=found.quiet or policy.stale_after)

"""Before wallets are read one by one: what can be confirmed by passes over whole collections, with fewer calls.

A round begins when wallets of a network are due and the last plan is a while ago. The plan is logged and kept, so that
`/sweep status` shows it, in whichever process.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.fetch_plans import Asked, FetchPlan, Group, PassRecord, plan
from bot.domain.networks import Network
from bot.domain.readings import Unknown
from bot.domain.wallets import ReadingPolicy
from bot.services.case_loading import RuleShelf
from bot.services.confirming import confirm_all
from bot.services.plan_notes import PlanNotes
from bot.services.ports import Clock, Store
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

PLAN_EVERY = timedelta(minutes=5)
"""A round is as long as this at least: what becomes due within it is read the way that was planned."""
_WORTH_COUNTING = 10
"""A collection is counted when passes could spare so many calls for each collection that has to be counted for it."""
_MOST_COUNTED = 50
"""So many collections are counted in one round."""
_WALLETS_TOGETHER = 500
_LONGEST_PASS = timedelta(minutes=10)
"""Others wait so long for passes; then whoever made them may be gone."""
_UNDER_WAY = "a pass over it is under way"


class CollectionLists(Protocol):
    """The balance APIs, as far as they list whole collections. Nothing here raises for a provider's trouble."""

    def reads_collections(self, network: Network) -> bool:
        """Whether somebody can list whole collections on a network."""

    def pass_calls(self, network: Network, size: int) -> int:
        """How many calls a pass over a collection of that size takes."""

    async def size_of(self, target: PassTarget) -> int | Unknown:
        """Ask how large a collection is."""

    async def pass_over(self, target: PassTarget) -> CollectionPass:
        """Ask who holds a collection."""

    def spacing(self, network: Network) -> float:
        """The least time between two calls to the provider of a network, in seconds."""


class Planner:
    """Plans rounds and makes the passes that are in them."""

    def __init__(self, store: Store, lists: CollectionLists, clock: Clock, shelf: RuleShelf | None = None) -> None:
        self._shelf = shelf or RuleShelf()
        self._store = store
        self._lists = lists
        self._clock = clock

    async def begin_round(self, network: Network, policy: ReadingPolicy, *, now_at_least: bool = False) -> int:
        """Plan a round if it is time for one, and make its passes. Returns how many due wallets were confirmed.

        `now_at_least`: everything was made due, so a plan is made in any case; so it is when somebody asked for a sweep
        since the last one. Raises `StoreBusyError`.
        """
        now = self._clock.now()
        async with self._store.unit() as unit:
            notes = PlanNotes(unit.notes)
            last = await notes.last(network)
            if not now_at_least and last is not None and await _holds(unit, last, now):
                return 0
            asked = await unit.planning.asked(network)
            if await notes.is_news(network, asked):
                await unit.planning.read_what_is_asked(network, asked, now)
            groups = await unit.planning.groups(network, asked, now)
            records = await unit.planning.passes(network)
        if self._lists.reads_collections(network):
            records = await self._count(network, groups, records, policy)
        made = plan(network, groups, self._calls(network, records, policy), now, spacing=self._lists.spacing(network))
        items = [each.item for each in made.passes]
        async with self._store.unit() as unit:
            await PlanNotes(unit.notes).keep(made)
            # Whoever else plans meanwhile, in another process, leaves these alone.
            await unit.planning.note_passes(network, items, PassRecord(None, now, _UNDER_WAY))
        if made.due:
            _tell(made)
        return await self._confirm(network, asked, await self._pass_over(network, items), policy) if items else 0

    async def is_passing(self, network: Network) -> bool:
        """Whether passes of the present round are under way, in whichever process. Raises `StoreBusyError`."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            records = await unit.planning.passes(network)
        return any(one.obstacle == _UNDER_WAY and now < one.tried_at + _LONGEST_PASS for one in records.values())

    def _calls(
        self, network: Network, records: Mapping[str, PassRecord], policy: ReadingPolicy
    ) -> Mapping[str, int] | None:
        if not self._lists.reads_collections(network):
            return None
        return {
            item: self._lists.pass_calls(network, record.size)
            for item, record in records.items()
            if record.size is not None and self._may_try(record, policy)
        }

    def _may_try(self, record: PassRecord, policy: ReadingPolicy) -> bool:
        """Whether a collection is to be passed over now: one that failed has to wait for as long as a wallet."""
        return not record.obstacle or not record.tried_at <= self._clock.now() < record.tried_at + policy.interval

    async def _count(
        self, network: Network, groups: Sequence[Group], records: Mapping[str, PassRecord], policy: ReadingPolicy
    ) -> Mapping[str, PassRecord]:
        """Ask how large those collections are of which that is not known, where passes over them may be worth it."""
        unsized = _unsized(groups, {item for item, one in records.items() if one.size is not None})
        open_to = [item for item in unsized if item not in records or self._may_try(records[item], policy)]
        found = dict(records)
        for item in open_to[:_MOST_COUNTED]:
            size = await self._lists.size_of(PassTarget(network, item))
            now = self._clock.now()
            found[item] = PassRecord(None, now, size.detail) if isinstance(size, Unknown) else PassRecord(size, now)
            async with self._store.unit() as unit:
                await unit.planning.note_passes(network, [item], found[item])
        return found

    async def _pass_over(self, network: Network, items: Sequence[str]) -> Mapping[str, CompletePass]:
        complete: dict[str, CompletePass] = {}
        for item in items:
            outcome = await self._lists.pass_over(PassTarget(network, item))
            now = self._clock.now()
            if isinstance(outcome, Unknown):
                record = PassRecord(None, now, outcome.detail or outcome.reason.value)
                log.warning("pass failed", network=network.value, item=item, reason=outcome.reason.value)
            else:
                record = PassRecord(outcome.announced, now)
                complete[item] = outcome
            async with self._store.unit() as unit:
                await unit.planning.note_passes(network, [item], record)
        return complete

    async def _confirm(
        self, network: Network, asked: Mapping[int, Asked], complete: Mapping[str, CompletePass], policy: ReadingPolicy
    ) -> int:
        """Confirm the wallets that the passes agree with. The others of which the passes speak become due."""
        confirmed, last = 0, 0
        while complete:
            async with self._store.unit() as unit:
                page = await unit.planning.askers(network, asked, last, _WALLETS_TOGETHER)
                if not page:
                    break
                together: dict[frozenset[str], list[int]] = defaultdict(list)
                for wallet_id, what in page:
                    if what.items and not what.is_more and what.items <= complete.keys():
                        together[what.items].append(wallet_id)
                for items, wallet_ids in together.items():
                    passes = [complete[item] for item in sorted(items)]
                    confirmed += await confirm_all(unit, wallet_ids, passes, self._clock.now(), policy, self._shelf)
                last = page[-1][0]
        return confirmed


async def _holds(unit: UnitOfWork, last: FetchPlan, now: datetime) -> bool:
    """Whether a plan still counts. A sweep that was asked for since then has made many more wallets due at once."""
    if not last.made_at <= now < last.made_at + PLAN_EVERY:
        return False
    return all(sweep.started_at <= last.made_at for sweep in await unit.sweeps.unfinished())


def _unsized(groups: Sequence[Group], known: set[str]) -> Sequence[str]:
    """Return the collections whose size is worth a call, those that concern the most wallets first."""
    spared: dict[str, float] = defaultdict(float)
    for group in groups:
        unknown = group.asked.items - known
        if unknown and not group.asked.is_more and group.spared >= _WORTH_COUNTING * len(unknown):
            for item in unknown:
                spared[item] += group.spared
    return sorted(spared, key=lambda item: (-spared[item], item))


def _tell(made: FetchPlan) -> None:
    log.info(
        "plan of a round",
        network=made.network.value,
        wallets=made.due,
        calls=made.calls,
        minutes=round(made.takes / timedelta(minutes=1), 1),
        passes=len(made.passes),
        pass_calls=made.pass_calls,
        confirmed=made.confirmed,
        alone={why.value: count for why, count in made.alone},
    )

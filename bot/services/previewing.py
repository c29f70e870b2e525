"""Seeing what a change of a rule would do before it is made: who gains, who loses, who stays unknown, and the cost.

It asks the same judgement and the same plan as the reconciliation does, over what is remembered of the wallets, and
reads the wallets that have no reading, as far as a preview may take.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.expressions import Expression, names
from bot.domain.ledger import LedgerEntry
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.previews import Outlook, outlook
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.verdicts import Judgement
from bot.domain.wallets import ReadingPolicy, WalletState
from bot.services.braking import Braking
from bot.services.member_cases import MemberCase, load_case, orphaned, ruled
from bot.services.ports import BalanceReader, Clock, Store
from bot.services.refreshing import Refresher
from bot.services.repositories import UnitOfWork
from bot.services.rule_plans import RuleChange

MOST_NAMED = 10
"""How many members are named for each thing that may happen to them."""
MEMBERS_PER_UNIT = 25
"""A unit of work keeps SQLite's one connection, which others wait for meanwhile."""
MOST_READ = 100
READ_FOR = timedelta(minutes=10)
"""A preview reads at most so many wallets, and for no longer than this; whoever is left stays unknown in it."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """One member and what would become of their role."""

    user_id: int
    judgement: Judgement | None
    """None when no rule decides about it any more."""
    entry: LedgerEntry | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule, or a change of it, would do as things are known now."""

    counts: Mapping[Outlook, int]
    prospects: Mapping[Outlook, Sequence[Prospect]]
    """At most `MOST_NAMED` of each."""
    wallets: int = 0
    """How many linked wallets the rule asks about."""
    unread: Sequence[WalletState] = ()
    """Those of them without a reading that counts."""
    seconds: float = 0.0
    """How long reading them takes at the providers' pace."""
    is_paused: bool = False
    """The whole server is paused."""
    braked: int = 0
    """How many of those who would lose the role at once would wait for an admin's decision instead."""

    def count(self, *outlooks: Outlook) -> int:
        """How many members have one of these outlooks."""
        return sum(self.counts.get(each, 0) for each in outlooks)


@dataclass(slots=True)
class _Tally:
    counts: Counter[Outlook] = field(default_factory=Counter)
    prospects: dict[Outlook, list[Prospect]] = field(default_factory=dict)
    wallets: set[int] = field(default_factory=set)
    unread: dict[int, WalletState] = field(default_factory=dict)

    def add(self, what: Outlook, prospect: Prospect) -> None:
        self.counts[what] += 1
        named = self.prospects.setdefault(what, [])
        if len(named) < MOST_NAMED:
            named.append(prospect)


Progress = Callable[[int, int], Awaitable[None]]
"""Told how many wallets of how many have been read."""
_Change = Callable[[LedgerEntry], LedgerEntry | None]
"""What a change of a rule does to an entry of its role at once."""


class Previewing:
    """Looks ahead."""

    def __init__(
        self,
        store: Store,
        reader: BalanceReader,
        refresher: Refresher,
        clock: Clock,
        policy: ReadingPolicy,
        braking: Braking,
    ) -> None:
        self._braking = braking
        self._store = store
        self._reader = reader
        self._refresher = refresher
        self._clock = clock
        self._policy = policy

    async def of_change(self, change: RuleChange) -> Preview:
        """What a change of a rule would do."""
        after = change.after
        if after is None:
            return await self._of_removal(change)
        if change.before is None:
            return await self._of_rule(after, _begun_anew)
        return await self._of_rule(after, _as_it_is if change.before.expression == after.expression else _released)

    async def of_rule(self, rule: Rule) -> Preview:
        """What a rule would do with the next check of everybody, whatever state it is in."""
        return await self._of_rule(rule, _as_it_is)

    async def of_expression(self, guild_id: int, expression: Expression) -> Preview:
        """Who would meet an expression, as if it were the rule of a role that nobody has."""
        return await self._of_rule(Rule(0, guild_id, 0, "", expression, timedelta(0)), _as_it_is)

    async def read(self, preview: Preview, on_progress: Progress) -> int:
        """Read the wallets that have no reading, as far as a preview may take. Returns how many were read."""
        now = self._clock.now()
        due = [wallet for wallet in preview.unread if wallet.due_at <= now][:MOST_READ]
        ends_at, done = now + READ_FOR, 0
        queue = list(due)
        while queue and self._clock.now() < ends_at:
            batch = self._batch(queue)
            queue = [wallet for wallet in queue if wallet not in batch]
            await on_progress(done, len(due))
            await asyncio.gather(*(self._refresher.refresh(wallet) for wallet in batch))
            done += len(batch)
        return done

    def _batch(self, queue: Sequence[WalletState]) -> Sequence[WalletState]:
        """As many wallets of each network as may be asked about at the same time."""
        batch: list[WalletState] = []
        taken: Counter[Network] = Counter()
        for wallet in queue:
            network = wallet.address.network
            if taken[network] < self._reader.at_once(network):
                taken[network] += 1
                batch.append(wallet)
        return batch

    async def _of_removal(self, change: RuleChange) -> Preview:
        """Only those who have the role from the bot are concerned."""
        role_id, guild_id, now = change.rule.role_id, change.rule.guild_id, self._clock.now()
        tally = _Tally()
        async with self._store.unit() as unit:
            is_paused = (await unit.settings.get(guild_id)).paused
            entries = await unit.ledger.of_role(guild_id, role_id)
        for some in _pages([entry.user_id for entry in entries]):
            async with self._store.unit() as unit:
                for case in await _cases(unit, guild_id, some):
                    entry = case.entries.get(role_id)
                    if entry is None:
                        continue
                    waived = replace(case, entries={role_id: replace(entry, grace_waived=True)})
                    what = outlook(orphaned(waived, role_id, now)) if change.take_roles else Outlook.KEEP
                    tally.add(what, Prospect(case.member.user_id, None, entry))
        return self._preview(tally, is_paused=is_paused)

    async def _of_rule(self, rule: Rule, changed: _Change) -> Preview:
        active, now = replace(rule, state=RuleState.ACTIVE), self._clock.now()
        tally = _Tally()
        async with self._store.unit() as unit:
            is_paused = (await unit.settings.get(rule.guild_id)).paused
            user_ids = await unit.members.in_guild(rule.guild_id, Presence.PRESENT)
        for some in _pages(user_ids):
            async with self._store.unit() as unit:
                cases = await _cases(unit, rule.guild_id, some)
            for case in cases:
                self._look_at(replace(case, rules=[active]), now, tally, changed)
        losing = tally.counts[Outlook.LOSE]
        async with self._store.unit() as unit:
            passing = await self._braking.room_for(unit, rule.guild_id, rule.role_id, losing, now)
        return self._preview(tally, is_paused=is_paused, braked=losing - passing)

    def _look_at(self, case: MemberCase, now: datetime, tally: _Tally, changed: _Change) -> None:
        judgement = case.judgements(now, self._policy.stale_after)[0]
        role_id = judgement.rule.role_id
        entry = case.entries.get(role_id)
        if entry is not None:
            entry = changed(entry)
            others = {other: held for other, held in case.entries.items() if other != role_id}
            case = replace(case, entries=others if entry is None else {**others, role_id: entry})
        what = outlook(ruled(case, judgement, now))
        tally.add(what, Prospect(case.member.user_id, judgement, entry))
        networks = _networks(judgement.rule.expression, case.selectors)
        for wallet in (link.wallet for link in case.links):
            if wallet.address.network in networks:
                tally.wallets.add(wallet.id)
                if not wallet.is_known(now, self._policy.stale_after):
                    tally.unread[wallet.id] = wallet

    def _preview(self, tally: _Tally, *, is_paused: bool, braked: int = 0) -> Preview:
        calls = Counter(wallet.address.network for wallet in tally.unread.values())
        seconds = max((self._reader.spacing(network) * number for network, number in calls.items()), default=0.0)
        return Preview(
            counts=tally.counts,
            prospects=tally.prospects,
            wallets=len(tally.wallets),
            unread=tuple(tally.unread.values()),
            seconds=seconds,
            is_paused=is_paused,
            braked=braked,
        )


def _as_it_is(entry: LedgerEntry) -> LedgerEntry:
    return entry


def _released(entry: LedgerEntry) -> LedgerEntry:
    """The rule asks for something else, which ends what admins decided about its holders before."""
    return replace(entry, kept_at=None)


def _begun_anew(entry: LedgerEntry) -> LedgerEntry | None:
    return entry.under_new_rule


async def _cases(unit: UnitOfWork, guild_id: int, user_ids: Iterable[int]) -> Sequence[MemberCase]:
    members = [await unit.members.get(guild_id, user_id) for user_id in user_ids]
    return [await load_case(unit, member) for member in members if member is not None]


def _networks(expression: Expression, selectors: Mapping[str, Selector]) -> frozenset[Network]:
    return frozenset(selectors[name].network for name in names(expression) if name in selectors)


def _pages(user_ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (user_ids[start : start + MEMBERS_PER_UNIT] for start in range(0, len(user_ids), MEMBERS_PER_UNIT))

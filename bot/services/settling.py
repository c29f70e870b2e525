"""Settling many members at once, as far as neither Discord nor a role is concerned.

Most members who are due need only some bookkeeping: what changed in their wallets changes no role. They are loaded,
decided and written down together. Whoever needs more is left to the reconciler, which takes one member at a time.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.members import MemberKey, Membership, Presence
from bot.domain.role_plans import Step
from bot.domain.rule_books import RuleBook
from bot.domain.urgency import Urgency
from bot.domain.wallets import ReadingPolicy
from bot.services.case_loading import RuleShelf, load_cases
from bot.services.courtesy import Courtesy
from bot.services.member_cases import MemberCase, RoleDecision, decide
from bot.services.ports import Clock, Store
from bot.services.reconciling import next_look
from bot.services.repositories import UnitOfWork

_TOGETHER = 250
"""How many members are settled in one unit of work, so that nobody waits long for the database."""
_BREATH = 25
"""After so many decisions others get a turn: they take the processor, not the database, so nobody notices waiting."""


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A member of whom nothing but bookkeeping is to be done."""

    case: MemberCase
    decisions: Sequence[RoleDecision]


class Settling:
    """Settles the members of whom nothing but bookkeeping is to be done."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: ReadingPolicy,
        shelf: RuleShelf,
        look_every: timedelta | None,
        courtesy: Courtesy | None = None,
    ) -> None:
        """`look_every`: see `MemberCase.look_every`."""
        self._store = store
        self._clock = clock
        self._policy = policy
        self._shelf = shelf
        self._look_every = look_every
        self._courtesy = courtesy or Courtesy(time.monotonic)

    async def settle(self, members: Sequence[Membership]) -> Sequence[Membership]:
        """Settle members, and return the others in their order: for them Discord has to be asked."""
        left: list[Membership] = []
        waiting = members
        while waiting:
            together = self._courtesy.bite(_TOGETHER)
            some, waiting = waiting[:together], waiting[together:]
            settled = await self._settle([member for member in some if member.presence is Presence.PRESENT])
            left += [member for member in some if member.key not in settled]
        return left

    async def _settle(self, members: Sequence[Membership]) -> set[MemberKey]:
        if not members:
            return set()
        now = self._clock.now()
        async with self._store.unit(Urgency.SWEEP) as unit:
            books = await self._shelf.books(unit, {member.guild_id for member in members})
            quiet: list[_Quiet] = []
            for number, case in enumerate(await load_cases(unit, members, books), start=1):
                decided = self._decide(case, books[case.member.guild_id], now)
                if decided is not None:
                    quiet.append(decided)
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
            # Whoever changed under way stays due.
            current = await unit.members.many([one.case.member.key for one in quiet])
            unchanged = [one for one in quiet if current.get(one.case.member.key) == one.case.member]
            await _write(unit, unchanged)
        return {one.case.member.key for one in quiet}

    def _decide(self, case: MemberCase, book: RuleBook, now: datetime) -> _Quiet | None:
        stale_after = self._policy.stale_after
        wallets = [link.wallet for link in case.links]
        roles = (*case.entries, *case.undo_steps)
        rules = book.rules_for(wallets, roles, now, stale_after)
        case = replace(case, rules=rules, look_every=self._look_every)
        decisions = decide(case, None, now, stale_after)
        is_quiet = all(decision.plan.step is Step.NOTHING and decision.flip is None for decision in decisions)
        return _Quiet(case, decisions) if is_quiet else None


async def _write(unit: UnitOfWork, quiet: Sequence[_Quiet]) -> None:
    decisions = [decision for one in quiet for decision in one.decisions]
    for decision in decisions:
        if decision.entry is not None and decision.plan.entry is None:
            await unit.ledger.remove(decision.entry)
    changed = [d.plan.entry for d in decisions if d.plan.entry is not None and d.plan.entry != d.entry]
    await unit.ledger.save_many(changed)
    for one in quiet:
        for decision in one.decisions:
            step = decision.undo_step
            if step is not None and step != one.case.undo_steps.get(decision.role_id):
                await unit.undos.save(step)
    await unit.members.settle_many([(one.case.member, next_look(one.decisions)) for one in quiet])

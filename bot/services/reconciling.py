"""Bringing one member's roles into line with the evidence.

The order of things makes a crash harmless at every point: decide, write the intent into the ledger, call Discord,
write the outcome. An intent without an outcome is cleared up by looking at the member again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.ledger import RoleAction, RoleOutcome
from bot.domain.looks import is_strangely_bare
from bot.domain.members import MemberAbsent, Membership, MemberSnapshot, Presence, Unreachable
from bot.domain.role_plans import Step
from bot.domain.urgency import Urgency
from bot.domain.wallets import FIRST_RETRY, ReadingPolicy
from bot.services.braking import Braking
from bot.services.keyed_locks import KeyedLocks
from bot.services.ledger_keeping import LedgerKeeping
from bot.services.loose_ends import MEMBER_LEFT, tie_up
from bot.services.member_cases import MemberCase, RoleDecision, decide, load_case
from bot.services.ports import Clock, DiscordGateway, SecondLooks, Store, Turns
from bot.services.repositories import UnitOfWork
from bot.services.rivals import note_flip
from bot.services.role_writing import RoleWriting, Written

log = structlog.get_logger(__name__)

VERIFY_AFTER = timedelta(seconds=30)
"""When to look whether a write that Discord reported as done really stuck."""
LONGEST_RETRY = timedelta(hours=1)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role that was just given or taken."""

    role_id: int
    action: RoleAction


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What one reconciliation did."""

    changes: tuple[RoleChange, ...] = ()
    is_postponed: bool = False
    """Discord could not be reached; it will be tried again by itself."""
    is_absent: bool = False
    """The user is not in the server."""


class Reconciler:
    """Reconciles members: each one by one reconciliation at a time, and per server one decision at a time.

    The decision is what must not overlap: the brake counts what is on its way. Calls to Discord may overlap.
    """

    def __init__(
        self,
        store: Store,
        gateway: DiscordGateway,
        writing: RoleWriting,
        clock: Clock,
        policy: ReadingPolicy,
        braking: Braking,
        second_looks: SecondLooks,
        look_every: timedelta | None,
        turns: Turns,
    ) -> None:
        """`look_every`: see `MemberCase.look_every`."""
        self._store = store
        self._gateway = gateway
        self._writing = writing
        self._clock = clock
        self._policy = policy
        self._braking = braking
        self._second_looks = second_looks
        self._look_every = look_every
        self._turns = turns
        self._keeping = LedgerKeeping(writing, policy.interval)
        self._deciding = KeyedLocks()

    async def reconcile(
        self, guild_id: int, user_id: int, *, look: bool = False, urgency: Urgency = Urgency.PERSON
    ) -> Reconciliation:
        """Bring a member's roles into line. `look`: ask Discord for the member in any case."""
        async with self._turns.of(f"roles:{guild_id}:{user_id}"):
            for _ in range(_ATTEMPTS):
                result = await self._attempt(guild_id, user_id, look, urgency)
                if result is not None:
                    return result
        return Reconciliation(is_postponed=True)

    async def look_ahead(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Say whose turn comes soon in a sweep, so that Discord can be asked for them together."""
        await self._gateway.expect(guild_id, user_ids)

    async def _attempt(self, guild_id: int, user_id: int, look: bool, urgency: Urgency) -> Reconciliation | None:
        """Return None when the evidence changed under way, so that the whole must be done again."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            member = await unit.members.get(guild_id, user_id)
            if member is None:
                return Reconciliation(is_absent=True)
            case = replace(await load_case(unit, member), look_every=self._look_every)
        seen: MemberSnapshot | None = None
        decisions = decide(case, None, now, self._policy.stale_after)
        must_look = look or member.presence is Presence.LEFT
        if must_look or any(decision.plan.step is not Step.NOTHING for decision in decisions):
            answer = await self._look(case, now, urgency)
            match answer:
                case Unreachable():
                    return await self._postpone(member, now)
                case MemberAbsent():
                    return await self._settle_absent(case, now)
                case MemberSnapshot():
                    seen = answer
                    decisions = decide(case, seen, now, self._policy.stale_after)
        return await self._carry_out(case, seen, decisions, now, urgency)

    async def _look(
        self, case: MemberCase, now: datetime, urgency: Urgency
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Ask Discord for the member; once more by another way before a strangely empty role list is believed."""
        guild_id, user_id = case.member.guild_id, case.member.user_id
        answer = await self._gateway.member(guild_id, user_id, urgency)
        if not isinstance(answer, MemberSnapshot) or not is_strangely_bare(answer, now, case.entries.values()):
            return answer
        decisions = decide(case, answer, now, self._policy.stale_after)
        if not any(decision.rests_on_absence for decision in decisions):
            return answer
        return await self._second_looks.member(guild_id, user_id, urgency)

    async def _carry_out(
        self,
        case: MemberCase,
        seen: MemberSnapshot | None,
        decisions: Sequence[RoleDecision],
        now: datetime,
        urgency: Urgency,
    ) -> Reconciliation | None:
        member = case.member
        async with self._deciding.of(member.guild_id), self._store.unit() as unit:
            if any(decision.plan.step is Step.TAKE for decision in decisions):
                await unit.brake_holds.decide_alone(member.guild_id)
            if not await _is_unchanged(unit, member):
                return None
            if member.presence is Presence.LEFT:
                member = await unit.members.meet(member.guild_id, member.user_id, now)
            decisions = [await self._braking.apply(unit, decision, now) for decision in decisions]
            for decision in decisions:
                await self._keeping.write_intent(unit, case, decision)
                await note_flip(unit, decision)
                if seen is not None:
                    await self._keeping.record_late(unit, decision, seen, now)
            writes = [decision for decision in decisions if decision.plan.step in (Step.GIVE, Step.TAKE)]
            if not writes or seen is None:
                await unit.members.settle(member, next_look(decisions))
                return Reconciliation()
        written = await self._writing.write(seen, member.guild_id, writes, urgency)
        return await self._record(member, decisions, written, self._clock.now())

    async def _record(
        self, member: Membership, decisions: Sequence[RoleDecision], written: Sequence[Written], now: datetime
    ) -> Reconciliation:
        async with self._store.unit() as unit:
            if any(write.outcome in (RoleOutcome.FORBIDDEN, RoleOutcome.ROLE_GONE) for write in written):
                await unit.rules.begin_change(member.guild_id)  # a rule may be stopped
            stops = [await self._keeping.record_outcome(unit, member, write, now) for write in written]
            result = await self._conclude(unit, member, decisions, written, now)
        await self._writing.announce(member.guild_id, [text for text in stops if text is not None])
        return result

    async def _conclude(
        self,
        unit: UnitOfWork,
        member: Membership,
        decisions: Sequence[RoleDecision],
        written: Sequence[Written],
        now: datetime,
    ) -> Reconciliation:
        """Say when the member is to be looked at again, by how the writes ended."""
        outcomes = {write.outcome for write in written}
        if RoleOutcome.MEMBER_GONE in outcomes:
            if not await _is_unchanged(unit, member):
                return Reconciliation(is_postponed=True)  # they may be back, and are due already
            await unit.members.mark_left(member.guild_id, member.user_id, now + self._policy.interval)
            entries = await unit.ledger.of_member(member.guild_id, member.user_id)
            told = {write.decision.role_id for write in written}
            await tie_up(unit, [entry for entry in entries if entry.role_id not in told], now, MEMBER_LEFT)
            for entry in entries:
                await unit.ledger.remove(entry)
            return Reconciliation(is_absent=True)
        changes = tuple(
            RoleChange(write.decision.role_id, write.action) for write in written if write.outcome is RoleOutcome.DONE
        )
        if RoleOutcome.UNREACHABLE in outcomes:
            await unit.members.postpone(member, now + _backoff(member.failures))
            return Reconciliation(changes, is_postponed=True)
        looks = [now + VERIFY_AFTER] if changes else []
        if (look_at := next_look(decisions)) is not None:
            looks.append(look_at)
        await unit.members.settle(member, min(looks, default=None))
        return Reconciliation(changes)

    async def _postpone(self, member: Membership, now: datetime) -> Reconciliation:
        async with self._store.unit() as unit:
            await unit.members.postpone(member, now + _backoff(member.failures))
        return Reconciliation(is_postponed=True)

    async def _settle_absent(self, case: MemberCase, now: datetime) -> Reconciliation | None:
        """The member left: Discord took all roles away, so nothing of it is the bot's any more.

        Return None when something was told of the member under way: they may be back.
        """
        member = case.member
        look_again_at = now + self._policy.interval if case.links else None
        async with self._store.unit() as unit:
            if not await _is_unchanged(unit, member):
                return None
            await unit.members.mark_left(member.guild_id, member.user_id, look_again_at)
            await tie_up(unit, case.entries.values(), now, MEMBER_LEFT)
            for entry in case.entries.values():
                await unit.ledger.remove(entry)
        return Reconciliation(is_absent=True)


async def _is_unchanged(unit: UnitOfWork, member: Membership) -> bool:
    """Whether nothing that matters for the member's roles was written since they were loaded."""
    current = await unit.members.get(member.guild_id, member.user_id)
    return current is not None and current.revision == member.revision


def next_look(decisions: Sequence[RoleDecision]) -> datetime | None:
    """When the member is to be looked at again, by what was decided about each role."""
    return min((d.plan.look_again_at for d in decisions if d.plan.look_again_at is not None), default=None)


def _backoff(failures: int) -> timedelta:
    return min(FIRST_RETRY * (1 << min(failures, 10)), LONGEST_RETRY)

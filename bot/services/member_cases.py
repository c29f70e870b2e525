"""Everything that decides about one member's roles, loaded in one unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.expressions import render
from bot.domain.ledger import Evidence, LedgerEntry, ReadingUsed
from bot.domain.links import Link
from bot.domain.members import Membership, MemberSnapshot
from bot.domain.privacy import Withdrawal, plan_withdrawal
from bot.domain.protections import Protection, protected_until
from bot.domain.rivals import Flip
from bot.domain.role_plans import MOST_UNDONE, UNDONE_WINDOW, RoleCase, RolePlan, Step, plan_role
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.undos import SkipReason, UndoStep, plan_step
from bot.domain.verdicts import Judgement, Verdict, judge
from bot.services.repositories import UnitOfWork

_UNDONE = "an admin had the sweep undone"


@dataclass(frozen=True, slots=True)
class MemberCase:
    """A member with the rules, wallets and ledger entries that concern them."""

    member: Membership
    rules: Sequence[Rule]
    selectors: Mapping[str, Selector]
    links: Sequence[Link]
    entries: Mapping[int, LedgerEntry]
    """Role id -> ledger entry."""
    is_paused: bool = False
    """The whole server is paused."""
    flips: Sequence[Flip] = ()
    """The newest times that somebody else undid what the bot did with the member's roles."""
    protections: Sequence[Protection] = ()
    """The admins' decisions that no role is taken from the member."""

    undo_steps: Mapping[int, UndoStep] = field(default_factory=dict)
    """Role id -> what an admin's undo of a sweep still has to do about it."""
    withdrawal: Withdrawal | None = None
    """The member does not want to count here: then there are no links in the case."""
    look_every: timedelta | None = None
    """About how often to look whether roles are still there; None while Discord tells who leaves."""

    def undone(self, role_id: int, now: datetime) -> int:
        """How often somebody else undid what the bot did with a role lately."""
        return sum(1 for flip in self.flips if flip.role_id == role_id and flip.at > now - UNDONE_WINDOW)

    def is_protected(self, role_id: int, now: datetime) -> bool:
        """Whether an admin lets the member keep a role now, whatever the evidence."""
        return any(protection.covers(role_id, now) for protection in self.protections)

    def protected_until(self, role_id: int, now: datetime) -> datetime | None:
        """When that ends by itself; None when it does not, or there is nothing to end."""
        return protected_until(self.protections, role_id, now)

    def judgements(self, now: datetime, stale_after: timedelta) -> Sequence[Judgement]:
        """What every rule of the server says of the member, whatever the rule's state."""
        wallets = [link.wallet for link in self.links]
        return tuple(judge(rule, self.selectors, wallets, now, stale_after) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """The plan for one role, and the evidence to write down with it."""

    role_id: int
    rule: Rule | None
    """None when the rule was removed and its roles are being taken back."""
    entry: LedgerEntry | None
    """The ledger entry before the plan."""
    plan: RolePlan
    evidence: Evidence
    flip: Flip | None = None
    """What this look showed to be undone by somebody else."""
    undo_step: UndoStep | None = None
    """The step of an undo as it is with this plan; None when the role is no undo's business."""

    @property
    def rests_on_absence(self) -> bool:
        """Whether it would be wrong if the member had the role after all: it is given, or not the bot's any more."""
        return self.plan.step is Step.GIVE or (self.entry is not None and self.plan.entry is None)

    @property
    def is_exempt_from_brake(self) -> bool:
        """Whether somebody asked for this removal (unlinked the wallet, ended the rule), so that it is no surprise."""
        return self.undo_step is not None or (self.entry is not None and self.entry.grace_waived)


async def load_case(unit: UnitOfWork, member: Membership) -> MemberCase:
    """Load a member's case."""
    withdrawal = await unit.opt_outs.withdrawal(member.guild_id, member.user_id)
    collections = await unit.collections.of_guild(member.guild_id)
    entries = await unit.ledger.of_member(member.guild_id, member.user_id)
    undo_steps = await unit.undos.open_of(member.guild_id, member.user_id)
    return MemberCase(
        member=member,
        rules=await unit.rules.of_guild(member.guild_id),
        selectors={collection.name: collection.selector for collection in collections},
        links=await unit.links.of_user(member.user_id) if withdrawal is None else (),
        entries={entry.role_id: entry for entry in entries},
        is_paused=(await unit.settings.get(member.guild_id)).paused,
        flips=await unit.role_flips.of_member(member.guild_id, member.user_id),
        protections=await unit.protections.of_member(member.guild_id, member.user_id),
        undo_steps={step.role_id: step for step in reversed(undo_steps)},
        withdrawal=withdrawal,
    )


def decide(
    case: MemberCase, seen: MemberSnapshot | None, now: datetime, stale_after: timedelta
) -> Sequence[RoleDecision]:
    """Plan every role of the member that an active rule, or a rule that was removed, decides about.

    Of a member who does not want to count here, plan every role in the ledger, whatever its rule says.
    """
    if case.withdrawal is not None:
        taken = {entry.role_id: _withdrawn(case, case.withdrawal, entry, seen, now) for entry in case.entries.values()}
        skipped = {
            role_id: _skipped(case, step.skip(SkipReason.OPTED_OUT), taken) for role_id, step in case.undo_steps.items()
        }
        return list((taken | skipped).values())
    decisions = [
        _decision(case, judgement.rule, judgement, seen, now)
        for judgement in case.judgements(now, stale_after)
        if judgement.rule.state is RuleState.ACTIVE
    ]
    with_rule = {rule.role_id for rule in case.rules}
    decisions += [_orphan(case, role_id, seen, now) for role_id in case.entries if role_id not in with_rule]
    usual = {decision.role_id: decision for decision in decisions}
    undone = {role_id: _undo(case, step, usual, seen, now) for role_id, step in case.undo_steps.items()}
    return [_until_unprotected(case, decision, now) for decision in (usual | undone).values()]


def _until_unprotected(case: MemberCase, decision: RoleDecision, now: datetime) -> RoleDecision:
    """Look at the role again when its protection ends: only then does a lapse begin."""
    until = case.protected_until(decision.role_id, now)
    if until is None or decision.plan.entry is None:
        return decision
    look_at = min(until, decision.plan.look_again_at or until)
    return replace(decision, plan=replace(decision.plan, look_again_at=look_at))


def ruled(case: MemberCase, judgement: Judgement, now: datetime) -> RoleCase:
    """The case of a role that a rule decides about, before Discord is asked."""
    return _role_case(case, judgement.rule.role_id, judgement.verdict, judgement.rule.grace, None, now)


def orphaned(case: MemberCase, role_id: int, now: datetime) -> RoleCase:
    """The case of a role that is being taken back as its rule is gone, before Discord is asked."""
    return _role_case(case, role_id, Verdict.NOT_ENTITLED, timedelta(0), None, now)


def _decision(
    case: MemberCase, rule: Rule, judgement: Judgement, seen: MemberSnapshot | None, now: datetime
) -> RoleDecision:
    role_case = _role_case(case, rule.role_id, judgement.verdict, rule.grace, seen, now)
    return _decided(role_case, rule, evidence_of(judgement))


def _orphan(case: MemberCase, role_id: int, seen: MemberSnapshot | None, now: datetime) -> RoleDecision:
    entry = case.entries[role_id]
    evidence = Evidence("", note="the rule was removed")
    if not entry.grace_waived or entry.adopted_until is not None or entry.kept_at is not None:
        # The roles stay, the bot never gave this one, or an admin has given it back since: it is nobody's business.
        return RoleDecision(role_id, None, entry, RolePlan(Step.NOTHING, None), evidence)
    role_case = _role_case(case, role_id, Verdict.NOT_ENTITLED, timedelta(0), seen, now)
    return _decided(role_case, None, evidence)


def _withdrawn(
    case: MemberCase, why: Withdrawal, entry: LedgerEntry, seen: MemberSnapshot | None, now: datetime
) -> RoleDecision:
    asked_for = replace(entry, grace_waived=True)
    role_case = _role_case(case, entry.role_id, Verdict.NOT_ENTITLED, timedelta(0), seen, now)
    role_case = replace(role_case, entry=asked_for, is_paused=case.is_paused and why is Withdrawal.OPTED_OUT)
    decided = _decided(role_case, None, Evidence("", note=why.in_words))
    return replace(decided, plan=plan_withdrawal(role_case))


def _role_case(
    case: MemberCase, role_id: int, verdict: Verdict, grace: timedelta, seen: MemberSnapshot | None, now: datetime
) -> RoleCase:
    return RoleCase(
        guild_id=case.member.guild_id,
        user_id=case.member.user_id,
        role_id=role_id,
        verdict=verdict,
        grace=grace,
        entry=case.entries.get(role_id),
        member=seen,
        now=now,
        is_protected=case.is_protected(role_id, now),
        is_paused=case.is_paused,
        undone=case.undone(role_id, now),
        look_every=case.look_every,
        own_role_ids=frozenset(case.entries),
    )


def _decided(role_case: RoleCase, rule: Rule | None, evidence: Evidence) -> RoleDecision:
    undoing = role_case.undoing
    flip = None
    if undoing is not None:
        flip = Flip(
            role_case.now,
            role_case.guild_id,
            role_case.user_id,
            role_case.role_id,
            undoing,
            is_rivalry=role_case.undone + 1 == MOST_UNDONE,
        )
    return RoleDecision(role_case.role_id, rule, role_case.entry, plan_role(role_case), evidence, flip)


def _undo(
    case: MemberCase, step: UndoStep, usual: Mapping[int, RoleDecision], seen: MemberSnapshot | None, now: datetime
) -> RoleDecision:
    """Plan a role that an undo is about, whatever its rule says and whether there is one."""
    role_id, entry = step.role_id, case.entries.get(step.role_id)
    undone = plan_step(step, _role_case(case, role_id, Verdict.UNKNOWN, timedelta(0), seen, now))
    if undone.plan is None:
        return _skipped(case, undone.step, usual)
    rule = next((rule for rule in case.rules if rule.role_id == role_id), None)
    return RoleDecision(role_id, rule, entry, undone.plan, Evidence("", note=_UNDONE), undo_step=undone.step)


def _skipped(case: MemberCase, step: UndoStep, usual: Mapping[int, RoleDecision]) -> RoleDecision:
    """Put down that a step is not carried out; the role goes its usual way."""
    decision = usual.get(step.role_id)
    if decision is not None:
        return replace(decision, undo_step=step)
    entry = case.entries.get(step.role_id)
    return RoleDecision(step.role_id, None, entry, RolePlan(Step.NOTHING, entry), Evidence(""), undo_step=step)


def evidence_of(judgement: Judgement) -> Evidence:
    """Put a judgement into the form that is kept in the journal."""
    counted = [share for shares in judgement.shares.values() for share in shares if share.count.high is not None]
    wallets = {share.wallet.id: share.wallet for share in counted}
    return Evidence(
        requirement=render(judgement.rule.expression),
        counts=tuple(sorted(judgement.counts.items())),
        readings=tuple(ReadingUsed(wallet.address.short, wallet.source, wallet.read_at) for wallet in wallets.values()),
        note="" if wallets else "no linked wallet on the networks the rule asks about",
    )

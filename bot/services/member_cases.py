"""Everything that decides about one member's roles, loaded in one unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.expressions import render
from bot.domain.ledger import Evidence, LedgerEntry, ReadingUsed
from bot.domain.links import Link
from bot.domain.members import Membership, MemberSnapshot
from bot.domain.role_plans import RoleCase, RolePlan, Step, plan_role
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.verdicts import Judgement, Verdict, judge
from bot.services.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class MemberCase:
    """A member with the rules, wallets and ledger entries that concern them."""

    member: Membership
    rules: Sequence[Rule]
    selectors: Mapping[str, Selector]
    links: Sequence[Link]
    entries: Mapping[int, LedgerEntry]
    """Role id -> ledger entry."""

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

    @property
    def is_exempt_from_brake(self) -> bool:
        """Whether somebody asked for this removal (unlinked the wallet, ended the rule), so that it is no surprise."""
        return self.entry is not None and self.entry.grace_waived


async def load_case(unit: UnitOfWork, member: Membership) -> MemberCase:
    """Load a member's case."""
    collections = await unit.collections.of_guild(member.guild_id)
    entries = await unit.ledger.of_member(member.guild_id, member.user_id)
    return MemberCase(
        member=member,
        rules=await unit.rules.of_guild(member.guild_id),
        selectors={collection.name: collection.selector for collection in collections},
        links=await unit.links.of_user(member.user_id),
        entries={entry.role_id: entry for entry in entries},
    )


def decide(
    case: MemberCase, seen: MemberSnapshot | None, now: datetime, stale_after: timedelta
) -> Sequence[RoleDecision]:
    """Plan every role of the member that an active rule, or a rule that was removed, decides about."""
    decisions = [
        _decision(case, judgement.rule, judgement, seen, now)
        for judgement in case.judgements(now, stale_after)
        if judgement.rule.state is RuleState.ACTIVE
    ]
    ruled = {rule.role_id for rule in case.rules}
    decisions += [_orphan(case, role_id, seen, now) for role_id in case.entries if role_id not in ruled]
    return decisions


def _decision(
    case: MemberCase, rule: Rule, judgement: Judgement, seen: MemberSnapshot | None, now: datetime
) -> RoleDecision:
    entry = case.entries.get(rule.role_id)
    role_case = RoleCase(
        guild_id=case.member.guild_id,
        user_id=case.member.user_id,
        role_id=rule.role_id,
        verdict=judgement.verdict,
        grace=rule.grace,
        entry=entry,
        member=seen,
        now=now,
    )
    return RoleDecision(rule.role_id, rule, entry, plan_role(role_case), evidence_of(judgement))


def _orphan(case: MemberCase, role_id: int, seen: MemberSnapshot | None, now: datetime) -> RoleDecision:
    entry = case.entries[role_id]
    if not entry.grace_waived:
        plan = RolePlan(Step.NOTHING, None)
        return RoleDecision(role_id, None, entry, plan, Evidence("", note="the rule was removed"))
    role_case = RoleCase(
        guild_id=case.member.guild_id,
        user_id=case.member.user_id,
        role_id=role_id,
        verdict=Verdict.NOT_ENTITLED,
        grace=timedelta(0),
        entry=entry,
        member=seen,
        now=now,
    )
    return RoleDecision(role_id, None, entry, plan_role(role_case), Evidence("", note="the rule was removed"))


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

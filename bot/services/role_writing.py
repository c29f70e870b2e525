"""Carrying out role decisions in Discord, and stopping a rule that Discord will not let the bot carry out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.assignability import why_not_assignable
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.guilds import GuildSnapshot
from bot.domain.ledger import Evidence, RoleAction, RoleOutcome
from bot.domain.markup import plain
from bot.domain.members import MemberSnapshot, RoleChanges, Unreachable
from bot.domain.role_plans import Step
from bot.domain.rules import RuleState
from bot.domain.urgency import Urgency
from bot.services.guild_log import GuildLog
from bot.services.loose_ends import ROLE_GIVEN_UP, tie_up_role
from bot.services.member_cases import RoleDecision
from bot.services.metrics import Metrics, NoMetrics
from bot.services.ports import Clock, DiscordGateway
from bot.services.repositories import UnitOfWork

LONGEST_REASON = 512
"""Discord's limit for an audit-log reason, in characters."""
MEMBERS_NAMED = 20
_ROLE_DELETED = "The role was deleted in Discord."


@dataclass(frozen=True, slots=True)
class Written:
    """A decision and how its write ended."""

    decision: RoleDecision
    outcome: RoleOutcome
    problem: str = ""
    """Why the role cannot be handed out, for an admin; set when that was known before asking Discord."""

    @property
    def action(self) -> RoleAction:
        """What was tried."""
        return RoleAction.GIVE if self.decision.plan.step is Step.GIVE else RoleAction.TAKE


class RoleWriting:
    """Writes role changes: never one that Discord is known to refuse, and as few requests as possible."""

    def __init__(
        self, gateway: DiscordGateway, guild_log: GuildLog, clock: Clock, metrics: Metrics | None = None
    ) -> None:
        self._metrics = metrics or NoMetrics()
        self._gateway = gateway
        self._guild_log = guild_log
        self._clock = clock

    async def write(
        self,
        member: MemberSnapshot,
        guild_id: int,
        decisions: Sequence[RoleDecision],
        urgency: Urgency = Urgency.PERSON,
    ) -> Sequence[Written]:
        """Carry out decisions for one member who was looked up just before.

        One changed role is one atomic PUT or DELETE; several are one PATCH of the list that was just read. An empty
        list is not trusted with that: Discord has been seen to leave all roles out, and the PATCH would take them.
        """
        answers = await self._write(member, guild_id, decisions, urgency)
        written = [await self._believed(guild_id, write) for write in answers]
        for write in written:
            self._metrics.role_write(write.action, write.outcome)
        return written

    async def _write(
        self, member: MemberSnapshot, guild_id: int, decisions: Sequence[RoleDecision], urgency: Urgency
    ) -> Sequence[Written]:
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            return [Written(decision, RoleOutcome.UNREACHABLE) for decision in decisions]
        refusals = {decision.role_id: _refusal(guild, decision) for decision in decisions}
        refused = [refusal for refusal in refusals.values() if refusal is not None]
        possible = [decision for decision in decisions if refusals[decision.role_id] is None]
        if len(possible) < 2 or not member.role_ids:
            return refused + [await self._write_one(member, guild_id, decision, urgency) for decision in possible]
        outcome = await self._write_together(member, guild_id, possible, urgency)
        if outcome in (RoleOutcome.FORBIDDEN, RoleOutcome.ROLE_GONE):
            # The answer does not say which of the roles it is about.
            return refused + [await self._write_one(member, guild_id, decision, urgency) for decision in possible]
        return refused + [Written(decision, outcome) for decision in possible]

    async def _believed(self, guild_id: int, write: Written) -> Written:
        """Check Discord's word that a role is gone, for which the whole ledger of the role would be dropped."""
        if write.outcome is not RoleOutcome.ROLE_GONE:
            return write
        guild = await self._gateway.guild(guild_id, fresh=True)
        if isinstance(guild, Unreachable) or guild.role(write.decision.role_id) is not None:
            return replace(write, outcome=RoleOutcome.UNREACHABLE)
        return write

    async def stop(self, unit: UnitOfWork, write: Written) -> str | None:
        """Stop doing what Discord refuses, so that the bot does not knock on a closed door.

        A rule is stopped for everybody; so is taking back the roles of a rule that was removed. Returns what to tell
        the server's admins, once: None when they know already.
        """
        decision = write.decision
        rule = decision.rule
        note = write.problem or _discord_said(write)
        if rule is None:
            return await self._give_up(unit, write, note)
        if write.outcome is RoleOutcome.ROLE_GONE:
            await self._drop(unit, decision)
        state = RuleState.ROLE_GONE if write.outcome is RoleOutcome.ROLE_GONE else RuleState.BLOCKED
        if not await unit.rules.stop(rule.guild_id, rule.role_id, state, note):
            return None
        line = AuditLine(self._clock.now(), rule.guild_id, None, AuditAction.RULE_STOPPED, rule.role_name, "", note)
        await unit.audit.add(line)
        stopped = f"**The rule for “{plain(rule.role_name)}” is stopped.** {note}"
        if write.outcome is RoleOutcome.ROLE_GONE:
            return (
                f"{stopped} Nothing else changes. Remove the rule with the option `deleted` of `/rule remove`; for a "
                "new role, make a new rule."
            )
        return (
            f"{stopped} Until that is put right nobody gets or loses {_role(rule.role_id)} by the rule, and Holdfast "
            "does not try again by itself. Afterwards use `/rule resume`."
        )

    async def _give_up(self, unit: UnitOfWork, write: Written, note: str) -> str | None:
        """Stop taking a role back that no rule gives any more: from this member, or from all who still have it."""
        decision = write.decision
        entry = decision.entry
        if entry is None or write.action is RoleAction.GIVE:
            return None
        if write.outcome is RoleOutcome.ROLE_GONE:
            await self._drop(unit, decision)
            return None  # what was to be taken back is gone
        members = [entry.user_id]
        if await unit.rules.of_role(entry.guild_id, entry.role_id) is None:
            members = [other.user_id for other in await unit.ledger.of_role(entry.guild_id, entry.role_id)]
            await self._drop(unit, decision)
        if not members:
            return None  # another refusal came first, and named them all
        whom = ", ".join(f"<@{user_id}>" for user_id in members[:MEMBERS_NAMED])
        more = f" and {len(members) - MEMBERS_NAMED} more" if len(members) > MEMBERS_NAMED else ""
        return (
            f"**Holdfast could not take back {_role(entry.role_id)}** from {whom}{more}, though "
            f"{decision.evidence.note}. {note} Holdfast does not try again: take it away by hand."
        )

    async def _drop(self, unit: UnitOfWork, decision: RoleDecision) -> None:
        """Give a role up on all members."""
        entry = decision.plan.entry
        if entry is not None:
            now = self._clock.now()
            await tie_up_role(unit, entry.guild_id, entry.role_id, now, ROLE_GIVEN_UP, besides=entry.user_id)
            await unit.ledger.remove_role(entry.guild_id, entry.role_id)

    async def announce(self, guild_id: int, texts: Sequence[str]) -> None:
        """Tell the server's admins what was stopped."""
        for text in texts:
            await self._guild_log.post(guild_id, text)

    async def _write_one(
        self, member: MemberSnapshot, guild_id: int, decision: RoleDecision, urgency: Urgency
    ) -> Written:
        reason = audit_reason(decision)
        write = self._gateway.give_role if decision.plan.step is Step.GIVE else self._gateway.take_role
        return Written(decision, await write(guild_id, member.user_id, decision.role_id, reason, urgency))

    async def _write_together(
        self, member: MemberSnapshot, guild_id: int, decisions: Sequence[RoleDecision], urgency: Urgency
    ) -> RoleOutcome:
        give = frozenset(decision.role_id for decision in decisions if decision.plan.step is Step.GIVE)
        take = frozenset(decision.role_id for decision in decisions) - give
        reason = " | ".join(audit_reason(decision) for decision in decisions)[:LONGEST_REASON]
        return await self._gateway.change_roles(guild_id, member, RoleChanges(give, take), reason, urgency)


def audit_reason(decision: RoleDecision) -> str:
    """What the server's audit log shows: rule and evidence in short, never a full address."""
    evidence: Evidence = decision.evidence
    verb = "meets" if decision.plan.step is Step.GIVE else "no longer meets"
    what = f"{verb} {evidence.requirement}" if evidence.requirement else evidence.note
    counts = ", ".join(f"{name} {interval}" for name, interval in evidence.counts)
    readings = ", ".join(f"{used.wallet} via {used.source}" for used in evidence.readings if used.source)
    parts = [what, f"counted {counts}" if counts else "", readings]
    return ("Holdfast: " + "; ".join(part for part in parts if part))[:LONGEST_REASON]


def _refusal(guild: GuildSnapshot, decision: RoleDecision) -> Written | None:
    if guild.role(decision.role_id) is None:
        return Written(decision, RoleOutcome.ROLE_GONE, _ROLE_DELETED)
    problem = why_not_assignable(guild, decision.role_id)
    return None if problem is None else Written(decision, RoleOutcome.FORBIDDEN, problem)


def _role(role_id: int) -> str:
    return f"<@&{role_id}>"


def _discord_said(write: Written) -> str:
    if write.outcome is RoleOutcome.ROLE_GONE:
        return _ROLE_DELETED
    return (
        "Discord refused to let Holdfast change this role. Check that Holdfast has Manage Roles and that its own role "
        "is above this one under Server Settings > Roles."
    )

"""Carrying out role decisions in Discord, and stopping a rule that Discord will not let the bot carry out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.assignability import why_not_assignable
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.guilds import GuildSnapshot
from bot.domain.ledger import Evidence, RoleAction, RoleOutcome
from bot.domain.markup import plain
from bot.domain.members import MemberSnapshot, Unreachable
from bot.domain.role_plans import Step
from bot.domain.rules import RuleState
from bot.services.guild_log import GuildLog
from bot.services.member_cases import RoleDecision
from bot.services.metrics import Metrics, NoMetrics
from bot.services.ports import Clock, DiscordGateway
from bot.services.repositories import UnitOfWork

LONGEST_REASON = 512
"""Discord's limit for an audit-log reason, in characters."""
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
        self, member: MemberSnapshot, guild_id: int, decisions: Sequence[RoleDecision]
    ) -> Sequence[Written]:
        """Carry out decisions for one member who was looked up just before.

        One changed role is one atomic PUT or DELETE; several are one PATCH of the list that was just read. An empty
        list is not trusted with that: Discord has been seen to leave all roles out, and the PATCH would take them.
        """
        written = await self._write(member, guild_id, decisions)
        for write in written:
            self._metrics.role_write(write.action, write.outcome)
        return written

    async def _write(
        self, member: MemberSnapshot, guild_id: int, decisions: Sequence[RoleDecision]
    ) -> Sequence[Written]:
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            return [Written(decision, RoleOutcome.UNREACHABLE) for decision in decisions]
        refusals = {decision.role_id: _refusal(guild, decision) for decision in decisions}
        refused = [refusal for refusal in refusals.values() if refusal is not None]
        possible = [decision for decision in decisions if refusals[decision.role_id] is None]
        if len(possible) < 2 or not member.role_ids:
            return refused + [await self._write_one(member, guild_id, decision) for decision in possible]
        outcome = await self._write_together(member, guild_id, possible)
        if outcome in (RoleOutcome.FORBIDDEN, RoleOutcome.ROLE_GONE):
            # The answer does not say which of the roles it is about.
            return refused + [await self._write_one(member, guild_id, decision) for decision in possible]
        return refused + [Written(decision, outcome) for decision in possible]

    async def stop_rule(self, unit: UnitOfWork, write: Written) -> None:
        """Stop the rule whose role is gone or forbidden, so that the bot does not knock on a closed door."""
        rule = write.decision.rule
        if write.outcome is RoleOutcome.ROLE_GONE and rule is not None:
            await unit.ledger.remove_role(rule.guild_id, rule.role_id)
        if rule is None:
            return
        state = RuleState.ROLE_GONE if write.outcome is RoleOutcome.ROLE_GONE else RuleState.BLOCKED
        note = write.problem or _discord_said(write)
        if await unit.rules.stop(rule.guild_id, rule.role_id, state, note):
            line = AuditLine(self._clock.now(), rule.guild_id, None, AuditAction.RULE_STOPPED, rule.role_name, "", note)
            await unit.audit.add(line)

    async def announce_stopped_rules(self, guild_id: int, written: Sequence[Written]) -> None:
        """Tell the server's admins which rules were stopped."""
        for write in written:
            if write.outcome not in (RoleOutcome.ROLE_GONE, RoleOutcome.FORBIDDEN):
                continue
            rule = write.decision.rule
            note = write.problem or _discord_said(write)
            if rule is None:
                text = (
                    f"**Holdfast could not take back <@&{write.decision.role_id}>** after its rule was removed. {note}"
                )
            else:
                text = (
                    f"**The rule for “{plain(rule.role_name)}” is stopped.** {note} Nobody gets or loses the role "
                    "until then. When it is put right, use `/rule resume`."
                )
            await self._guild_log.post(guild_id, text)

    async def _write_one(self, member: MemberSnapshot, guild_id: int, decision: RoleDecision) -> Written:
        reason = audit_reason(decision)
        write = self._gateway.give_role if decision.plan.step is Step.GIVE else self._gateway.take_role
        return Written(decision, await write(guild_id, member.user_id, decision.role_id, reason))

    async def _write_together(
        self, member: MemberSnapshot, guild_id: int, decisions: Sequence[RoleDecision]
    ) -> RoleOutcome:
        role_ids = set(member.role_ids)
        for decision in decisions:
            if decision.plan.step is Step.GIVE:
                role_ids.add(decision.role_id)
            else:
                role_ids.discard(decision.role_id)
        reason = " | ".join(audit_reason(decision) for decision in decisions)[:LONGEST_REASON]
        return await self._gateway.set_roles(guild_id, member.user_id, frozenset(role_ids), reason)


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


def _discord_said(write: Written) -> str:
    if write.outcome is RoleOutcome.ROLE_GONE:
        return _ROLE_DELETED
    return (
        "Discord refused to let Holdfast change this role. Check that Holdfast has Manage Roles and that its own role "
        "is above this one under Server Settings > Roles."
    )

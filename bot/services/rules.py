"""Configuring a server's rules."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.drafts import Proposal
from bot.domain.errors import UserError
from bot.domain.expressions import Expression
from bot.domain.guilds import GuildSnapshot
from bot.domain.ledger import LedgerState
from bot.domain.markup import plain
from bot.domain.members import Unreachable
from bot.domain.rules import Rule, RuleState
from bot.services.admins import Admin
from bot.services.loose_ends import RULE_REMOVED, tie_up, tie_up_role
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.repositories import UnitOfWork
from bot.services.rule_plans import (
    DangerousRoleError,
    RuleChange,
    check_role,
    planned,
    read_expression,
    rule_of,
    summary,
)


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule and how many members have its role from the bot."""

    rule: Rule
    holders: int


Claim = Callable[[UnitOfWork, RuleChange], Awaitable[None]]
"""Looks, in the transaction that makes a change, whether it may be made. Raises `UserError` when not."""


async def _unclaimed(_unit: UnitOfWork, _change: RuleChange) -> None:
    """Nobody waits for the change."""


class RuleAdmin:
    """The use cases of `/rule`."""

    def __init__(self, store: Store, gateway: DiscordGateway, clock: Clock, default_grace: timedelta) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._default_grace = default_grace

    async def plan(self, admin: Admin, proposal: Proposal) -> RuleChange:
        """Say what a change would come to, without making it.

        Raises `UserError` for a role that the bot or the admin cannot hand out, or a bad requirement.
        """
        guild = await self._guild(admin.guild_id)
        async with self._store.unit() as unit:
            return await planned(unit, guild, admin, proposal, self._default_grace)

    async def change(
        self, admin: Admin, proposal: Proposal, accepted: Sequence[str] = (), claim: Claim = _unclaimed
    ) -> RuleChange:
        """Make a change. `accepted`: the dangerous permissions that the admin was shown and agreed to hand out.

        Raises `UserError` as `plan` does, and `DangerousRoleError` for permissions that were not accepted.
        """
        guild = await self._guild(admin.guild_id)
        async with self._store.unit() as unit:
            change = await planned(unit, guild, admin, proposal, self._default_grace)
            if not set(change.dangers) <= set(accepted):
                raise DangerousRoleError(change)
            await claim(unit, change)
            await unit.rules.begin_change(admin.guild_id)
            return await self._carry_out(unit, admin, change)

    async def read_expression(self, guild_id: int, requirement: str) -> Expression:
        """Read an expression over the server's collections. Raises `UserError` for a bad one."""
        async with self._store.reading() as unit:
            return await read_expression(unit, guild_id, requirement)

    async def as_if(self, guild_id: int, role_id: int, role_name: str, expression: Expression | None) -> Rule:
        """The rule of a role, with another expression if one is given; then the role need not have a rule yet.

        Raises `UserError` when there is neither.
        """
        async with self._store.reading() as unit:
            if expression is None:
                return await rule_of(unit, guild_id, role_id)
            rule = await unit.rules.of_role(guild_id, role_id)
            settings = await unit.settings.get(guild_id)
        grace = self._default_grace if settings.grace is None else settings.grace
        return (
            replace(rule, expression=expression) if rule else Rule(0, guild_id, role_id, role_name, expression, grace)
        )

    async def of_deleted_roles(self, guild_id: int, typed: str = "") -> Sequence[Rule]:
        """Rules whose role does not exist any more, by what was typed of the role's name or its id.

        Raises `UserError` when Discord does not answer.
        """
        guild = await self._guild(guild_id)
        wanted = typed.strip().lower().removeprefix("@")
        async with self._store.reading() as unit:
            rules = await unit.rules.of_guild(guild_id)
        gone = [rule for rule in rules if guild.role(rule.role_id) is None]
        exact = [rule for rule in gone if wanted in (str(rule.role_id), rule.role_name.lower())]
        return exact or [rule for rule in gone if wanted in rule.role_name.lower()]

    async def pause(self, admin: Admin, role_id: int) -> Rule:
        """Freeze a rule: nobody gets or loses its role until it is resumed."""
        async with self._store.unit() as unit:
            rule = await rule_of(unit, admin.guild_id, role_id)
            if rule.state is not RuleState.ACTIVE:
                raise UserError(
                    f"The rule for “{plain(rule.role_name)}” is not running, so there is nothing to pause: "
                    f"{_state_in_words(rule)}"
                )
            paused = replace(rule, state=RuleState.PAUSED, state_note=f"paused by <@{admin.user_id}>")
            await unit.rules.save(paused)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_PAUSED, rule, "running", "paused")
        return paused

    async def resume(self, admin: Admin, role_id: int) -> Rule:
        """Let a paused or stopped rule run again, once its role can be handed out."""
        guild = await self._guild(admin.guild_id)
        async with self._store.unit() as unit:
            rule = await rule_of(unit, admin.guild_id, role_id)
        if rule.state is RuleState.ACTIVE:
            raise UserError(f"The rule for “{plain(rule.role_name)}” is running already.")
        check_role(guild, admin, role_id)
        role = guild.role(role_id)
        resumed = replace(rule, state=RuleState.ACTIVE, state_note="", role_name=role.name if role else rule.role_name)
        async with self._store.unit() as unit:
            await unit.rules.save(resumed)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_RESUMED, rule, rule.state.value, "running")
        return resumed

    async def of_guild(self, guild_id: int) -> Sequence[RuleUse]:
        """All rules of a server with the number of their holders."""
        async with self._store.reading() as unit:
            return [
                RuleUse(rule, len(await unit.ledger.of_role(guild_id, rule.role_id)))
                for rule in await unit.rules.of_guild(guild_id)
            ]

    async def _carry_out(self, unit: UnitOfWork, admin: Admin, change: RuleChange) -> RuleChange:
        before, after = change.before, change.after
        await unit.members.touch_guild(admin.guild_id)
        await unit.sweeps.cut(admin.guild_id, self._clock.now())  # so that what follows can be undone by itself
        if after is None:
            removed = change.rule
            await unit.rules.remove(removed.id)
            if change.take_roles:
                await unit.ledger.waive_grace(guild_id=admin.guild_id, role_id=removed.role_id)
            else:
                await tie_up_role(unit, admin.guild_id, removed.role_id, self._clock.now(), RULE_REMOVED)
                await unit.ledger.remove_role(admin.guild_id, removed.role_id)
            note = "roles taken back" if change.take_roles else "roles left with their holders"
            await self._audit(unit, admin, AuditAction.RULE_REMOVED, removed, summary(removed), note)
            return change
        if before is None:
            taking = await unit.ledger.of_role(after.guild_id, after.role_id, (LedgerState.TAKING,))
            adopted = [entry for entry in taking if entry.under_new_rule is None]
            await tie_up(unit, adopted, self._clock.now(), RULE_REMOVED)
            await unit.ledger.begin_anew(after.guild_id, after.role_id)
            added = await unit.rules.add(after.guild_id, after.role_id, after.role_name, after.expression, after.grace)
            await self._audit(unit, admin, AuditAction.RULE_ADDED, added, "", summary(added))
            return replace(change, after=added)
        await unit.rules.save(after)
        if after.expression != before.expression:
            await unit.ledger.release_kept(admin.guild_id, role_id=after.role_id)
        await self._audit(unit, admin, AuditAction.RULE_EDITED, after, summary(before), summary(after))
        return change

    async def _guild(self, guild_id: int) -> GuildSnapshot:
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            raise UserError(
                "Discord does not answer at the moment, so the role cannot be checked and nothing was changed. "
                "Try again in a minute."
            )
        return guild

    async def _audit(
        self, unit: UnitOfWork, admin: Admin, action: AuditAction, rule: Rule, before: str = "", after: str = ""
    ) -> None:
        line = AuditLine(self._clock.now(), admin.guild_id, admin.user_id, action, rule.role_name, before, after)
        await unit.audit.add(line)


def _state_in_words(rule: Rule) -> str:
    return rule.state_note or rule.state.value

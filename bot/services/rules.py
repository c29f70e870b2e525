"""Configuring a server's rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.assignability import dangerous_permissions, why_not_allowed, why_not_assignable
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.durations import format_duration
from bot.domain.errors import UserError
from bot.domain.expressions import Expression, render
from bot.domain.grammar import parse
from bot.domain.guilds import GuildSnapshot
from bot.domain.markup import plain
from bot.domain.members import Unreachable
from bot.domain.rules import Rule, RuleState
from bot.services.admins import Admin
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.repositories import UnitOfWork

MOST_RULES = 250


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that was just made or changed, and what its admin should know about it."""

    rule: Rule
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule and how many members have its role from the bot."""

    rule: Rule
    holders: int


class RuleAdmin:
    """The use cases of `/rule`."""

    def __init__(self, store: Store, gateway: DiscordGateway, clock: Clock, default_grace: timedelta) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._default_grace = default_grace

    async def add(self, admin: Admin, role_id: int, requirement: str, grace: timedelta | None) -> RuleChange:
        """Make a rule. Raises `UserError` for a role the bot or the admin cannot hand out, or a bad requirement."""
        guild = await self._guild(admin.guild_id)
        _check_role(guild, admin, role_id)
        role = guild.role(role_id)
        role_name = role.name if role else str(role_id)
        async with self._store.unit() as unit:
            rules = await unit.rules.of_guild(admin.guild_id)
            if len(rules) >= MOST_RULES:
                raise UserError(
                    f"This server has {MOST_RULES} rules, which is the most there can be. "
                    "Remove one with `/rule remove` first."
                )
            expression = await _parse(unit, admin.guild_id, requirement)
            settings = await unit.settings.get(admin.guild_id)
            chosen = (
                grace if grace is not None else settings.grace if settings.grace is not None else self._default_grace
            )
            rule = await unit.rules.add(admin.guild_id, role_id, role_name, expression, chosen)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_ADDED, rule, "", _summary(rule))
        return RuleChange(rule, _warnings(guild, role_id))

    async def edit(self, admin: Admin, role_id: int, requirement: str | None, grace: timedelta | None) -> RuleChange:
        """Change a rule's requirement or grace. Raises `UserError` as `add` does."""
        if requirement is None and grace is None:
            raise UserError("Nothing to change was given. Give a new `expression`, a new `grace`, or both.")
        guild = await self._guild(admin.guild_id)
        _check_actor(guild, admin, role_id)
        async with self._store.unit() as unit:
            before = await _rule_of(unit, admin.guild_id, role_id)
            after = before
            if requirement is not None:
                after = replace(after, expression=await _parse(unit, admin.guild_id, requirement))
            if grace is not None:
                after = replace(after, grace=grace)
            await unit.rules.save(after)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_EDITED, after, _summary(before), _summary(after))
        return RuleChange(after, _warnings(guild, role_id))

    async def remove(self, admin: Admin, role_id: int, *, take_roles: bool) -> RuleUse:
        """Remove a rule. Its holders keep the role unless `take_roles`; only roles the bot gave are ever taken."""
        guild = await self._guild(admin.guild_id)
        _check_actor(guild, admin, role_id)
        async with self._store.unit() as unit:
            rule = await _rule_of(unit, admin.guild_id, role_id)
            holders = len(await unit.ledger.of_role(admin.guild_id, role_id))
            await unit.rules.remove(rule.id)
            if take_roles:
                await unit.ledger.waive_grace(guild_id=admin.guild_id, role_id=role_id)
            else:
                await unit.ledger.remove_role(admin.guild_id, role_id)
            await unit.members.touch_guild(admin.guild_id)
            after = "roles taken back" if take_roles else "roles left with their holders"
            await self._audit(unit, admin, AuditAction.RULE_REMOVED, rule, _summary(rule), after)
        return RuleUse(rule, holders)

    async def of_deleted_roles(self, guild_id: int, typed: str = "") -> Sequence[Rule]:
        """Rules whose role does not exist any more, by what was typed of the role's name or its id.

        Raises `UserError` when Discord does not answer.
        """
        guild = await self._guild(guild_id)
        wanted = typed.strip().lower().removeprefix("@")
        async with self._store.unit() as unit:
            rules = await unit.rules.of_guild(guild_id)
        gone = [rule for rule in rules if guild.role(rule.role_id) is None]
        exact = [rule for rule in gone if wanted in (str(rule.role_id), rule.role_name.lower())]
        return exact or [rule for rule in gone if wanted in rule.role_name.lower()]

    async def pause(self, admin: Admin, role_id: int) -> Rule:
        """Freeze a rule: nobody gets or loses its role until it is resumed."""
        async with self._store.unit() as unit:
            rule = await _rule_of(unit, admin.guild_id, role_id)
            if rule.state is not RuleState.ACTIVE:
                raise UserError(
                    f"The rule for “{plain(rule.role_name)}” is not running, so there is nothing to pause: "
                    f"{_state_in_words(rule)}"
                )
            paused = replace(rule, state=RuleState.PAUSED, state_note=f"paused by <@{admin.user_id}>")
            await unit.rules.save(paused)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_PAUSED, rule)
        return paused

    async def resume(self, admin: Admin, role_id: int) -> Rule:
        """Let a paused or stopped rule run again, once its role can be handed out."""
        guild = await self._guild(admin.guild_id)
        async with self._store.unit() as unit:
            rule = await _rule_of(unit, admin.guild_id, role_id)
        if rule.state is RuleState.ACTIVE:
            raise UserError(f"The rule for “{plain(rule.role_name)}” is running already.")
        _check_role(guild, admin, role_id)
        role = guild.role(role_id)
        resumed = replace(rule, state=RuleState.ACTIVE, state_note="", role_name=role.name if role else rule.role_name)
        async with self._store.unit() as unit:
            await unit.rules.save(resumed)
            await unit.members.touch_guild(admin.guild_id)
            await self._audit(unit, admin, AuditAction.RULE_RESUMED, rule)
        return resumed

    async def of_guild(self, guild_id: int) -> Sequence[RuleUse]:
        """All rules of a server with the number of their holders."""
        async with self._store.unit() as unit:
            return [
                RuleUse(rule, len(await unit.ledger.of_role(guild_id, rule.role_id)))
                for rule in await unit.rules.of_guild(guild_id)
            ]

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


async def _parse(unit: UnitOfWork, guild_id: int, requirement: str) -> Expression:
    known = [collection.name for collection in await unit.collections.of_guild(guild_id)]
    if not known:
        raise UserError(
            "This server has no collections yet, so a rule has nothing to count. Add one with `/collection add`."
        )
    return parse(requirement, known)


async def _rule_of(unit: UnitOfWork, guild_id: int, role_id: int) -> Rule:
    rule = await unit.rules.of_role(guild_id, role_id)
    if rule is None:
        raise UserError(f"There is no rule for <@&{role_id}>. See the rules with `/rule list`.")
    return rule


def _check_role(guild: GuildSnapshot, admin: Admin, role_id: int) -> None:
    problem = why_not_assignable(guild, role_id)
    if problem is not None:
        raise UserError(problem)
    _check_actor(guild, admin, role_id)


def _check_actor(guild: GuildSnapshot, admin: Admin, role_id: int) -> None:
    problem = why_not_allowed(guild, role_id, admin.user_id, admin.role_ids)
    if problem is not None:
        raise UserError(problem)


def _warnings(guild: GuildSnapshot, role_id: int) -> tuple[str, ...]:
    role = guild.role(role_id)
    dangerous = dangerous_permissions(role) if role else ()
    if not dangerous:
        return ()
    return (
        f"This role carries {', '.join(dangerous)}. Everybody who meets the requirement gets these permissions, also "
        "somebody who just bought the NFT. Consider a role without them.",
    )


def _summary(rule: Rule) -> str:
    return f"{render(rule.expression)} (grace {format_duration(rule.grace)})"


def _state_in_words(rule: Rule) -> str:
    return rule.state_note or rule.state.value

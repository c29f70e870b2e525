"""What a proposed change of a rule comes to: checked, and not made yet."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.assignability import dangerous_permissions, why_not_allowed, why_not_assignable
from bot.domain.drafts import DraftKind, Proposal, basis_of
from bot.domain.durations import format_duration
from bot.domain.errors import RoleTakenError, UserError
from bot.domain.expressions import Expression, render
from bot.domain.grammar import parse
from bot.domain.guilds import GuildSnapshot
from bot.domain.markup import plain
from bot.domain.rules import Rule
from bot.services.admins import Admin
from bot.services.repositories import UnitOfWork

MOST_RULES = 250


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of a rule, planned or done. `before` is None for a new rule, `after` for one that is removed."""

    before: Rule | None
    after: Rule | None
    holders: int
    """How many members have the role from the bot."""
    dangers: tuple[str, ...] = ()
    """The permissions that make the role a risk when a rule hands it out."""
    take_roles: bool = False

    @property
    def rule(self) -> Rule:
        """The rule as it will be, or as it was when it is removed."""
        rule = self.after or self.before
        if rule is None:
            raise ValueError("a change is about a rule")
        return rule


class DangerousRoleError(UserError):
    """The role carries permissions that nobody has accepted to hand out; `change` is what was asked for."""

    def __init__(self, change: RuleChange) -> None:
        super().__init__(
            f"This role carries {', '.join(change.dangers)}. Everybody who meets the requirement would get these "
            "permissions, so that needs a second confirmation. Nothing was changed."
        )
        self.change = change


async def planned(
    unit: UnitOfWork, guild: GuildSnapshot, admin: Admin, proposal: Proposal, default_grace: timedelta
) -> RuleChange:
    """Say what a proposal comes to now.

    Raises `UserError` for a role that the bot or the admin cannot hand out, or a bad requirement.
    """
    holders = len(await unit.ledger.of_role(admin.guild_id, proposal.role_id))
    match proposal.kind:
        case DraftKind.ADD:
            check_role(guild, admin, proposal.role_id)
            after = await _new_rule(unit, guild, proposal, default_grace)
            return RuleChange(None, after, holders, _dangers(guild, proposal.role_id))
        case DraftKind.EDIT:
            check_actor(guild, admin, proposal.role_id)
            before = await rule_of(unit, guild.guild_id, proposal.role_id)
            after = await _edited(unit, before, proposal)
            return RuleChange(before, after, holders, _dangers(guild, proposal.role_id))
        case DraftKind.REMOVE:
            check_actor(guild, admin, proposal.role_id)
            before = await rule_of(unit, guild.guild_id, proposal.role_id)
            return RuleChange(before, None, holders, take_roles=proposal.take_roles)


async def _new_rule(unit: UnitOfWork, guild: GuildSnapshot, proposal: Proposal, default_grace: timedelta) -> Rule:
    rules = await unit.rules.of_guild(guild.guild_id)
    role = guild.role(proposal.role_id)
    role_name = role.name if role else str(proposal.role_id)
    if len(rules) >= MOST_RULES:
        raise UserError(
            f"This server has {MOST_RULES} rules, which is the most there can be. Remove one with `/rule remove` first."
        )
    expression = await read_expression(unit, guild.guild_id, proposal.requirement or "")
    if any(rule.role_id == proposal.role_id for rule in rules):
        raise RoleTakenError(f"There is a rule for the role “{plain(role_name)}” already. Change it with `/rule edit`.")
    settings = await unit.settings.get(guild.guild_id)
    wanted = (proposal.grace, settings.grace, default_grace)
    grace = next(span for span in wanted if span is not None)
    return Rule(0, guild.guild_id, proposal.role_id, role_name, expression, grace)


def check_basis(change: RuleChange, basis: str) -> None:
    """Raise `UserError` when somebody has changed the rule since it was `basis`."""
    now = change.before
    if now is None or basis_of(now) == basis:
        return
    raise UserError(
        f"The rule for “{plain(now.role_name)}” was changed in the meantime, so the preview is out of date: it now "
        f"asks for {summary(now)}. Your change was not made. Use the command again to see what it would do now."
    )


async def _edited(unit: UnitOfWork, before: Rule, proposal: Proposal) -> Rule:
    if proposal.requirement is None and proposal.grace is None:
        raise UserError("Nothing to change was given. Give a new `expression`, a new `grace`, or both.")
    after = before
    if proposal.requirement is not None:
        after = replace(after, expression=await read_expression(unit, before.guild_id, proposal.requirement))
    if proposal.grace is not None:
        after = replace(after, grace=proposal.grace)
    return after


async def read_expression(unit: UnitOfWork, guild_id: int, requirement: str) -> Expression:
    """Read an expression over the server's collections. Raises `UserError` for a bad one."""
    known = [collection.name for collection in await unit.collections.of_guild(guild_id)]
    if not known:
        raise UserError(
            "This server has no collections yet, so a rule has nothing to count. Add one with `/collection add`."
        )
    return parse(requirement, known)


async def rule_of(unit: UnitOfWork, guild_id: int, role_id: int) -> Rule:
    """The rule of a role. Raises `UserError` when it has none."""
    rule = await unit.rules.of_role(guild_id, role_id)
    if rule is None:
        raise UserError(f"There is no rule for <@&{role_id}>. See the rules with `/rule list`.")
    return rule


def check_role(guild: GuildSnapshot, admin: Admin, role_id: int) -> None:
    """Raise `UserError` for a role that the bot or the admin cannot hand out."""
    problem = why_not_assignable(guild, role_id)
    if problem is not None:
        raise UserError(problem)
    check_actor(guild, admin, role_id)


def check_actor(guild: GuildSnapshot, admin: Admin, role_id: int) -> None:
    """Raise `UserError` for a role that the admin cannot hand out."""
    problem = why_not_allowed(guild, role_id, admin.user_id, admin.role_ids)
    if problem is not None:
        raise UserError(problem)


def _dangers(guild: GuildSnapshot, role_id: int) -> tuple[str, ...]:
    role = guild.role(role_id)
    return dangerous_permissions(role) if role else ()


def summary(rule: Rule) -> str:
    """What a rule asks for, in one line."""
    return f"{render(rule.expression)} (grace {format_duration(rule.grace)})"

"""Checks of what Discord lets the bot do in a server: permissions, the order of roles, the rules' roles, channels."""

from collections.abc import Iterator, Sequence

from bot.domain.assignability import (
    can_manage_roles,
    dangerous_permissions,
    highest_role,
    why_not_assignable,
)
from bot.domain.budgets import RefusalFigures
from bot.domain.durations import format_duration
from bot.domain.expressions import names
from bot.domain.guilds import ChannelState, GuildSnapshot
from bot.domain.markup import plain
from bot.domain.members import Unreachable
from bot.domain.rules import Rule, RuleState
from bot.services.doctor.facts import GuildFacts
from bot.services.doctor.results import CheckResult, bad, good, warning

_MOST_NAMES = 5


def check_permissions(guild: GuildSnapshot) -> CheckResult:
    """Whether the bot may give and take roles at all."""
    label = "Permissions"
    if not can_manage_roles(guild):
        return bad(
            label,
            "Holdfast lacks the Manage Roles permission, so it can neither give nor take a role.",
            "Give it that permission under Server Settings > Roles.",
        )
    if guild.mfa_blocks_bot:
        return bad(
            label,
            "This server requires two-factor authentication for moderators, and the owner of this bot application has "
            "none, so Discord refuses every role change.",
            "The owner of the bot application must switch it on for their Discord account.",
        )
    return good(label, "Holdfast may manage roles.")


def check_role_order(guild: GuildSnapshot, rules: Sequence[Rule]) -> CheckResult:
    """Whether the bot's own role stands above all roles that its rules give."""
    label, own = "Role order", highest_role(guild)
    if own is None:
        return bad(
            label,
            "Holdfast has no role of its own here, so it stands below all others.",
            "Invite it again with the link from its host, which makes that role.",
        )
    roles = [role for rule in rules if (role := guild.role(rule.role_id)) is not None]
    above = [plain(role.name) for role in roles if role.position >= own.position]
    if above:
        return bad(
            label,
            f"These roles are not below “{plain(own.name)}”, which is Holdfast's own highest role, so Discord does not "
            f"let it give or take them: {_listed(above)}.",
            f"Drag “{plain(own.name)}” above them under Server Settings > Roles.",
        )
    return good(label, f"“{plain(own.name)}” is above all roles that the rules give.")


def check_rules(guild: GuildSnapshot, facts: GuildFacts) -> Iterator[CheckResult]:
    """Every rule: whether it runs, and whether it could."""
    if not facts.rules:
        yield warning("Rules", "There are no rules yet.", "Make one with `/rule add`.")
    known = {collection.name for collection in facts.collections}
    for rule in facts.rules:
        if not (rule.state is RuleState.ACTIVE and _is_told_of_already(guild, rule)):
            yield _check_rule(guild, rule, known)


def check_budget(figures: RefusalFigures) -> Sequence[CheckResult]:
    """How many requests Discord refused lately, over all servers. Few are everyday, and not worth a line."""
    label, window = "Refused requests", format_duration(figures.window)
    used = f"Discord refused {figures.used} of Holdfast's requests within {window}"
    if not figures.is_open:
        return (
            bad(
                label,
                f"{used}, so Holdfast has stopped asking until that is over: no role changes meanwhile, anywhere.",
                "The host's log says what was refused. Often another program uses the same bot token.",
            ),
        )
    if figures.used * 5 < figures.limit:
        return ()
    return (
        warning(
            label,
            f"{used}. At {figures.limit} it stops asking for a while, as Discord bans those who go on.",
            "The host's log says what was refused. Often another program uses the same bot token.",
        ),
    )


def check_channel(label: str, channel_id: int, state: ChannelState | Unreachable, loss: str) -> CheckResult:
    """Whether posts into a channel arrive. `loss` says what that means for people: “so admins are not told …”."""
    match state:
        case ChannelState.OPEN:
            return good(label, f"Holdfast can post in <#{channel_id}>.")
        case ChannelState.CLOSED:
            return bad(
                label,
                f"Holdfast may not post in <#{channel_id}>, {loss}.",
                "Give it View Channel and Send Messages there, or choose another one with `/settings set`.",
            )
        case ChannelState.GONE:
            return bad(
                label,
                f"The channel does not exist any more, {loss}.",
                "Choose another one with `/settings set`.",
            )
        case Unreachable():
            return warning(label, f"Discord does not answer about <#{channel_id}>.", "Try again soon.")


def _is_told_of_already(guild: GuildSnapshot, rule: Rule) -> bool:
    """Whether permissions or the order of roles are all that is wrong with a rule: they have findings of their own."""
    if guild.mfa_blocks_bot or not can_manage_roles(guild):
        return True
    role, own = guild.role(rule.role_id), highest_role(guild)
    return role is not None and not role.managed and (own is None or role.position >= own.position)


def _check_rule(guild: GuildSnapshot, rule: Rule, known: set[str]) -> CheckResult:
    label = f"Rule for “{plain(rule.role_name)}”"
    role = guild.role(rule.role_id)
    if role is None:
        return bad(
            label,
            "Its role does not exist any more, so the rule does nothing.",
            "Remove the rule with the option `deleted` of `/rule remove`; for a new role, make a new rule.",
        )
    if rule.state is RuleState.PAUSED:
        by = f" ({rule.state_note})" if rule.state_note else ""
        return warning(label, f"It is paused{by}: nobody gets or loses the role.", "Resume it with `/rule resume`.")
    problem = why_not_assignable(guild, rule.role_id)
    if problem is not None:
        return bad(label, problem, "Then use `/rule resume`." if rule.state is not RuleState.ACTIVE else "")
    if rule.state is not RuleState.ACTIVE:
        return bad(
            label,
            f"It was stopped: {rule.state_note or 'Discord refused the role.'}",
            "The cause seems gone: use `/rule resume`.",
        )
    missing = sorted(set(names(rule.expression)) - known)
    if missing:
        return bad(
            label,
            f"It names {_listed([f'`{name}`' for name in missing])}, which is no collection of this server any more. "
            "What rests on that stays as it is.",
            "Change the rule with `/rule edit`, or add the collection again with `/collection add`.",
        )
    dangerous = dangerous_permissions(role)
    if dangerous:
        return warning(
            label,
            f"The role carries {', '.join(dangerous)}: whoever meets the requirement gets that too.",
            "Consider a role without these permissions.",
        )
    return good(label, "The role can be given and taken.")


def _listed(items: Sequence[str]) -> str:
    left_out = len(items) - _MOST_NAMES
    return ", ".join(items[:_MOST_NAMES]) + (f" and {left_out} more" if left_out > 0 else "")

"""Whether the bot can hand out a role, and whether an admin may tell it to.

Facts: Discord refuses role writes when the bot lacks Manage Roles, when the role is not strictly below the bot's own
highest role, when the role is managed (bots, integrations, boosters, subscriptions, linked roles) or is @everyone,
and when the server requires two-factor authentication of moderators that the app's owner does not have.
https://discord.com/developers/docs/topics/permissions#permission-hierarchy
"""

from bot.domain.guilds import GuildSnapshot, RoleSnapshot
from bot.domain.markup import plain

ADMINISTRATOR = 1 << 3
MANAGE_ROLES = 1 << 28

_DANGEROUS = {
    1 << 1: "Kick Members",
    1 << 2: "Ban Members",
    ADMINISTRATOR: "Administrator",
    1 << 4: "Manage Channels",
    1 << 5: "Manage Server",
    1 << 13: "Manage Messages",
    1 << 17: "Mention Everyone",
    MANAGE_ROLES: "Manage Roles",
    1 << 29: "Manage Webhooks",
    1 << 40: "Time Out Members",
}


def why_not_assignable(guild: GuildSnapshot, role_id: int) -> str | None:
    """Say why the bot cannot hand out a role, and what an admin can do about it; None when it can."""
    role = guild.role(role_id)
    if role is None:
        return "The role does not exist any more. Choose another one."
    name = plain(role.name)
    if role.id == guild.guild_id:
        return "@everyone is on every member already; it cannot be given or taken. Choose another role."
    if role.managed:
        return (
            f"The role “{name}” is managed by Discord or an integration (a bot, boosts, a subscription or linked "
            "roles), so no bot can give or take it. Choose or make an ordinary role."
        )
    if not can_manage_roles(guild):
        return (
            "Holdfast lacks the Manage Roles permission in this server. "
            "Give it that permission under Server Settings > Roles."
        )
    if role.position >= _top(guild, guild.bot_role_ids):
        return (
            f"The role “{name}” is not below Holdfast's own highest role, so Discord will not let Holdfast give "
            f"it. Drag Holdfast's role above “{name}” under Server Settings > Roles."
        )
    if guild.mfa_blocks_bot:
        return (
            "This server requires two-factor authentication for moderators, and the owner of this bot application "
            "has none. The owner must switch it on for their Discord account."
        )
    return None


def why_not_allowed(guild: GuildSnapshot, role_id: int, actor_id: int, actor_role_ids: frozenset[int]) -> str | None:
    """Say why an admin may not make a rule for a role; None when they may.

    Without this check a rule would let admins hand out roles that Discord does not let them hand out themselves.
    """
    role = guild.role(role_id)
    if role is None or actor_id == guild.owner_id:
        return None
    granted = _permissions(guild, actor_role_ids)
    if not granted & (MANAGE_ROLES | ADMINISTRATOR):
        return "You need the Manage Roles permission yourself to make a rule that hands out a role."
    if role.position >= _top(guild, actor_role_ids):
        return (
            f"The role “{plain(role.name)}” is not below your own highest role, so you could not hand it out yourself. "
            "Ask somebody with a higher role, or the server's owner."
        )
    return None


def dangerous_permissions(role: RoleSnapshot) -> tuple[str, ...]:
    """Names of the permissions that make a role a risk when it is handed out by a rule."""
    return tuple(name for bit, name in _DANGEROUS.items() if role.permissions & bit)


def can_manage_roles(guild: GuildSnapshot) -> bool:
    """Whether the bot has the permission to give and take roles."""
    return bool(_permissions(guild, guild.bot_role_ids) & (MANAGE_ROLES | ADMINISTRATOR))


def highest_role(guild: GuildSnapshot) -> RoleSnapshot | None:
    """The bot's own highest role, below which a role must be for the bot to give it; None when it has none."""
    own = [role for role in guild.roles if role.id in guild.bot_role_ids and role.id != guild.guild_id]
    return max(own, key=lambda role: role.position, default=None)


def _permissions(guild: GuildSnapshot, role_ids: frozenset[int]) -> int:
    granted = 0
    for role in guild.roles:
        if role.id in role_ids or role.id == guild.guild_id:
            granted |= role.permissions
    return granted


def _top(guild: GuildSnapshot, role_ids: frozenset[int]) -> int:
    return max((role.position for role in guild.roles if role.id in role_ids), default=0)

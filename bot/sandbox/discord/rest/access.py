"""What the bot may reach and do: the checks that many routes share."""

from __future__ import annotations

from bot.sandbox.discord.errors import (
    missing_access,
    missing_permissions,
    unknown_guild,
    unknown_member,
    unknown_role,
    unknown_user,
)
from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.models import Channel, Member, Role
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import World

from .routing import Call


def guild_of(world: World, call: Call) -> GuildChanges:
    """The server in the path. Raises DiscordError 10004, or 50001 when the bot is not in it."""
    guild = world.guilds.get(call.id("guild_id"))
    if guild is None:
        raise unknown_guild()
    if not guild.has_bot:
        raise missing_access()
    return guild


def member_of(world: World, guild: GuildChanges, call: Call) -> Member:
    """The member in the path. Raises DiscordError 10013 for no such account, 10007 for not a member."""
    user_id = call.id("user_id")
    member = guild.members.get(user_id)
    if member is not None:
        return member
    raise unknown_member() if user_id in world.users else unknown_user()


def role_of(guild: GuildChanges, call: Call) -> Role:
    """The role in the path. Raises DiscordError 10011."""
    role = guild.roles.get(call.id("role_id"))
    if role is None:
        raise unknown_role()
    return role


def require(guild: GuildChanges, needed: Permission, channel: Channel | None = None) -> None:
    """Raises DiscordError 50013 when the bot lacks a permission, 50001 when it cannot see the channel."""
    bot = guild.member(guild.bot)
    if channel is not None and not guild.allows(bot, Permission.VIEW_CHANNEL, channel):
        raise missing_access()
    if not guild.allows(bot, needed, channel):
        raise missing_permissions()


def require_can_give(guild: GuildChanges, role: Role) -> None:
    """Raises DiscordError 50013 when the bot may not give or take this role.

    It needs Manage Roles, must outrank the role, and nobody gives or takes a managed role.
    """
    require(guild, Permission.MANAGE_ROLES)
    if role.managed or not guild.outranks(guild.member(guild.bot), role):
        raise missing_permissions()

"""What the REST API tells where no gateway connection keeps a cache: the bot's servers, and whether it can post."""

from collections.abc import Mapping, Sequence

import discord

from bot.domain.guilds import ChannelState, GuildSnapshot, ServerName
from bot.gateway.outcomes import DiscordCode

SERVERS_A_PAGE = 200
"""As many as Discord gives at once. https://discord.com/developers/docs/resources/user#get-current-user-guilds"""
_ADMINISTRATOR = 1 << 3
_NEEDED = discord.Permissions(view_channel=True, send_messages=True).value
_ROLE, _MEMBER = 0, 1
"""Whom an overwrite is for."""


async def fetched_servers(client: discord.Client, after: int) -> Sequence[ServerName]:
    """Return one page of the servers that the bot is in, by id. Raises what discord.py raises."""
    page = await client.http.get_guilds(SERVERS_A_PAGE, after=after or None, with_counts=False)
    return sorted((ServerName(int(data["id"]), data["name"]) for data in page), key=lambda server: server.id)


def channel_state(data: Mapping[str, object], guild: GuildSnapshot, bot_id: int) -> ChannelState:
    """Say whether the bot can post in a channel as the REST API described it.

    https://discord.com/developers/docs/topics/permissions#permission-overwrites
    """
    if data.get("guild_id") != str(guild.guild_id):
        return ChannelState.GONE
    granted = 0
    for role in guild.roles:
        if role.id in guild.bot_role_ids or role.id == guild.guild_id:
            granted |= role.permissions
    if granted & _ADMINISTRATOR:
        return ChannelState.OPEN
    overwrites = data.get("permission_overwrites")
    if isinstance(overwrites, list):
        granted = _overwritten(granted, overwrites, guild, bot_id)
    return ChannelState.OPEN if granted & _NEEDED == _NEEDED else ChannelState.CLOSED


def channel_trouble(error: BaseException) -> ChannelState | None:
    """Say what Discord's refusal to describe a channel means; None when it means nothing."""
    if not isinstance(error, discord.HTTPException):
        return None
    match error.code:
        case DiscordCode.UNKNOWN_CHANNEL:
            return ChannelState.GONE
        case DiscordCode.MISSING_ACCESS:
            return ChannelState.CLOSED
        case _:
            return None


def _overwritten(granted: int, overwrites: list[object], guild: GuildSnapshot, bot_id: int) -> int:
    """Apply a channel's overwrites in Discord's order: everyone's, then all roles' together, then the bot's own."""
    everyone, roles, own = [], [], []
    for overwrite in overwrites:
        if not isinstance(overwrite, dict):
            continue
        whom, change = int(overwrite["id"]), (int(overwrite["deny"]), int(overwrite["allow"]))
        if overwrite["type"] == _MEMBER and whom == bot_id:
            own.append(change)
        elif overwrite["type"] == _ROLE and whom == guild.guild_id:
            everyone.append(change)
        elif overwrite["type"] == _ROLE and whom in guild.bot_role_ids:
            roles.append(change)
    for changes in (everyone, roles, own):
        for deny, _ in changes:
            granted &= ~deny
        for _, allow in changes:
            granted |= allow
    return granted

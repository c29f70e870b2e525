"""What the gateway's cache, or else the REST API, tells of a server's roles."""

import discord

from bot.domain.guilds import GuildSnapshot, RoleSnapshot


def cached_snapshot(client: discord.Client, guild_id: int) -> GuildSnapshot | None:
    """Take a snapshot from the gateway's cache; None without a gateway, or while the server is unavailable."""
    guild = client.get_guild(guild_id)
    if guild is None or guild.unavailable or client.user is None or guild.get_member(client.user.id) is None:
        return None
    return _snapshot(client.user, guild, frozenset(role.id for role in guild.me.roles))


async def fetched_snapshot(client: discord.Client, guild_id: int) -> GuildSnapshot | None:
    """Take a snapshot over REST. Raises what discord.py raises; None before log-in."""
    if client.user is None:
        return None
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(client.user.id)
    return _snapshot(client.user, guild, frozenset(role.id for role in me.roles))


def _snapshot(user: discord.ClientUser, guild: discord.Guild, bot_role_ids: frozenset[int]) -> GuildSnapshot:
    needs_mfa = guild.mfa_level is discord.MFALevel.require_2fa
    return GuildSnapshot(
        guild_id=guild.id,
        name=guild.name,
        owner_id=guild.owner_id or 0,
        roles=tuple(_role(role) for role in guild.roles),
        bot_role_ids=bot_role_ids,
        mfa_blocks_bot=needs_mfa and not user.mfa_enabled,
    )


def _role(role: discord.Role) -> RoleSnapshot:
    tags = role.tags
    is_managed = role.managed or (
        tags is not None
        and (
            tags.bot_id is not None
            or tags.integration_id is not None
            or tags.is_premium_subscriber()
            or tags.subscription_listing_id is not None
            or tags.is_available_for_purchase()
            or tags.is_guild_connection()
        )
    )
    return RoleSnapshot(role.id, role.name, role.position, role.permissions.value, is_managed)

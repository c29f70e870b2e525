"""A server as API v10 writes it, for REST and for the gateway."""

from __future__ import annotations

from .guild_state import GuildState
from .ids import isoformat
from .jsontypes import Json
from .payloads import channel_payload, member_payload, role_payload


def guild_payload(guild: GuildState, *, with_counts: bool = False) -> dict[str, Json]:
    """The answer of `GET /guilds/{guild_id}`."""
    payload: dict[str, Json] = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner.id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 1,
        "roles": [role_payload(role) for role in guild.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 1 if guild.requires_mfa else 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 25_000_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }
    if with_counts:
        payload["approximate_member_count"] = len(guild.members)
        payload["approximate_presence_count"] = len(guild.members)
    return payload


def guild_create_payload(guild: GuildState) -> dict[str, Json]:
    """GUILD_CREATE. Without the presences intent Discord lists no member but the bot itself."""
    bot = guild.member(guild.bot)
    return {
        **guild_payload(guild),
        "joined_at": isoformat(bot.joined_at),
        "large": len(guild.members) > 250,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_payload(bot)],
        "channels": [channel_payload(channel) for channel in guild.channels.values()],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }

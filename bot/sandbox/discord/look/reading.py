"""The state of the sandbox as JSON, for `/sandbox/state.json`."""

from __future__ import annotations

from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.ids import isoformat
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.models import AuditEntry, Channel
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.world import World


def world_state(world: World) -> dict[str, Json]:
    """Everything worth seeing; the bot's token is not among it."""
    return {
        "application_id": str(world.application_id),
        "bot": {"id": str(world.bot.id), "name": world.bot.name},
        "users": [{"id": str(user.id), "name": user.name} for user in world.users.values()],
        "guilds": [_guild_state(guild) for guild in world.guilds.values()],
        "direct_messages": [_channel_state(channel) for channel in world.direct_messages],
        "commands": [command.payload(world.application_id) for command in world.commands.all(None)],
    }


def _guild_state(guild: GuildChanges) -> dict[str, Json]:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "has_bot": guild.has_bot,
        "roles": [
            {"id": str(role.id), "name": role.name, "position": role.position, "managed": role.managed}
            for role in guild.roles.values()
        ],
        "members": [
            {
                "id": str(member.user.id),
                "name": member.user.name,
                "joined_at": isoformat(member.joined_at),
                "pending": member.pending,
                "roles": [str(role_id) for role_id in sorted(member.role_ids)],
            }
            for member in guild.members.values()
        ],
        "channels": [_channel_state(channel) for channel in guild.channels.values()],
        "audit_log": [_entry_state(entry) for entry in guild.audit_log],
    }


def _channel_state(channel: Channel) -> dict[str, Json]:
    return {
        "id": str(channel.id),
        "name": channel.name,
        "messages": [message_payload(message) for message in channel.messages],
    }


def _entry_state(entry: AuditEntry) -> dict[str, Json]:
    return {
        "at": isoformat(entry.at),
        "actor": entry.actor.name,
        "action": entry.action.name.lower(),
        "target_id": None if entry.target_id is None else str(entry.target_id),
        "added_roles": [str(role_id) for role_id in entry.added_roles],
        "removed_roles": [str(role_id) for role_id in entry.removed_roles],
        "reason": entry.reason,
    }

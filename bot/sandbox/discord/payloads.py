"""State as Discord's API v10 writes it: ids are strings, times ISO 8601."""

from __future__ import annotations

from .ids import isoformat
from .jsontypes import Json, JsonObject
from .models import Attachment, AuditEntry, Channel, ChannelKind, Member, Message, Role, User


def user_payload(user: User) -> dict[str, Json]:
    """A user as others see it."""
    payload: dict[str, Json] = {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name.title(),
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    if user.bot:
        payload["bot"] = True
    return payload


def own_user_payload(user: User) -> dict[str, Json]:
    """The bot's own account, as `/users/@me` and READY give it."""
    return {
        **user_payload(user),
        "mfa_enabled": user.mfa_enabled,
        "locale": user.locale,
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def role_payload(role: Role) -> dict[str, Json]:
    """A role."""
    payload: dict[str, Json] = {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "managed": role.managed,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if role.tags is not None:
        payload["tags"] = role.tags
    return payload


def member_payload(member: Member, *, with_user: bool = True) -> dict[str, Json]:
    """A member; interactions leave the user out of resolved members."""
    payload: dict[str, Json] = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": member.flags,
        "joined_at": isoformat(member.joined_at),
        "nick": member.nick,
        "pending": member.pending,
        "premium_since": None,
        "roles": [str(role_id) for role_id in sorted(member.role_ids)],
        "mute": False,
        "deaf": False,
    }
    if with_user:
        payload["user"] = user_payload(member.user)
    return payload


def channel_payload(channel: Channel) -> dict[str, Json]:
    """A channel."""
    last: Json = str(channel.messages[-1].id) if channel.messages else None
    if channel.kind is ChannelKind.DM:
        return {
            "id": str(channel.id),
            "type": int(channel.kind),
            "last_message_id": last,
            "flags": 0,
            "recipients": [user_payload(user) for user in channel.recipients],
        }
    return {
        "id": str(channel.id),
        "type": int(channel.kind),
        "last_message_id": last,
        "flags": 0,
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "topic": channel.topic,
        "position": channel.position,
        "permission_overwrites": [
            {
                "id": str(target),
                "type": 1 if rule.for_member else 0,
                "allow": str(int(rule.allow)),
                "deny": str(int(rule.deny)),
            }
            for target, rule in channel.overwrites.items()
        ],
        "nsfw": False,
    }


def attachment_payload(attachment: Attachment, *, ephemeral: bool = False) -> dict[str, Json]:
    """A file of a message."""
    payload: dict[str, Json] = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.file.content_type,
    }
    if attachment.description is not None:
        payload["description"] = attachment.description
    if ephemeral:
        payload["ephemeral"] = True
    return payload


def message_payload(message: Message, application_id: int | None = None) -> dict[str, Json]:
    """A message; with the application id for those that the bot sent."""
    payload: dict[str, Json] = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.kind,
        "content": message.content,
        "author": user_payload(message.author),
        "attachments": [attachment_payload(one, ephemeral=message.ephemeral) for one in message.attachments],
        "embeds": list(message.embeds),
        "components": list(message.components),
        "mentions": [user_payload(user) for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "mention_everyone": message.mentions_everyone,
        "timestamp": isoformat(message.created_at),
        "edited_timestamp": None if message.edited_at is None else isoformat(message.edited_at),
        "flags": int(message.flags),
        "pinned": False,
        "tts": False,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.reply_to is not None:
        payload["message_reference"] = {
            "type": 0,
            "channel_id": str(message.channel_id),
            "message_id": str(message.reply_to),
        }
    if message.interaction is not None and application_id is not None:
        payload["interaction_metadata"] = message.interaction
        payload["application_id"] = str(application_id)
        payload["webhook_id"] = str(application_id)
    elif application_id is not None and message.author.bot:
        payload["application_id"] = str(application_id)
    return payload


def audit_entry_payload(entry: AuditEntry, role_names: dict[int, str]) -> dict[str, Json]:
    """A line of the audit log."""
    changes: list[Json] = list(entry.changes)
    for key, role_ids in (("$add", entry.added_roles), ("$remove", entry.removed_roles)):
        if role_ids:
            names: list[Json] = [
                {"id": str(role_id), "name": role_names.get(role_id, "deleted-role")} for role_id in role_ids
            ]
            changes.append({"key": key, "new_value": names})
    payload: dict[str, Json] = {
        "id": str(entry.id),
        "action_type": int(entry.action),
        "user_id": str(entry.actor.id),
        "target_id": None if entry.target_id is None else str(entry.target_id),
    }
    if changes:
        payload["changes"] = changes
    if entry.reason is not None:
        payload["reason"] = entry.reason
    return payload


def partial_guild(guild_id: int, locale: str) -> JsonObject:
    """The `guild` of an interaction."""
    return {"id": str(guild_id), "locale": locale, "features": []}

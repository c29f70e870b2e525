"""Channels and the messages that the bot posts in them."""

from __future__ import annotations

from bot.sandbox.discord.errors import (
    cannot_edit_others_message,
    cannot_message_user,
    missing_permissions,
    unknown_message,
)
from bot.sandbox.discord.events import Event, Intents
from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.models import AuditAction, Channel, Message
from bot.sandbox.discord.payloads import channel_payload, message_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.posting import Draft, Posting
from bot.sandbox.discord.world import World

from .access import require
from .routing import NO_CONTENT, Call, Reply, Route


class ChannelRoutes:
    """`/channels/{channel_id}`."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        messages = "/channels/{channel_id}/messages"
        return [
            Route("GET", "/channels/{channel_id}", self._get),
            Route("POST", "/channels/{channel_id}/typing", self._typing),
            Route("GET", messages, self._history),
            Route("POST", messages, self._post),
            Route("GET", messages + "/{message_id}", self._one),
            Route("PATCH", messages + "/{message_id}", self._edit),
            Route("DELETE", messages + "/{message_id}", self._delete),
        ]

    def _channel(self, call: Call, needed: Permission) -> tuple[Channel, GuildChanges | None]:
        channel, guild = self._world.channel(call.id("channel_id"))
        if guild is not None:
            require(guild, needed, channel)
        return channel, guild

    def _message(self, call: Call, channel: Channel) -> Message:
        message = channel.find_message(call.id("message_id"))
        if message is None:
            raise unknown_message()
        return message

    def _payload(self, message: Message) -> dict[str, Json]:
        return message_payload(message, self._world.application_id)

    def _tell(self, name: str, channel: Channel, payload: dict[str, Json]) -> None:
        needs = Intents.DIRECT_MESSAGES if channel.guild_id is None else Intents.GUILD_MESSAGES
        if channel.guild_id is not None:
            payload["guild_id"] = str(channel.guild_id)
        self._world.bus.dispatch(Event(name, payload, channel.guild_id, needs))

    def _get(self, call: Call) -> Reply:
        return Reply(body=channel_payload(self._channel(call, Permission.VIEW_CHANNEL)[0]))

    def _typing(self, call: Call) -> Reply:
        self._channel(call, Permission.SEND_MESSAGES)
        return NO_CONTENT

    def _history(self, call: Call) -> Reply:
        channel, _ = self._channel(call, Permission.READ_MESSAGE_HISTORY)
        limit = call.number("limit", 50, least=1, most=100)
        before = call.number("before", 1 << 63, least=0, most=1 << 63)
        after = call.number("after", 0, least=0, most=1 << 63)
        found = [message for message in channel.messages if after < message.id < before]
        chosen = found[:limit] if "after" in call.query else found[-limit:]
        return Reply(body=[self._payload(message) for message in reversed(chosen)])

    def _one(self, call: Call) -> Reply:
        channel, _ = self._channel(call, Permission.READ_MESSAGE_HISTORY)
        return Reply(body=self._payload(self._message(call, channel)))

    def _post(self, call: Call) -> Reply:
        channel, guild = self._channel(call, Permission.SEND_MESSAGES)
        if any(not user.takes_direct_messages for user in channel.recipients):
            raise cannot_message_user()
        draft = self._posting.read(call.body, call.files, guild=guild)
        self._check_extras(guild, channel, draft)
        if (before := self._posting.posted_before(draft, channel)) is not None:
            return Reply(body=self._payload(before))
        message = self._posting.new_message(draft, channel.id, channel.guild_id)
        if draft.reply_to is not None:
            message.kind = 19
        channel.messages.append(message)
        self._tell("MESSAGE_CREATE", channel, self._payload(message))
        return Reply(body=self._payload(message))

    def _check_extras(self, guild: GuildChanges | None, channel: Channel, draft: Draft) -> None:
        if guild is None:
            return
        if draft.body.attachments:
            require(guild, Permission.ATTACH_FILES, channel)
        bot = guild.member(guild.bot)
        if draft.body.embeds and not guild.allows(bot, Permission.EMBED_LINKS, channel):
            raise missing_permissions()

    def _edit(self, call: Call) -> Reply:
        channel, guild = self._channel(call, Permission.VIEW_CHANNEL)
        message = self._message(call, channel)
        if message.author is not self._world.bot:
            raise cannot_edit_others_message()
        draft = self._posting.read(call.body, call.files, guild=guild, before=message)
        self._posting.apply(message, draft)
        self._tell("MESSAGE_UPDATE", channel, self._payload(message))
        return Reply(body=self._payload(message))

    def _delete(self, call: Call) -> Reply:
        channel, guild = self._channel(call, Permission.VIEW_CHANNEL)
        message = self._message(call, channel)
        if message.author is not self._world.bot:
            if guild is None:
                raise missing_permissions()
            require(guild, Permission.MANAGE_MESSAGES, channel)
            guild.record(guild.bot, AuditAction.MESSAGE_DELETE, message.author.id, reason=call.reason)
        message.deleted = True
        channel.messages.remove(message)
        channel.deleted_messages.append(message)
        self._tell("MESSAGE_DELETE", channel, {"id": str(message.id), "channel_id": str(channel.id)})
        return NO_CONTENT

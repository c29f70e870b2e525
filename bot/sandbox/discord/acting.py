"""What users do: call commands, press buttons, choose, fill modals, type into options that suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .clicking import chosen, fill_modal, find_button, find_select, show_modal
from .commands import RegisteredCommand
from .desk import Desk
from .errors import NoAnswer, SandboxError
from .events import Event
from .guild_changes import GuildChanges
from .interaction import Choice, Interaction, InteractionKind
from .invocation import Invocation, Resolved, Value, find_command
from .jsontypes import Json, JsonObject
from .models import Channel, Message, User
from .payloads import channel_payload, member_payload, message_payload, partial_guild, user_payload
from .permissions import Permission
from .posting import MAX_UPLOAD, Posting
from .results import InteractionResult
from .world import World

_IN_GUILD, _WITH_BOT = 0, 1


class Ears(Protocol):
    """Whether the bot hears of a server now."""

    def listens(self, guild_id: int | None) -> bool:
        """Whether a connected shard of the bot covers this server."""


class Acting:
    """Plays the users."""

    def __init__(self, world: World, desk: Desk, posting: Posting, ears: Ears) -> None:
        self._world = world
        self._desk = desk
        self._posting = posting
        self._ears = ears
        self.answer_timeout = desk.first_answer_within
        """Real seconds to wait for a first answer."""

    async def command(
        self,
        user: User,
        guild: GuildChanges | None,
        text: str,
        values: Mapping[str, Value],
        channel: Channel | None = None,
    ) -> InteractionResult:
        """Call a slash command. Raises SandboxError for what a client refuses, NoAnswer when the bot is silent."""
        invocation = self._invocation(user, guild, text, values, None)
        interaction = self._begin(InteractionKind.COMMAND, user, guild, channel)
        data = invocation.data(self._resolved(guild))
        return await self._send(interaction, data, f"/{invocation.name}")

    async def autocomplete(
        self,
        user: User,
        guild: GuildChanges | None,
        text: str,
        focused: str,
        values: Mapping[str, Value],
    ) -> tuple[Choice, ...]:
        """Type into an option, and get the bot's suggestions. Raises as `command`."""
        invocation = self._invocation(user, guild, text, values, focused)
        interaction = self._begin(InteractionKind.AUTOCOMPLETE, user, guild, None)
        data = invocation.data(self._resolved(guild))
        result = await self._send(interaction, data, f"suggestions for /{invocation.name} {focused}")
        return result.choices

    async def press(self, user: User, message: Message, button: str) -> InteractionResult:
        """Press a button. Raises as `command`."""
        found = find_button(message, button)
        return await self._use(user, message, found, {}, f"button {button!r}")

    async def select(self, user: User, message: Message, select: str, values: Sequence[Value]) -> InteractionResult:
        """Choose values in a select. Raises as `command`."""
        found = find_select(message, select)
        resolved = self._resolved(self._guild_of(message))
        data: dict[str, Json] = {"values": chosen(found, values, resolved)}
        if resolved.payload():
            data["resolved"] = resolved.payload()
        return await self._use(user, message, found, data, f"select {select!r}")

    async def submit(
        self, interaction: Interaction, values: Mapping[str, Value | Sequence[Value]]
    ) -> InteractionResult:
        """Send a modal. Raises as `command`."""
        if interaction.modal is None:
            raise SandboxError("there is no modal to submit")
        if interaction.modal_closed:
            raise SandboxError("the modal is closed: it was submitted before")
        modal = show_modal(interaction.modal)
        resolved = self._resolved(interaction.guild)
        components = fill_modal(modal, values, resolved)
        submission = self._begin(
            InteractionKind.MODAL_SUBMIT,
            interaction.user,
            interaction.guild,
            interaction.channel,
            interaction.source,
        )
        data: dict[str, Json] = {"custom_id": modal.custom_id, "components": components}
        if resolved.payload():
            data["resolved"] = resolved.payload()
        result = await self._send(submission, data, f"modal {modal.title!r}")
        interaction.modal_closed = True
        return result

    def visible_commands(self, user: User, guild: GuildChanges | None) -> list[RegisteredCommand]:
        """The commands that a client would list for this user."""
        known = self._world.commands.visible_in(None if guild is None else guild.id)
        return [command for command in known if self._why_hidden(command, user, guild) is None]

    def _invocation(
        self,
        user: User,
        guild: GuildChanges | None,
        text: str,
        values: Mapping[str, Value],
        focused: str | None,
    ) -> Invocation:
        known = self._world.commands.visible_in(None if guild is None else guild.id)
        command, path, options = find_command(known, text)
        hidden = self._why_hidden(command, user, guild)
        if hidden is not None:
            raise SandboxError(f"/{command.draft.name} is hidden from {user.name}: {hidden}")
        return Invocation(command, path, values, focused, options)

    def _why_hidden(self, command: RegisteredCommand, user: User, guild: GuildChanges | None) -> str | None:
        contexts = command.draft.contexts
        if guild is None:
            allowed = contexts is None or _WITH_BOT in contexts
            return None if allowed else "it is for servers only"
        if contexts is not None and _IN_GUILD not in contexts:
            return "it is not for servers"
        needed = command.draft.default_member_permissions
        held = guild.permissions_of(guild.member(user))
        if held & Permission.ADMINISTRATOR or needed is None:
            return None
        if needed == 0 or held & needed != needed:
            return f"it needs {Permission(needed)!s}" if needed else "it is for administrators"
        return None

    def _resolved(self, guild: GuildChanges | None) -> Resolved:
        return Resolved(guild, self._posting.attach)

    def _guild_of(self, message: Message) -> GuildChanges | None:
        return None if message.guild_id is None else self._world.guilds[message.guild_id]

    async def _use(
        self, user: User, message: Message, component: JsonObject, data: JsonObject, what: str
    ) -> InteractionResult:
        if message.deleted:
            raise SandboxError("the message is gone")
        if message.visible_to is not None and message.visible_to is not user:
            raise SandboxError(f"{user.name} does not see this message")
        guild = self._guild_of(message)
        channel = self._channel_of(message, guild)
        interaction = self._begin(InteractionKind.COMPONENT, user, guild, channel, message)
        used: dict[str, Json] = {
            "component_type": component["type"],
            "custom_id": component["custom_id"],
            "id": component["id"],
            **data,
        }
        return await self._send(interaction, used, what)

    def _channel_of(self, message: Message, guild: GuildChanges | None) -> Channel:
        private = (*self._world.direct_messages, *self._world.entered_messages)
        for channel in private if guild is None else guild.channels.values():
            if channel.id == message.channel_id:
                return channel
        raise SandboxError("the message's channel is gone")

    def _begin(
        self,
        kind: InteractionKind,
        user: User,
        guild: GuildChanges | None,
        channel: Channel | None,
        source: Message | None = None,
    ) -> Interaction:
        if guild is not None:
            member = guild.member(user)
            if channel is None:
                channel = next(iter(guild.channels.values()), None)
            if channel is None:
                raise SandboxError(f"{guild.name} has no channel")
            if not guild.allows(member, Permission.VIEW_CHANNEL, channel):
                raise SandboxError(f"{user.name} does not see #{channel.name}")
            if kind is InteractionKind.COMMAND and not guild.allows(
                member, Permission.USE_APPLICATION_COMMANDS, channel
            ):
                raise SandboxError(f"{user.name} may not use commands in #{channel.name}")
        elif channel is None:
            channel = self._world.enter_dm(user)
        if not self._ears.listens(None if guild is None else guild.id):
            raise SandboxError("the bot is not connected")
        return self._desk.begin(kind, user, guild, channel, source)

    async def _send(self, interaction: Interaction, data: JsonObject, what: str) -> InteractionResult:
        guild_id = None if interaction.guild is None else interaction.guild.id
        interaction.payload = self._payload(interaction, data)
        self._world.bus.dispatch(Event("INTERACTION_CREATE", interaction.payload, guild_id))
        answered = await self._world.changed.until(lambda: interaction.answer is not None, self.answer_timeout)
        if not answered:
            raise NoAnswer(f"the bot did not answer {what} within {self.answer_timeout:g} s")
        return InteractionResult(interaction, self, self._world.changed)

    def _payload(self, interaction: Interaction, data: JsonObject) -> JsonObject:
        user, guild, channel = interaction.user, interaction.guild, interaction.channel
        payload: dict[str, Json] = {
            "id": str(interaction.id),
            "application_id": str(self._world.application_id),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": MAX_UPLOAD,
        }
        if guild is None:
            payload |= {
                "user": user_payload(user),
                "channel": channel_payload(channel),
                "app_permissions": str(int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)),
                "context": _WITH_BOT,
                "authorizing_integration_owners": {"0": "0"},
            }
        else:
            member, bot = guild.member(user), guild.member(guild.bot)
            held = str(int(guild.permissions_in(member, channel)))
            payload |= {
                "guild_id": str(guild.id),
                "guild": partial_guild(guild.id, guild.locale),
                "guild_locale": guild.locale,
                "member": {**member_payload(member), "permissions": held},
                "channel": {**channel_payload(channel), "permissions": held},
                "app_permissions": str(int(guild.permissions_in(bot, channel))),
                "context": _IN_GUILD,
                "authorizing_integration_owners": {"0": str(guild.id)},
            }
        if interaction.source is not None:
            payload["message"] = message_payload(interaction.source, self._world.application_id)
        return payload

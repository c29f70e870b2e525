"""From "wallet link" and values to the data of a command interaction, with the checks that a Discord client makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .command_forms import CommandKind, OptionKind
from .commands import RegisteredCommand
from .errors import SandboxError
from .guild_changes import GuildChanges
from .jsontypes import Json, JsonObject, as_int, as_list, as_object, as_text
from .models import Attachment, Channel, Role, Upload, User
from .payloads import attachment_payload, channel_payload, member_payload, role_payload, user_payload

Value: TypeAlias = str | int | float | bool | User | Role | Channel | Upload
"""What a user can put into an option."""


class Resolved:
    """The `resolved` part of an interaction: the things that ids in it mean."""

    def __init__(self, guild: GuildChanges | None, attach: Callable[[Upload], Attachment]) -> None:
        self._guild = guild
        self._attach = attach
        self._found: dict[str, dict[str, Json]] = {}

    def payload(self) -> dict[str, Json]:
        """What was added, as the API writes it."""
        return dict(self._found)

    def add_user(self, user: User) -> str:
        """Add a user, with the membership when there is one."""
        self._put("users", user.id, user_payload(user))
        member = None if self._guild is None else self._guild.members.get(user.id)
        if member is not None and self._guild is not None:
            held = str(self._guild.permissions_of(member))
            self._put("members", user.id, {**member_payload(member, with_user=False), "permissions": held})
        return str(user.id)

    def add_role(self, role: Role) -> str:
        """Add a role."""
        self._put("roles", role.id, role_payload(role))
        return str(role.id)

    def add_channel(self, channel: Channel) -> str:
        """Add a channel."""
        permissions = (
            "0" if self._guild is None else str(self._guild.permissions_of(self._guild.member(self._guild.owner)))
        )
        self._put("channels", channel.id, {**channel_payload(channel), "permissions": permissions})
        return str(channel.id)

    def add_file(self, file: Upload) -> str:
        """Add a file that the user sends."""
        attachment = self._attach(file)
        self._put("attachments", attachment.id, attachment_payload(attachment, ephemeral=True))
        return str(attachment.id)

    def add(self, value: Value) -> str:
        """Add whatever it is, and give its id."""
        match value:
            case User():
                return self.add_user(value)
            case Role():
                return self.add_role(value)
            case Channel():
                return self.add_channel(value)
            case Upload():
                return self.add_file(value)
            case _:
                return self._add_by_id(value)

    def _add_by_id(self, value: str | float) -> str:
        wanted = int(value) if isinstance(value, (int, float)) else as_int(value)
        if self._guild is not None and wanted is not None:
            if wanted in self._guild.members:
                return self.add_user(self._guild.members[wanted].user)
            if wanted in self._guild.roles:
                return self.add_role(self._guild.roles[wanted])
            if wanted in self._guild.channels:
                return self.add_channel(self._guild.channels[wanted])
        raise SandboxError(f"{value!r} is no user, role, channel or file here")

    def _put(self, kind: str, thing_id: int, payload: JsonObject) -> None:
        self._found.setdefault(kind, {})[str(thing_id)] = payload


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command as a user is about to send it."""

    command: RegisteredCommand
    path: tuple[str, ...]
    """Names of the group and sub-command below the command."""
    values: Mapping[str, Value]
    focused: str | None = None
    """The option that is being typed: then this asks for suggestions, and nothing is required yet."""
    options: Sequence[JsonObject] = field(default_factory=tuple)

    def data(self, resolved: Resolved) -> dict[str, Json]:
        """The interaction's `data`. Raises SandboxError for what a client would refuse."""
        known = {as_text(option["name"]): option for option in self.options}
        unknown = self.values.keys() - known.keys()
        if unknown:
            raise SandboxError(
                f"/{self.name} has no option {', '.join(sorted(unknown))}; it has: {', '.join(known) or 'none'}"
            )
        if self.focused is None:
            missing = [name for name, one in known.items() if one.get("required") and name not in self.values]
            if missing:
                raise SandboxError(f"/{self.name} needs {', '.join(missing)}")
        elif not known.get(self.focused, {}).get("autocomplete"):
            raise SandboxError(f"option {self.focused} of /{self.name} has no suggestions")
        leaf: list[Json] = [self._option(known[name], value, resolved) for name, value in self.values.items()]
        kinds = (OptionKind.SUBCOMMAND,) if len(self.path) == 1 else (OptionKind.GROUP, OptionKind.SUBCOMMAND)
        for name, kind in zip(reversed(self.path), reversed(kinds), strict=False):
            leaf = [{"type": int(kind), "name": name, "options": leaf}]
        data: dict[str, Json] = {
            "id": str(self.command.id),
            "name": self.command.draft.name,
            "type": int(CommandKind.CHAT),
            "options": leaf,
            "resolved": resolved.payload(),
        }
        if self.command.guild_id is not None:
            data["guild_id"] = str(self.command.guild_id)
        return data

    @property
    def name(self) -> str:
        """The full name, as "wallet link"."""
        return " ".join((self.command.draft.name, *self.path))

    def _option(self, option: JsonObject, value: Value, resolved: Resolved) -> JsonObject:
        kind, name = OptionKind(as_int(option["type"]) or 0), as_text(option["name"])
        payload: dict[str, Json] = {"type": int(kind), "name": name}
        if name == self.focused:
            return {**payload, "value": str(value), "focused": True}
        return {**payload, "value": _typed(option, kind, value, resolved, f"option {name} of /{self.name}")}


def find_command(
    commands: Sequence[RegisteredCommand], text: str
) -> tuple[RegisteredCommand, tuple[str, ...], Sequence[JsonObject]]:
    """The command that a user means by "rule add": the command, the path below it, the options of the last step.

    Raises SandboxError when there is no such command.
    """
    words = text.removeprefix("/").split()
    chat = [command for command in commands if command.draft.kind is CommandKind.CHAT]
    command = next((one for one in chat if words and one.draft.name == words[0]), None)
    if command is None:
        known = ", ".join(sorted(one.draft.name for one in chat)) or "none"
        raise SandboxError(f"no command /{text}; registered: {known}")
    options: Sequence[JsonObject] = command.draft.options
    for word in words[1:]:
        step = next((one for one in options if one["name"] == word and _is_nested(one)), None)
        if step is None:
            raise SandboxError(f"/{command.draft.name} has no sub-command {word!r}")
        options = [as_object(one) for one in as_list(step.get("options"))]
    if any(_is_nested(option) for option in options):
        names = ", ".join(as_text(option["name"]) for option in options)
        raise SandboxError(f"/{text} is not complete; next may be: {names}")
    return command, tuple(words[1:]), options


def _is_nested(option: JsonObject) -> bool:
    return option["type"] in (OptionKind.SUBCOMMAND, OptionKind.GROUP)


def _typed(option: JsonObject, kind: OptionKind, value: Value, resolved: Resolved, where: str) -> Json:
    match kind:
        case OptionKind.STRING:
            return _string(option, value, where)
        case OptionKind.INTEGER | OptionKind.NUMBER:
            return _number(option, kind, value, where)
        case OptionKind.BOOLEAN:
            if not isinstance(value, bool):
                raise SandboxError(f"{where} is true or false, not {value!r}")
            return value
        case _:
            expected = {
                OptionKind.USER: User,
                OptionKind.ROLE: Role,
                OptionKind.CHANNEL: Channel,
                OptionKind.ATTACHMENT: Upload,
            }.get(kind)
            if expected is not None and not isinstance(value, (expected, str, int)):
                raise SandboxError(f"{where} is a {kind.name.lower()}, not {value!r}")
            return resolved.add(value)


def _string(option: JsonObject, value: Value, where: str) -> str:
    choices = [as_object(choice) for choice in as_list(option.get("choices"))]
    if choices:
        for choice in choices:
            if value in (choice["value"], choice["name"]):
                return as_text(choice["value"])
        raise SandboxError(f"{where} is one of {[choice['value'] for choice in choices]}, not {value!r}")
    if not isinstance(value, str):
        raise SandboxError(f"{where} is text, not {value!r}")
    shortest, longest = as_int(option.get("min_length")), as_int(option.get("max_length"))
    if len(value) < (shortest or 0) or len(value) > (6000 if longest is None else longest):
        raise SandboxError(f"{where} has {shortest or 0} to {longest or 6000} characters, not {len(value)}")
    if not value and option.get("required"):
        raise SandboxError(f"{where} is empty")
    return value


def _number(option: JsonObject, kind: OptionKind, value: Value, where: str) -> Json:
    choices = [as_object(choice) for choice in as_list(option.get("choices"))]
    if choices:
        for choice in choices:
            if value in (choice["value"], choice["name"]):
                return choice["value"]
        raise SandboxError(f"{where} is one of {[choice['value'] for choice in choices]}, not {value!r}")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SandboxError(f"{where} is a number, not {value!r}")
    if kind is OptionKind.INTEGER and not isinstance(value, int):
        raise SandboxError(f"{where} is a whole number, not {value!r}")
    low, high = option.get("min_value"), option.get("max_value")
    if isinstance(low, (int, float)) and value < low:
        raise SandboxError(f"{where} is at least {low}, not {value}")
    if isinstance(high, (int, float)) and value > high:
        raise SandboxError(f"{where} is at most {high}, not {value}")
    return value

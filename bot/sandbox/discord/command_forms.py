"""Checks a command definition as Discord does, and brings it into the shape in which Discord gives it back.

Source: Discord's "Application Commands" page (names, option nesting, 25 options and choices, 8,000 characters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

from .forms import Form
from .jsontypes import Json, JsonObject

_NAME = re.compile(r"[-_'\w]{1,32}")
MAX_COMMAND_CHARACTERS = 8000


class CommandKind(IntEnum):
    """How a command is called: typed, or from a user's or message's menu."""

    CHAT = 1
    USER = 2
    MESSAGE = 3


class OptionKind(IntEnum):
    """Types of option."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


_WITH_CHOICES = {OptionKind.STRING, OptionKind.INTEGER, OptionKind.NUMBER}


@dataclass(frozen=True, slots=True)
class CommandDraft:
    """A definition that passed the checks."""

    name: str
    kind: CommandKind = CommandKind.CHAT
    description: str = ""
    options: tuple[JsonObject, ...] = ()
    default_member_permissions: int | None = None
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] = (0,)
    nsfw: bool = False
    name_localizations: JsonObject | None = None
    description_localizations: JsonObject | None = None
    characters: int = field(default=0, compare=False)


def read_command(form: Form) -> CommandDraft | None:
    """Read one definition. What is wrong is noted in the form's problems, and None given."""
    kind_value = form.whole("type", choices=[1, 2, 3])
    kind = CommandKind(kind_value or 1)
    name = _command_name(form) if kind is CommandKind.CHAT else form.text("name", required=True, shortest=1, longest=32)
    counter = _Counter()
    if kind is CommandKind.CHAT:
        description = form.text("description", required=True, shortest=1, longest=100)
        options = _options(form, counter, depth=0)
    else:
        description, options = "", []
        if form.given("description") and form.data["description"] != "":
            form.problem("description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET", "Must be empty")
        if form.forms("options"):
            form.problem("options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET", "Must be empty")
    permissions = form.whole("default_member_permissions", least=0)
    contexts = form.wholes("contexts", [0, 1, 2])
    if contexts is None and form.flag("dm_permission") is False:
        contexts = [0]
    integration_types = form.wholes("integration_types", [0, 1])
    counter.add(name, description)
    if counter.total > MAX_COMMAND_CHARACTERS:
        form.problem(
            None,
            "APPLICATION_COMMAND_TOO_LARGE",
            f"Command exceeds maximum size ({MAX_COMMAND_CHARACTERS})",
        )
    nsfw = form.flag("nsfw") or False
    names, descriptions = _localizations(form, "name"), _localizations(form, "description")
    if name is None or description is None or form.problems:
        return None
    return CommandDraft(
        name,
        kind,
        description,
        tuple(options),
        permissions,
        None if contexts is None else tuple(contexts),
        (0,) if integration_types is None else tuple(integration_types),
        nsfw,
        names,
        descriptions,
        counter.total,
    )


class _Counter:
    """Adds up the characters that Discord counts: names, descriptions and choice values."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, *texts: str | None) -> None:
        self.total += sum(len(text) for text in texts if text)


def _command_name(form: Form) -> str | None:
    name = form.text("name", required=True, shortest=1, longest=32, pattern=_NAME)
    if name is not None and name != name.lower():
        form.problem("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        return None
    return name


def _localizations(form: Form, what: str) -> JsonObject | None:
    value = form.form(f"{what}_localizations")
    return None if value is None else value.data


def _options(form: Form, counter: _Counter, depth: int) -> list[JsonObject]:
    given = form.forms("options", most=25) or []
    read = [(option, _option(option, counter, depth)) for option in given]
    _check_order(form, [payload for _, payload in read if payload is not None], given)
    return [payload for _, payload in read if payload is not None]


def _check_order(form: Form, options: list[JsonObject], given: list[Form]) -> None:
    names = [option["name"] for option in options]
    if len(set(names)) != len(names):
        form.problem("options", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    if len(options) != len(given):
        return
    nested = [option["type"] in (OptionKind.SUBCOMMAND, OptionKind.GROUP) for option in options]
    if any(nested) and not all(nested):
        form.problem("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands cannot stand beside options")
    required = [option.get("required") is True for option in options]
    if required != sorted(required, reverse=True):
        for option_form, (before, now) in zip(given[1:], pairwise(required), strict=False):
            if now and not before:
                option_form.problem(
                    None,
                    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                    "Required options must be placed before non-required options",
                )


def _option(form: Form, counter: _Counter, depth: int) -> JsonObject | None:
    value = form.whole("type", required=True, choices=[int(kind) for kind in OptionKind])
    name = _command_name(form)
    description = form.text("description", required=True, shortest=1, longest=100)
    counter.add(name, description)
    if value is None or name is None or description is None:
        return None
    kind = OptionKind(value)
    payload: dict[str, Json] = {"type": int(kind), "name": name, "description": description}
    for what in ("name", "description"):
        localized = _localizations(form, what)
        if localized is not None:
            payload[f"{what}_localizations"] = localized
    if kind in (OptionKind.SUBCOMMAND, OptionKind.GROUP):
        if (kind is OptionKind.GROUP and depth > 0) or depth > 1:
            form.problem("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deeply")
            return None
        payload["options"] = _options(form, counter, depth + 1)
        return payload
    if form.flag("required"):
        payload["required"] = True
    _add_limits(form, kind, payload)
    _add_choices(form, kind, payload, counter)
    return payload


def _add_limits(form: Form, kind: OptionKind, payload: dict[str, Json]) -> None:
    if kind is OptionKind.STRING:
        shortest = form.whole("min_length", least=0, most=6000)
        longest = form.whole("max_length", least=1, most=6000)
        payload.update({k: v for k, v in (("min_length", shortest), ("max_length", longest)) if v is not None})
    elif kind in (OptionKind.INTEGER, OptionKind.NUMBER):
        whole = kind is OptionKind.INTEGER
        for key in ("min_value", "max_value"):
            limit = form.whole(key) if whole else form.number(key)
            if limit is not None:
                payload[key] = limit
    elif kind is OptionKind.CHANNEL:
        types = form.wholes("channel_types", range(17))
        if types is not None:
            payload["channel_types"] = types


def _add_choices(form: Form, kind: OptionKind, payload: dict[str, Json], counter: _Counter) -> None:
    choices = form.forms("choices", most=25)
    autocomplete = form.flag("autocomplete")
    if kind not in _WITH_CHOICES:
        if choices or autocomplete:
            form.problem(None, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type has no choices")
        return
    if choices and autocomplete:
        form.problem(
            "autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Cannot be set together with choices"
        )
    if choices:
        payload["choices"] = [choice for choice in (_choice(one, kind, counter) for one in choices) if choice]
    if autocomplete:
        payload["autocomplete"] = True


def _choice(form: Form, kind: OptionKind, counter: _Counter) -> JsonObject | None:
    name = form.text("name", required=True, shortest=1, longest=100)
    value: str | float | None
    if kind is OptionKind.STRING:
        value = form.text("value", required=True, longest=100)
        counter.add(name, value)
    elif kind is OptionKind.INTEGER:
        value = form.whole("value", required=True)
        counter.add(name)
    else:
        value = form.number("value", required=True)
        counter.add(name)
    if name is None or value is None:
        return None
    return {"name": name, "value": value}

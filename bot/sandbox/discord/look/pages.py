"""The pages: a server at a glance, the form of a command, the bot's answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from bot.sandbox.discord.clicking import Modal, ModalField
from bot.sandbox.discord.command_forms import CommandKind, OptionKind
from bot.sandbox.discord.commands import RegisteredCommand
from bot.sandbox.discord.components import ComponentKind
from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.ids import isoformat
from bot.sandbox.discord.jsontypes import JsonObject, as_int, as_list, as_object, as_text
from bot.sandbox.discord.models import Channel, User
from bot.sandbox.discord.results import InteractionResult

from .markup import Fields, choice_box, form, labelled, link, message_html, page, table, text_box
from .serving import Annex

AUDIT_LINES = 30
MESSAGES = 20


def things_of(guild: GuildChanges) -> list[tuple[str, str]]:
    """What can be chosen in a server: (id, name) of roles, members and channels."""
    roles = [(str(role.id), f"@{role.name}") for role in guild.roles.values() if role.id != guild.id]
    members = [(str(member.user.id), member.user.name) for member in guild.members.values()]
    return roles + members + [(str(channel.id), f"#{channel.name}") for channel in guild.channels.values()]


def guild_page(
    guilds: Sequence[GuildChanges],
    guild: GuildChanges,
    user: User,
    commands: Sequence[RegisteredCommand],
    annexes: Sequence[Annex] = (),
) -> str:
    """One server as one of its members sees it."""
    hidden: Fields = {"guild": guild.id, "as": user.id}
    parts = [
        "<p>A Discord that exists on this machine only. You act as one of the members.</p>",
        "<nav>" + " ".join(link(f"/sandbox?guild={one.id}", one.name) for one in guilds) + "</nav>",
        "<nav>" + " ".join(link(annex.path, annex.title) for annex in annexes) + "</nav>",
        f"<h2>{escape(guild.name)}</h2>",
        _members(guild, user),
        f"<h2>Commands of {escape(user.name)}</h2>",
        "<p>" + " · ".join(_command_links(guild, user, commands)) + "</p>",
    ]
    for channel in guild.channels.values():
        parts.append(f"<h2>#{escape(channel.name)}</h2>")
        parts.append(_messages(channel, hidden, guild))
    parts += ["<h2>Audit log</h2>", _audit_log(guild)]
    parts.append(f"<p>{link('/sandbox/state.json', 'Everything as JSON')}</p>")
    return page("Sandbox", "".join(parts))


def _members(guild: GuildChanges, user: User) -> str:
    rows = []
    for member in guild.members.values():
        names = [guild.roles[role_id].name for role_id in sorted(member.role_ids) if role_id in guild.roles]
        if member.user.bot:
            act = "the bot"
        elif member.user is user:
            act = "<b>you</b>"
        else:
            act = link(f"/sandbox?guild={guild.id}&as={member.user.id}", "act as")
        rows.append([escape(member.user.name), escape(", ".join(names)) or "no roles", act])
    return table(["member", "roles", ""], rows)


def _command_links(guild: GuildChanges, user: User, commands: Sequence[RegisteredCommand]) -> Iterator[str]:
    for command in commands:
        if command.draft.kind is CommandKind.CHAT:
            for path in _paths(command.draft.name, command.draft.options):
                target = f"/sandbox/command?guild={guild.id}&as={user.id}&name={path.replace(' ', '+')}"
                yield link(target, f"/{path}")


def _paths(name: str, options: Sequence[JsonObject]) -> Iterator[str]:
    nested = [one for one in options if one["type"] in (OptionKind.SUBCOMMAND, OptionKind.GROUP)]
    if not nested:
        yield name
    for one in nested:
        inner = [as_object(option) for option in as_list(one.get("options"))]
        yield from _paths(f"{name} {as_text(one['name'])}", inner)


def _messages(channel: Channel, hidden: Fields, guild: GuildChanges) -> str:
    if not channel.messages:
        return '<p class="note">nothing yet</p>'
    return "".join(message_html(message, hidden, things_of(guild)) for message in channel.messages[-MESSAGES:])


def _audit_log(guild: GuildChanges) -> str:
    names = {role.id: role.name for role in guild.roles.values()}
    rows = []
    for entry in reversed(guild.audit_log[-AUDIT_LINES:]):
        target = guild.members.get(entry.target_id or 0)
        changes = [f"+{names.get(role_id, role_id)}" for role_id in entry.added_roles]
        changes += [f"-{names.get(role_id, role_id)}" for role_id in entry.removed_roles]
        rows.append(
            [
                isoformat(entry.at)[:19],
                escape(entry.actor.name),
                entry.action.name.lower(),
                escape(target.user.name if target else names.get(entry.target_id or 0, str(entry.target_id))),
                escape(", ".join(changes)),
                escape(entry.reason or ""),
            ]
        )
    return table(["at (UTC)", "actor", "action", "target", "roles", "reason"], rows)


def command_page(guild: GuildChanges, user: User, name: str, options: Sequence[JsonObject]) -> str:
    """The form of one command."""
    fields = "".join(_option(guild, option) for option in options)
    hidden: Fields = {"guild": guild.id, "as": user.id, "name": name}
    body = form("/sandbox/command", hidden, fields or "<p>No options.</p>", "Send", block=True)
    return page(f"/{name}", f"<p>As {escape(user.name)} in {escape(guild.name)}.</p>{body}{_back(guild, user)}")


def _option(guild: GuildChanges, option: JsonObject) -> str:
    kind, name = as_int(option["type"]), as_text(option["name"])
    required = option.get("required") is True
    field = f"option:{name}"
    choices = [as_object(choice) for choice in as_list(option.get("choices"))]
    empty = [] if required else [("", "(none)")]
    if choices:
        control = choice_box(field, empty + [(str(one["value"]), as_text(one["name"])) for one in choices])
    elif kind == OptionKind.BOOLEAN:
        control = choice_box(field, [*empty, ("true", "true"), ("false", "false")])
    elif kind in (OptionKind.USER, OptionKind.ROLE, OptionKind.CHANNEL, OptionKind.MENTIONABLE):
        control = choice_box(field, empty + _things_for(guild, kind))
    elif kind == OptionKind.ATTACHMENT:
        control = text_box(field, long=True, required=required)
    else:
        control = text_box(field, required=required)
    note = as_text(option["description"])
    if kind == OptionKind.ATTACHMENT:
        note += " (the text of the file)"
    return labelled(name + (" *" if required else ""), control, note)


def _things_for(guild: GuildChanges, kind: int | None) -> list[tuple[str, str]]:
    if kind == OptionKind.USER:
        return [(str(member.user.id), member.user.name) for member in guild.members.values()]
    if kind == OptionKind.ROLE:
        return [(str(role.id), role.name) for role in guild.roles.values()]
    if kind == OptionKind.CHANNEL:
        return [(str(channel.id), f"#{channel.name}") for channel in guild.channels.values()]
    return things_of(guild)


def answer_page(guild: GuildChanges, user: User, number: int, result: InteractionResult) -> str:
    """What the bot answered, as it is now; loads itself again until a deferral has come to its end.

    An answer that is there may change too, when the bot has more to say.
    """
    hidden: Fields = {"guild": guild.id, "as": user.id}
    if result.opened_modal:
        return page(result.modal.title, _modal(guild, hidden, number, result.modal) + _back(guild, user))
    messages = [*([result.message] if result.has_message else []), *result.followups]
    shown = [message_html(one, hidden, things_of(guild)) for one in messages if not one.deleted]
    body = "".join(shown) or "<p>The bot has heard you; there is nothing to see.</p>"
    again = f"<p>{link(f'/sandbox/answers/{number}', 'Look again')}</p>"
    return page("Answer", body + again + _back(guild, user), refresh=not result.is_settled)


def _modal(guild: GuildChanges, hidden: Fields, number: int, modal: Modal) -> str:
    text = f"<pre>{escape(modal.text)}</pre>" if modal.text else ""
    fields = text + "".join(_modal_field(guild, one) for one in modal.fields)
    return form(f"/sandbox/answers/{number}", hidden, fields, "Submit", block=True)


def _modal_field(guild: GuildChanges, one: ModalField) -> str:
    name = f"field:{one.custom_id}"
    if one.kind is ComponentKind.TEXT_INPUT:
        long = one.component.get("style") != 1
        control = text_box(name, as_text(one.default), long=long, required=one.required)
    elif one.kind is ComponentKind.CHECKBOX:
        control = f'<input type="checkbox" name="{escape(name)}" value="true"{" checked" if one.default else ""}>'
    else:
        known = [as_object(option) for option in as_list(one.component.get("options"))]
        options = [(as_text(item["value"]), as_text(item["label"])) for item in known] or things_of(guild)
        several = one.kind is not ComponentKind.RADIO_GROUP
        control = choice_box(name, options, [as_text(item) for item in as_list(one.default)], several=several)
    return labelled(one.label + (" *" if one.required else ""), control)


def error_page(guild: GuildChanges, user: User, text: str) -> str:
    """What went wrong, in the words of the sandbox."""
    return page("That did not work", f'<p class="error">{escape(text)}</p>{_back(guild, user)}')


def _back(guild: GuildChanges, user: User) -> str:
    return f"<p>{link(f'/sandbox?guild={guild.id}&as={user.id}', 'Back to the server')}</p>"

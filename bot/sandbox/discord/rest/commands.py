"""Registering commands, globally and per server."""

from __future__ import annotations

from bot.sandbox.discord.command_forms import CommandDraft, read_command
from bot.sandbox.discord.commands import RegisteredCommand
from bot.sandbox.discord.errors import missing_access, unknown_application, unknown_command
from bot.sandbox.discord.forms import Form, Problems
from bot.sandbox.discord.jsontypes import Json, as_list, as_object
from bot.sandbox.discord.world import World

from .routing import NO_CONTENT, Call, Reply, Route

MAX_BULK = 130


class CommandRoutes:
    """`/applications/{application_id}/commands` and the same below `/guilds/{guild_id}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        found: list[Route] = []
        for base in (
            "/applications/{application_id}/commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
        ):
            one = base + "/{command_id}"
            found += [
                Route("GET", base, self._list),
                Route("PUT", base, self._overwrite),
                Route("POST", base, self._create),
                Route("GET", one, self._get),
                Route("PATCH", one, self._edit),
                Route("DELETE", one, self._delete),
            ]
        return found

    def _scope(self, call: Call) -> int | None:
        if call.id("application_id") != self._world.application_id:
            raise unknown_application()
        if "guild_id" not in call.params:
            return None
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.has_bot:
            raise missing_access()
        return guild.id

    def _command(self, call: Call) -> RegisteredCommand:
        command = self._world.commands.get(self._scope(call), call.id("command_id"))
        if command is None:
            raise unknown_command()
        return command

    def _payload(self, command: RegisteredCommand) -> dict[str, Json]:
        return command.payload(self._world.application_id)

    def _list(self, call: Call) -> Reply:
        return Reply(body=[self._payload(command) for command in self._world.commands.all(self._scope(call))])

    def _get(self, call: Call) -> Reply:
        return Reply(body=self._payload(self._command(call)))

    def _create(self, call: Call) -> Reply:
        scope = self._scope(call)
        command, new = self._world.commands.upsert(scope, _read(call.body))
        return Reply(201 if new else 200, self._payload(command))

    def _overwrite(self, call: Call) -> Reply:
        scope = self._scope(call)
        problems = Problems()
        bodies = as_list(call.body)
        if len(bodies) > MAX_BULK:
            problems.add((), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_BULK} or fewer in length.")
        drafts: list[CommandDraft] = []
        for index, body in enumerate(bodies):
            own = Problems()
            draft = read_command(Form(body, own, (index,)))
            problems.extend(own)
            if draft is None:
                continue
            if any((draft.name, draft.kind) == (known.name, known.kind) for known in drafts):
                problems.add(
                    (index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
                )
            drafts.append(draft)
        problems.raise_if_any()
        return Reply(body=[self._payload(command) for command in self._world.commands.overwrite(scope, drafts)])

    def _edit(self, call: Call) -> Reply:
        command = self._command(call)
        merged: dict[str, Json] = {**self._payload(command), **as_object(call.body)}
        return Reply(body=self._payload(self._world.commands.replace(command, _read(merged))))

    def _delete(self, call: Call) -> Reply:
        self._world.commands.delete(self._command(call))
        return NO_CONTENT


def _read(body: Json) -> CommandDraft:
    problems = Problems()
    draft = read_command(Form(body, problems))
    if draft is None:
        raise problems.error()
    return draft

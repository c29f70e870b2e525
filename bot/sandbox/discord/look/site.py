"""The routes below `/sandbox`: who acts, in which server, and what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.sandbox.discord.acting import Acting
from bot.sandbox.discord.command_forms import OptionKind
from bot.sandbox.discord.errors import SandboxError
from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.invocation import Value, find_command
from bot.sandbox.discord.jsontypes import JsonObject, as_int, as_text, dump
from bot.sandbox.discord.models import Message, Upload, User
from bot.sandbox.discord.results import InteractionResult
from bot.sandbox.discord.world import World

from .pages import answer_page, command_page, error_page, guild_page
from .reading import world_state
from .serving import Annex, Given, given, html_answer, one

KEPT_ANSWERS = 200


class LookSite:
    """Pages for people. They may do what any user of the sandbox may, and are meant for loopback only."""

    def __init__(self, world: World, acting: Acting) -> None:
        self._world = world
        self._acting = acting
        self._answers: dict[int, InteractionResult] = {}
        self._next_answer = 1
        self.annexes: list[Annex] = []

    def add_to(self, app: web.Application) -> None:
        """Put the routes into a web application."""
        app.router.add_get("/", self._home)
        app.router.add_get("/sandbox", self._overview)
        app.router.add_get("/sandbox/state.json", self._state)
        app.router.add_get("/sandbox/command", self._command_form)
        app.router.add_get("/sandbox/answers/{number}", self._answer)
        for path, action in (
            ("/sandbox/command", self._command),
            ("/sandbox/press", self._press),
            ("/sandbox/select", self._select),
            ("/sandbox/answers/{number}", self._submit),
        ):
            app.router.add_post(path, self._doing(action))
        for annex in self.annexes:
            annex.add_to(app)

    # Looking

    async def _home(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/sandbox")

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=dump(world_state(self._world)), content_type="application/json")

    async def _overview(self, request: web.Request) -> web.StreamResponse:
        guild, user = self._who({key: [value] for key, value in request.query.items()})
        commands = self._acting.visible_commands(user, guild)
        return html_answer(guild_page(list(self._world.guilds.values()), guild, user, commands, self.annexes))

    async def _command_form(self, request: web.Request) -> web.StreamResponse:
        guild, user = self._who({key: [value] for key, value in request.query.items()})
        name = request.query.get("name", "")
        try:
            _, _, options = find_command(self._acting.visible_commands(user, guild), name)
        except SandboxError as error:
            return html_answer(error_page(guild, user, str(error)), 404)
        return html_answer(command_page(guild, user, name, options))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        number = as_int(request.match_info["number"]) or 0
        result = self._answers.get(number)
        if result is None or result.guild is None:
            raise web.HTTPNotFound
        return html_answer(answer_page(result.guild, result.user, number, result))

    # Doing

    def _doing(
        self, action: Callable[[web.Request, GuildChanges, User, Given], Awaitable[InteractionResult]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler for something that a user does: shows the answer, or why it was not possible."""

        async def handle(request: web.Request) -> web.StreamResponse:
            fields = await given(request)
            guild, user = self._who(fields)
            try:
                result = await action(request, guild, user, fields)
            except SandboxError as error:
                return html_answer(error_page(guild, user, str(error)), 409)
            raise web.HTTPSeeOther(f"/sandbox/answers/{self._keep(result)}")

        return handle

    async def _command(
        self, _request: web.Request, guild: GuildChanges, user: User, fields: Given
    ) -> InteractionResult:
        name = one(fields, "name")
        _, _, options = find_command(self._acting.visible_commands(user, guild), name)
        values: dict[str, Value] = {}
        for option in options:
            text = one(fields, f"option:{option['name']}")
            if text:
                values[as_text(option["name"])] = _value(option, text)
        return await self._acting.command(user, guild, name, values)

    async def _press(self, _request: web.Request, guild: GuildChanges, user: User, fields: Given) -> InteractionResult:
        return await self._acting.press(user, self._message(guild, fields), one(fields, "button"))

    async def _select(self, _request: web.Request, guild: GuildChanges, user: User, fields: Given) -> InteractionResult:
        values = fields.get("values", [])
        return await self._acting.select(user, self._message(guild, fields), one(fields, "select"), list(values))

    async def _submit(
        self, request: web.Request, _guild: GuildChanges, _user: User, fields: Given
    ) -> InteractionResult:
        opened = self._answers.get(as_int(request.match_info["number"]) or 0)
        if opened is None:
            raise web.HTTPNotFound
        values: dict[str, Value | Sequence[Value]] = {}
        for field in opened.modal.fields:
            texts = fields.get(f"field:{field.custom_id}", [])
            if isinstance(field.default, bool):
                values[field.custom_id] = bool(texts)
            elif isinstance(field.default, str):
                values[field.custom_id] = texts[0] if texts else ""
            else:
                values[field.custom_id] = list(texts)
        return await opened.submit(values)

    # Finding

    def _who(self, fields: Given) -> tuple[GuildChanges, User]:
        guilds = self._world.guilds
        guild = guilds.get(as_int(one(fields, "guild")) or 0) or next(iter(guilds.values()), None)
        if guild is None:
            raise web.HTTPNotFound(text="There is no server yet.")
        member = guild.members.get(as_int(one(fields, "as")) or 0)
        return guild, guild.owner if member is None or member.user.bot else member.user

    def _message(self, guild: GuildChanges, fields: Given) -> Message:
        message_id = as_int(one(fields, "message")) or 0
        found = guild.find_message(message_id)
        if found is not None:
            return found[1]
        for result in self._answers.values():
            for message in [*([result.message] if result.has_message else []), *result.followups]:
                if message.id == message_id:
                    return message
        raise SandboxError("the message is gone")

    def _keep(self, result: InteractionResult) -> int:
        number = self._next_answer
        self._next_answer += 1
        self._answers[number] = result
        self._answers.pop(number - KEPT_ANSWERS, None)
        return number


def _value(option: JsonObject, text: str) -> Value:
    match as_int(option["type"]):
        case OptionKind.BOOLEAN:
            return text == "true"
        case OptionKind.INTEGER | OptionKind.NUMBER:
            try:
                return int(text) if option["type"] == OptionKind.INTEGER else float(text)
            except ValueError:
                raise SandboxError(f"{option['name']} is a number, not {text!r}") from None
        case OptionKind.ATTACHMENT:
            return Upload(f"{option['name']}.txt", text.encode(), "text/plain")
        case _:
            return text

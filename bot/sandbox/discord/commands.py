"""The commands that the application has registered, globally and per server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .command_forms import CommandDraft, CommandKind
from .errors import DiscordError, too_many_command_creates
from .forms import Problems
from .ids import Snowflakes
from .jsontypes import Json

MAX_COMMANDS = {CommandKind.CHAT: 100, CommandKind.USER: 15, CommandKind.MESSAGE: 15}
CREATES_PER_DAY = 200


@dataclass(frozen=True, slots=True)
class RegisteredCommand:
    """A command with the ids that Discord gave it. `guild_id` None means everywhere."""

    id: int
    version: int
    guild_id: int | None
    draft: CommandDraft

    def payload(self, application_id: int) -> dict[str, Json]:
        """The command as the API writes it."""
        draft = self.draft
        payload: dict[str, Json] = {
            "id": str(self.id),
            "application_id": str(application_id),
            "version": str(self.version),
            "type": int(draft.kind),
            "name": draft.name,
            "name_localizations": draft.name_localizations,
            "description": draft.description,
            "description_localizations": draft.description_localizations,
            "default_member_permissions": (
                None if draft.default_member_permissions is None else str(draft.default_member_permissions)
            ),
            "contexts": draft.contexts,
            "integration_types": draft.integration_types,
            "nsfw": draft.nsfw,
            "options": draft.options,
        }
        if self.guild_id is None:
            payload["dm_permission"] = draft.contexts is None or 1 in draft.contexts
        else:
            payload["guild_id"] = str(self.guild_id)
        return payload


class CommandRegistry:
    """All commands of the application. The scope is a server's id, or None for global."""

    def __init__(self, ids: Snowflakes) -> None:
        self._ids = ids
        self._commands: dict[int | None, dict[int, RegisteredCommand]] = {}
        self._creates: Counter[int | None] = Counter()

    def all(self, scope: int | None) -> list[RegisteredCommand]:
        """The commands of one scope, in order of registration."""
        return list(self._commands.get(scope, {}).values())

    def get(self, scope: int | None, command_id: int) -> RegisteredCommand | None:
        """The command with this id in one scope, if there is one."""
        return self._commands.get(scope, {}).get(command_id)

    def visible_in(self, guild_id: int | None) -> list[RegisteredCommand]:
        """What a client lists: the server's own commands first, then the global ones."""
        own = [] if guild_id is None else self.all(guild_id)
        return own + self.all(None)

    def upsert(self, scope: int | None, draft: CommandDraft) -> tuple[RegisteredCommand, bool]:
        """Register a command; one of the same name and type is replaced and keeps its id. Says whether it is new.

        Raises DiscordError 30034 past 200 new commands a day, and 50035 past the number of commands a scope may have.
        """
        commands = self._commands.setdefault(scope, {})
        for known in commands.values():
            if (known.draft.name, known.draft.kind) == (draft.name, draft.kind):
                return self.replace(known, draft), False
        if sum(known.draft.kind is draft.kind for known in commands.values()) >= MAX_COMMANDS[draft.kind]:
            problems = Problems()
            problems.add((), "APPLICATION_COMMANDS_TOO_MANY", "Maximum number of application commands reached")
            raise problems.error()
        if self._creates[scope] >= CREATES_PER_DAY:
            raise too_many_command_creates()
        self._creates[scope] += 1
        command_id = self._ids.next()
        command = RegisteredCommand(command_id, self._ids.next(), scope, draft)
        commands[command_id] = command
        return command, True

    def replace(self, known: RegisteredCommand, draft: CommandDraft) -> RegisteredCommand:
        """Give a command another definition; its version changes only when the definition does."""
        version = known.version if known.draft == draft else self._ids.next()
        command = RegisteredCommand(known.id, version, known.guild_id, draft)
        self._commands[known.guild_id][known.id] = command
        return command

    def overwrite(self, scope: int | None, drafts: Sequence[CommandDraft]) -> list[RegisteredCommand]:
        """Make these the only commands of a scope, or change nothing. Raises as `upsert`."""
        before = self._commands.get(scope, {})
        wanted = {(draft.name, draft.kind) for draft in drafts}
        self._commands[scope] = {
            command.id: command for command in before.values() if (command.draft.name, command.draft.kind) in wanted
        }
        try:
            return [self.upsert(scope, draft)[0] for draft in drafts]
        except DiscordError:
            self._commands[scope] = before
            raise

    def delete(self, command: RegisteredCommand) -> None:
        """Forget a command."""
        del self._commands[command.guild_id][command.id]

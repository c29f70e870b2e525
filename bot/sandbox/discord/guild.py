"""A server as its people use it: everything of `GuildChanges`, and the bot's commands, buttons and modals."""

from __future__ import annotations

from collections.abc import Sequence

from .acting import Acting
from .guild_changes import GuildChanges, Tools
from .interaction import Choice
from .invocation import Value
from .models import Channel, Message, User
from .results import InteractionResult


class Guild(GuildChanges):
    """A server of the sandbox. Made by `SandboxDiscord.add_guild`."""

    def __init__(self, guild_id: int, name: str, owner: User, bot: User, tools: Tools, acting: Acting) -> None:
        super().__init__(guild_id, name, owner, bot, tools)
        self._acting = acting

    async def command(
        self, user: User, text: str, /, *, in_channel: Channel | None = None, **options: Value
    ) -> InteractionResult:
        """Call a slash command, as `await guild.command(alice, "wallet link", network="chia-mainnet")`.

        Returns at the first answer. Raises SandboxError for what a Discord client would not let the user do (unknown
        command or option, a value that does not fit, a command hidden by its default permissions), NoAnswer when
        the bot is silent for three seconds.
        """
        return await self._acting.command(user, self, text, options, in_channel)

    async def autocomplete(
        self, user: User, text: str, /, *, focused: str, value: str, **others: Value
    ) -> tuple[Choice, ...]:
        """Type `value` into the option `focused`, and get the bot's suggestions. Raises as `command`."""
        return await self._acting.autocomplete(user, self, text, focused, {**others, focused: value})

    async def press(self, user: User, message: Message, button: str) -> InteractionResult:
        """Press a button of any message, by label or custom id. Raises as `command`."""
        return await self._acting.press(user, message, button)

    async def select(self, user: User, message: Message, select: str, values: Sequence[Value]) -> InteractionResult:
        """Choose values in a select of any message, found by placeholder or custom id. Raises as `command`."""
        return await self._acting.select(user, message, select, values)

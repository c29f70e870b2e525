"""The buttons below the question whether somebody's data shall be deleted."""

import re
from typing import Self

import discord

from bot.views import ids
from bot.views.answers import untracked
from bot.views.desk import privacy_desk
from bot.views.failures import answering

_LOOKS = {
    "delete": ("Delete it all", discord.ButtonStyle.danger),
    "keep": ("Keep it", discord.ButtonStyle.secondary),
}


class ForgetButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.FORGET):
    """Deletes, or does not."""

    def __init__(self, choice: str, asked: int) -> None:
        label, style = _LOOKS[choice]
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=ids.forget(choice, asked)))
        self._choice = choice
        self._asked = asked

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(match["choice"], int(match["asked"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Carry out what was chosen."""
        async with answering(interaction):
            await privacy_desk(interaction).decide(interaction, self._choice, self._asked)


def forget_buttons(asked: int) -> discord.ui.View:
    """The buttons for a question that was asked at that time, in seconds since 1970."""
    return untracked(ForgetButton("delete", asked), ForgetButton("keep", asked))

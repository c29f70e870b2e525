"""The buttons that decide about undoing a sweep. They are understood from their ids alone (see `ids`)."""

import re
from typing import Self

import discord

from bot.views import ids
from bot.views.answers import untracked
from bot.views.desk import sweep_desk
from bot.views.failures import answering
from bot.views.text import BUTTON_MAX, counted, cut


class UndoButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.UNDO):
    """Undoes a sweep; its label names how many roles come back and go."""

    def __init__(self, sweep_id: int, shown: tuple[int, int]) -> None:
        give, take = shown
        parts = [
            f"give back {counted(give, 'role', 'roles')}" if give else "",
            f"take back {counted(take, 'role', 'roles')}" if take else "",
        ]
        label = " and ".join(part for part in parts if part)
        super().__init__(
            discord.ui.Button(
                label=cut(label[:1].upper() + label[1:], BUTTON_MAX),
                style=discord.ButtonStyle.danger,
                custom_id=ids.undo(sweep_id, give, take),
            )
        )
        self._sweep_id = sweep_id
        self._shown = shown

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["sweep"]), (int(match["give"]), int(match["take"])))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Undo it."""
        async with answering(interaction):
            await sweep_desk(interaction).undo_as_shown(interaction, self._sweep_id, self._shown)


class LeaveButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.UNDO_CANCEL):
    """Leaves a sweep as it is."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(label="Cancel", style=discord.ButtonStyle.secondary, custom_id=ids.UNDO_CANCEL)
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], _match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        """Leave it."""
        async with answering(interaction):
            await sweep_desk(interaction).leave_as_is(interaction)


def undo_buttons(sweep_id: int, shown: tuple[int, int]) -> discord.ui.View:
    """Undo the sweep, or leave it."""
    return untracked(UndoButton(sweep_id, shown), LeaveButton())

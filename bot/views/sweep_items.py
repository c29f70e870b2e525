"""The button that calls a sweep off. It is understood from its id alone (see `ids`)."""

import re
from collections.abc import Sequence
from typing import Final, Self

import discord

from bot.domain.brake_causes import HoldNotice
from bot.domain.sweeps import Sweep
from bot.views import hold_items, ids
from bot.views.answers import untracked
from bot.views.desk import sweep_desk
from bot.views.failures import answering

_LAST_ROW: Final = 4


class SweepCancelButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.SWEEP_CANCEL):
    """Calls off a sweep that runs, for those with Manage Server."""

    def __init__(self, sweep_id: int, row: int | None = None) -> None:
        super().__init__(
            discord.ui.Button(
                label="Cancel the sweep",
                style=discord.ButtonStyle.secondary,
                custom_id=ids.sweep_cancel(sweep_id),
                row=row,
            )
        )
        self._sweep_id = sweep_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["sweep"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Call it off."""
        async with answering(interaction):
            await sweep_desk(interaction).cancel_sweep(interaction, self._sweep_id)


def status_view(sweep: Sweep | None, notices: Sequence[HoldNotice]) -> discord.ui.View | None:
    """The buttons below `/sweep status`: those of held removals, and the one that calls off what runs."""
    view = hold_items.status_view(notices)
    if sweep is None or sweep.finished_at is not None:
        return view
    view = view or untracked()
    view.add_item(SweepCancelButton(sweep.id, row=_LAST_ROW))
    return view


def cancel_button(sweep_id: int) -> discord.ui.View:
    """The button below the progress of a sweep."""
    return untracked(SweepCancelButton(sweep_id))

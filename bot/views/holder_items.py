"""The button below the question whether holders shall be exported with full addresses."""

import re
from typing import Self

import discord

from bot.services.holder_files import FileFormat
from bot.views import ids
from bot.views.desk import holder_desk
from bot.views.failures import answering


class AddressesButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.ADDRESSES):
    """Exports with full addresses."""

    def __init__(self, role_id: int, kind: FileFormat, asked: int) -> None:
        super().__init__(
            discord.ui.Button(
                label="Export with addresses",
                style=discord.ButtonStyle.danger,
                custom_id=ids.addresses(role_id, kind.value, asked),
            )
        )
        self._role_id = role_id
        self._kind = kind
        self._asked = asked

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["role"]), FileFormat(match["format"]), int(match["asked"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Carry out what was confirmed."""
        async with answering(interaction):
            await holder_desk(interaction).export_addresses(interaction, self._role_id, self._kind, self._asked)

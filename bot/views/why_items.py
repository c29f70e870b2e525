"""The explanation of a member's roles for admins, page by page."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Self

import discord

from bot.views import ids
from bot.views.answers import Answer
from bot.views.desk import member_desk
from bot.views.failures import answering
from bot.views.paging import page_of


class WhyPageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.WHY):
    """Turns to a page. The explanation is made anew for every turn."""

    def __init__(self, user_id: int, number: int, label: str = "") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=ids.why(user_id, number)))
        self._user_id = user_id
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["user"]), int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        async with answering(interaction):
            await member_desk(interaction).open_why(interaction, self._user_id, self._number)


def why_page(user_id: int, pages: Sequence[str], number: int = 0) -> Answer:
    """One page of the explanation."""
    return page_of("Why this member has which role", pages, number, partial(WhyPageButton, user_id))

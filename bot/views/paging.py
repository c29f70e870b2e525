"""Long lists in pages, with buttons that work for as long as the message is there."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

import discord

from bot.views import ids
from bot.views.answers import Answer, untracked
from bot.views.desk import book
from bot.views.failures import answering

PageItem = discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]]
"""A button that turns to a page."""


class PageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.PAGE):
    """Turns to a page. The list is made anew for every turn, so it is never out of date."""

    def __init__(self, name: str, number: int, label: str = "") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=ids.page(name, number)))
        self._name = name
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(match["book"], int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        async with answering(interaction):
            await book(interaction, self._name).open_at(interaction, self._number)


def paged(name: str, title: str, pages: Sequence[str], number: int = 0) -> Answer:
    """Show one page of a list. `name` is the cog's name."""
    return page_of(title, pages, number, partial(PageButton, name))


def page_of(title: str, pages: Sequence[str], number: int, button: Callable[[int, str], PageItem]) -> Answer:
    """Show one page; one that is not there any more shows the last. `button` makes one that turns to a page."""
    shown = min(max(number, 0), len(pages) - 1)
    embed = discord.Embed(title=title, description=pages[shown], colour=discord.Colour.dark_teal())
    if len(pages) == 1:
        return Answer(embeds=(embed,))
    embed.set_footer(text=f"Page {shown + 1} of {len(pages)}")
    buttons = []
    if shown > 0:
        buttons.append(button(shown - 1, "Back"))
    if shown < len(pages) - 1:
        buttons.append(button(shown + 1, "Next"))
    return Answer(embeds=(embed,), view=untracked(*buttons))

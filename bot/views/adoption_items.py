"""The report about an adopted role, page by page."""

import re
from typing import Self

import discord

from bot.services.adopting import AdoptionReport
from bot.views import adoption, ids
from bot.views.answers import Answer, untracked
from bot.views.desk import adoption_desk
from bot.views.failures import answering


class AdoptionPageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.ADOPTED):
    """Turns to a page. The report is made anew for every turn."""

    def __init__(self, role_id: int, number: int, label: str = "") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=ids.adopted(role_id, number)))
        self._role_id = role_id
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["role"]), int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        async with answering(interaction):
            await adoption_desk(interaction).open_report(interaction, self._role_id, self._number)


def report_page(report: AdoptionReport, number: int = 0) -> Answer:
    """One page of the report; a page that is not there any more shows the last one."""
    pages = adoption.pages(report)
    shown = min(max(number, 0), len(pages) - 1)
    embed = discord.Embed(title=adoption.title(report), description=pages[shown], colour=discord.Colour.dark_teal())
    if len(pages) == 1:
        return Answer(embeds=(embed,))
    embed.set_footer(text=f"Page {shown + 1} of {len(pages)}")
    role_id = report.rule.role_id
    buttons = []
    if shown > 0:
        buttons.append(AdoptionPageButton(role_id, shown - 1, "Back"))
    if shown < len(pages) - 1:
        buttons.append(AdoptionPageButton(role_id, shown + 1, "Next"))
    return Answer(embeds=(embed,), view=untracked(*buttons))

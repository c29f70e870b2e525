"""The presses and forms of linking a wallet, wherever they come from."""

import re

import discord
from discord.ext import commands

from bot.cogs.context import applicant, read_network
from bot.domain.networks import Network
from bot.services.toolbox import Services
from bot.views import ids
from bot.views.desk import LINK_DESK
from bot.views.failures import answering
from bot.views.link_flow import LinkFlow
from bot.views.link_items import submitted_text


class LinkingCog(commands.Cog, name=LINK_DESK):
    """Answers the panel's button, the menu of networks, the buttons below an answer, and the forms behind them."""

    def __init__(self, services: Services, flow: LinkFlow) -> None:
        self._services = services
        self._flow = flow

    async def begin(self, interaction: discord.Interaction) -> None:
        """The panel's button was pressed."""
        await self._flow.begin(interaction, applicant(interaction))

    async def choose(self, interaction: discord.Interaction, network: Network) -> None:
        """A network was chosen."""
        await self._flow.choose(interaction, applicant(interaction), network)

    async def by_paste(self, interaction: discord.Interaction, network: Network | None) -> None:
        """Pasting was chosen over the verify page."""
        await self._flow.by_paste(interaction, applicant(interaction), network)

    async def ask_code(self, interaction: discord.Interaction) -> None:
        """The button for the verify page's code was pressed."""
        await self._flow.ask_code(interaction)

    async def ask_answer(self, interaction: discord.Interaction, challenge_id: int) -> None:
        """The paste button of a challenge was pressed."""
        await self._flow.ask_answer(interaction, challenge_id)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take forms by their id: one that was opened before a restart is answered like any other."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.custom_id is None:
            return
        async with answering(interaction):
            if match := re.fullmatch(ids.ANSWER_FORM, interaction.custom_id):
                await self._flow.complete(interaction, applicant(interaction), int(match["challenge"]))
            elif interaction.custom_id == ids.CODE_FORM:
                await self._flow.complete_by_code(interaction, applicant(interaction), submitted_text(interaction))
            elif match := re.fullmatch(ids.ADDRESS_FORM, interaction.custom_id):
                network = read_network(match["network"], list(self._services.linking.networks))
                await self._flow.name_address(interaction, applicant(interaction), network)

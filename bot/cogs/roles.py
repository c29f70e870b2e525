"""`/roles why`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import meet_reader, snapshot
from bot.services.toolbox import Services
from bot.views import why
from bot.views.answers import Answer, deliver, think
from bot.views.paging import paged
from bot.views.standings import Reader


@app_commands.guild_only()
class RolesCog(commands.GroupCog, name="roles", description="Your roles and what they rest on"):
    """A member's roles."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(name="why", description="Why you have each role here, or do not: what was counted and when")
    async def why_(self, interaction: discord.Interaction) -> None:
        """Explain the member's roles."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the explanation."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        services = self._services
        guild_id, user_id = await meet_reader(services, interaction)
        explanation = await services.explaining.explain(guild_id, user_id, snapshot(interaction))
        reader = Reader(is_admin=False, now=services.clock.now())
        return paged(self.qualified_name, "Your roles and why", why.pages(explanation, reader), number)

"""`/doctor`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import guild_id_of
from bot.services.toolbox import Services
from bot.views import doctor
from bot.views.answers import Answer, deliver, think
from bot.views.paging import paged


class DoctorCog(commands.Cog, name="doctor"):
    """Checks of the server's set-up."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(
        name="doctor", description="Check Holdfast's set-up in this server: rules, permissions, readings"
    )
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def examine(self, interaction: discord.Interaction) -> None:
        """Examine the server."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the findings."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        results = await self._services.doctor.examine_guild(guild_id_of(interaction))
        return paged(self.qualified_name, "Examination", doctor.pages(results), number)

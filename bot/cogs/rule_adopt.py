"""`/rule adopt`, a part of the group `/rule`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.domain.until import parse_until
from bot.services.adopting import needs_date
from bot.services.toolbox import Services
from bot.views.adoption_items import report_page
from bot.views.answers import deliver, think


class AdoptCommand(commands.Cog):
    """The command, and the pages of its report."""

    _services: Services

    @app_commands.command(description="Take over a role that members have from elsewhere, with time for them to verify")
    @app_commands.describe(
        role="The rule's role",
        until="How long its holders have time: 2026-12-24 or 14d. Leave it out to see who has verified",
    )
    async def adopt(
        self, interaction: discord.Interaction, role: discord.Role, until: app_commands.Range[str, 1, 50] | None = None
    ) -> None:
        """Adopt a role, or show how that stands."""
        await think(interaction)
        adopting = self._services.adopting
        if until is None:
            report = await adopting.report(guild_id_of(interaction), role.id)
            if report.is_empty:
                raise needs_date(role.name)
        else:
            report = await adopting.adopt(admin(interaction), role.id, parse_until(until, self._services.clock.now()))
        await deliver(interaction, report_page(report))

    async def open_report(self, interaction: discord.Interaction, role_id: int, number: int) -> None:
        """Turn to a page of the report."""
        await interaction.response.defer()
        report = await self._services.adopting.report(guild_id_of(interaction), role_id)
        await deliver(interaction, report_page(report, number))

"""`/holders export`."""

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.services.holder_files import FileFormat
from bot.services.toolbox import Services
from bot.views import holders
from bot.views.answers import Answer, AnswerFile, deliver, take, think, untracked
from bot.views.desk import HOLDER_DESK
from bot.views.holder_items import AddressesButton

_QUESTION_HOLDS = timedelta(minutes=10)
_FORMATS = [
    app_commands.Choice(name="CSV, for spreadsheets", value=FileFormat.CSV.value),
    app_commands.Choice(name="JSON, for programs", value=FileFormat.JSON.value),
]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class HoldersCog(commands.GroupCog, name=HOLDER_DESK, description="The members who have a role by its rule"):
    """A rule's holders."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Get a file of the members who have a role by its rule, with the evidence")
    @app_commands.describe(
        role="The rule's role",
        format="What the file looks like",
        addresses="Full wallet addresses instead of pseudonyms; asks once more, and is written into the audit",
    )
    @app_commands.choices(format=_FORMATS)
    async def export(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        format: str,  # noqa: A002 - the option's name in Discord
        addresses: bool = False,
    ) -> None:
        """Export, or ask once more."""
        await think(interaction)
        kind = FileFormat(format)
        if not addresses:
            await self._export(interaction, role.id, kind, with_addresses=False)
            return
        rule = await self._services.exporting.rule(guild_id_of(interaction), role.id)
        button = AddressesButton(role.id, kind, int(self._services.clock.now().timestamp()))
        await deliver(interaction, Answer(holders.question(rule), view=untracked(button)))

    async def export_addresses(
        self, interaction: discord.Interaction, role_id: int, kind: FileFormat, asked: int
    ) -> None:
        """Export with addresses, as was confirmed."""
        await take(interaction, "Exporting…")
        if self._services.clock.now().timestamp() - asked > _QUESTION_HOLDS.total_seconds():
            await deliver(interaction, Answer(holders.outdated()))
            return
        await self._export(interaction, role_id, kind, with_addresses=True)

    async def _export(
        self, interaction: discord.Interaction, role_id: int, kind: FileFormat, *, with_addresses: bool
    ) -> None:
        file = await self._services.exporting.export(admin(interaction), role_id, kind, with_addresses=with_addresses)
        text = holders.exported(file, with_addresses=with_addresses)
        await deliver(interaction, Answer(text, files=(AnswerFile(file.name, file.content),)))

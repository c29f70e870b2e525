"""`/privacy`: export, delete, optout, optin."""

import asyncio
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import guild_id_of
from bot.domain.privacy import AskedBy, Deletion
from bot.services.forgetting import Forgotten
from bot.services.toolbox import Services
from bot.views import privacy
from bot.views.answers import Answer, AnswerFile, deliver, take, think
from bot.views.desk import PRIVACY_DESK
from bot.views.privacy_items import forget_buttons

_QUESTION_HOLDS = timedelta(hours=1)


class PrivacyCog(commands.GroupCog, name=PRIVACY_DESK, description="Your data: see it, delete it, do not count here"):
    """A person's own data. All but opting out works in direct messages too, for who is in no server any more."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._privacy = services.privacy
        self._deletions: set[asyncio.Task[Forgotten | Deletion]] = set()

    async def cog_unload(self) -> None:
        """Stop deleting; what is left to do is in the database, and goes on after the next start."""
        deletions = list(self._deletions)
        for deletion in deletions:
            deletion.cancel()
        await asyncio.gather(*deletions, return_exceptions=True)

    @app_commands.command(description="Get all that is stored of you, from all servers, as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Hand over the person's data."""
        await think(interaction)
        file = await self._privacy.export.of(interaction.user.id)
        await deliver(interaction, Answer(privacy.exported(file), files=(AnswerFile(file.name, file.content),)))

    @app_commands.command(description="Delete all that is stored of you, in all servers; roles from Holdfast go first")
    async def delete(self, interaction: discord.Interaction) -> None:
        """Ask whether to delete, and say what goes."""
        await think(interaction)
        prospect = await self._privacy.forgetting.prospect(interaction.user.id)
        if prospect.deletion is not None:
            await deliver(interaction, Answer(privacy.under_way(prospect.deletion)))
            return
        asked = int(self._services.clock.now().timestamp())
        await deliver(interaction, Answer(privacy.question(prospect), view=forget_buttons(asked)))

    @app_commands.command(description="Let your wallets not count in this server; roles from Holdfast here go at once")
    async def optout(self, interaction: discord.Interaction) -> None:
        """Opt out in this server."""
        await think(interaction)
        result = await self._privacy.opting_out.opt_out(guild_id_of(interaction), interaction.user.id)
        await deliver(interaction, Answer(privacy.opted_out(result)))

    @app_commands.command(description="Let your wallets count in this server again")
    async def optin(self, interaction: discord.Interaction) -> None:
        """Opt in again in this server."""
        await think(interaction)
        result = await self._privacy.opting_out.opt_in(guild_id_of(interaction), interaction.user.id)
        await deliver(interaction, Answer(privacy.opted_in(result)))

    async def decide(self, interaction: discord.Interaction, choice: str, asked: int) -> None:
        """Carry out what was chosen below the question."""
        await take(interaction, "Deleting…" if choice == "delete" else "One moment…")
        if choice != "delete":
            await deliver(interaction, Answer(privacy.kept()))
            return
        if self._services.clock.now().timestamp() - asked > _QUESTION_HOLDS.total_seconds():
            await deliver(interaction, Answer(privacy.outdated()))
            return
        forgetting = self._privacy.forgetting
        await forgetting.ask(interaction.user.id, AskedBy.MEMBER)
        deletion = asyncio.create_task(forgetting.go_on(interaction.user.id))
        self._deletions.add(deletion)
        deletion.add_done_callback(self._deletions.discard)
        result = await deletion
        text = privacy.under_way(result) if isinstance(result, Deletion) else privacy.forgotten(result)
        await deliver(interaction, Answer(text))

"""`/sweep now` and `/sweep status`."""

import asyncio
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import guild_id_of
from bot.domain.errors import StoreBusyError
from bot.domain.sweeps import Sweep
from bot.services.toolbox import Services
from bot.views import sweeps
from bot.views.answers import Answer, deliver, think

_TICK = 2.0
"""Seconds between two looks at a running sweep."""
_WATCH = timedelta(minutes=13)
"""How long an answer is kept up to date; Discord allows 15 minutes from the command."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SweepCog(commands.GroupCog, name="sweep", description="Re-verification: how it stands, and have it done now"):
    """Re-verification."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watchers: set[asyncio.Task[None]] = set()

    async def cog_unload(self) -> None:
        """Stop keeping answers up to date; the sweeps themselves go on in the database."""
        watchers = list(self._watchers)
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

    @app_commands.command(description="Read all linked wallets of this server's members now")
    async def now(self, interaction: discord.Interaction) -> None:
        """Ask for a sweep and show how it goes."""
        await think(interaction)
        sweep, is_new = await self._services.sweeper.request(guild_id_of(interaction), interaction.user.id)
        watcher = asyncio.create_task(self._watch(interaction, sweep, was_running=not is_new))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        await watcher

    @app_commands.command(description="How re-verification stands: readings, roles, what is due")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show how re-verification stands."""
        await think(interaction)
        status = await self._services.sweeper.status(guild_id_of(interaction))
        await deliver(interaction, Answer(sweeps.status(status, self._services.clock.now())))

    async def _watch(self, interaction: discord.Interaction, sweep: Sweep, *, was_running: bool) -> None:
        guild_id = guild_id_of(interaction)
        ends_at = self._services.clock.now() + _WATCH
        shown = ""
        while True:
            try:
                status = await self._services.sweeper.status(guild_id)
            except StoreBusyError:
                await self._services.sleep(_TICK)
                continue
            progress = status.progress
            if progress is None or status.sweep is None or status.sweep.id != sweep.id:
                text, is_over = sweeps.status(status, self._services.clock.now()), True
            elif status.sweep.finished_at is not None or progress.is_finished:
                text, is_over = sweeps.finished(progress, status.figures), True
            elif self._services.clock.now() >= ends_at:
                settings = await self._services.settings.show(guild_id)
                text, is_over = sweeps.outlasted(progress, settings.log_channel_id), True
            else:
                text, is_over = sweeps.running(progress, was_running=was_running), False
            if text != shown:
                await deliver(interaction, Answer(text))
                shown = text
            if is_over:
                return
            await self._services.sleep(_TICK)

"""`/sweep`: how re-verification stands, have it done now, and undo what it did."""

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.cogs.watching import Watchers
from bot.domain.errors import HoldfastError, StoreBusyError, UserError
from bot.domain.sweeps import Sweep
from bot.services.toolbox import Services
from bot.views import hold_items, holds, sweeps, undos
from bot.views.answers import Answer, deliver, take, think
from bot.views.undo_flow import UndoFlow

_TICK = 2.0
"""Seconds between two looks at a running sweep."""
_LONGEST_ID = 18
"""Digits of a sweep's id that any database takes."""
_WATCH = timedelta(minutes=13)
"""How long an answer is kept up to date; Discord allows 15 minutes from the command."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SweepCog(commands.GroupCog, name="sweep", description="Re-verification: how it stands, do it now, or undo it"):
    """Re-verification."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watchers = Watchers()
        self._undos = UndoFlow(services.undoing, services.settings, services.clock, services.sleep)

    async def cog_unload(self) -> None:
        """Stop keeping answers up to date; sweeps and undos themselves go on in the database."""
        await self._watchers.stop()

    @app_commands.command(description="Read all linked wallets of this server's members now")
    async def now(self, interaction: discord.Interaction) -> None:
        """Ask for a sweep and show how it goes."""
        await think(interaction)
        sweep, is_new = await self._services.sweeper.request(guild_id_of(interaction), interaction.user.id)
        await self._watchers.run(self._watch(interaction, sweep, was_running=not is_new))

    @app_commands.command(description="How re-verification stands: readings, roles, what is due")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show how re-verification stands."""
        await think(interaction)
        guild_id = guild_id_of(interaction)
        status = await self._services.sweeper.status(guild_id)
        notices = await self._services.braking.open_holds(guild_id)
        is_paused = (await self._services.settings.show(guild_id)).paused
        lines = [holds.PAUSED if is_paused else "", sweeps.status(status, self._services.clock.now())]
        undo = await self._services.undoing.running(guild_id)
        lines += ["" if undo is None else undos.running(undo), holds.in_status(notices)]
        text = "\n".join(line for line in lines if line)
        embeds = tuple(holds.embed(notice, holds.NAMED_IN_STATUS) for notice in hold_items.in_status(notices))
        await deliver(interaction, Answer(text, embeds, hold_items.status_view(notices)))

    @app_commands.command(description="Give back the roles that one sweep took, and take back those it gave")
    @app_commands.describe(sweep="Choose from the list of sweeps that changed something")
    async def undo(self, interaction: discord.Interaction, sweep: app_commands.Range[str, 1, 100]) -> None:
        """Show what undoing a sweep would do."""
        await think(interaction)
        if not sweep.isascii() or not sweep.isdigit() or len(sweep) > _LONGEST_ID:
            raise UserError("That is not one of the sweeps. Choose one from the list that the option `sweep` offers.")
        await self._undos.begin(interaction, admin(interaction), int(sweep))

    async def undo_as_shown(self, interaction: discord.Interaction, sweep_id: int, shown: tuple[int, int]) -> None:
        """The undoing of a sweep was confirmed."""
        await self._watchers.run(self._undos.confirm(interaction, admin(interaction), sweep_id, shown))

    async def leave_as_is(self, interaction: discord.Interaction) -> None:
        """The sweep is not to be undone."""
        await take(interaction, undos.CANCELLED)

    @undo.autocomplete("sweep")
    async def _sweeps(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            offered = await self._undos.choices(interaction, guild_id_of(interaction))
        except HoldfastError:
            return []
        wanted = typed.strip().lower()
        return [app_commands.Choice(name=name, value=str(one)) for name, one in offered if wanted in name.lower()]

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

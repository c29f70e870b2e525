"""`/sweep`: how re-verification stands, have it done now, and undo what it did."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.cogs.watching import Watchers
from bot.domain.errors import HoldfastError, UserError
from bot.services.toolbox import Services
from bot.views import fetch_plans, hold_items, holds, sweep_items, sweeps, undos
from bot.views.answers import Answer, deliver, take, think
from bot.views.sweep_charts import SweepCharts
from bot.views.sweep_flow import SweepFlow
from bot.views.undo_flow import UndoFlow

_LONGEST_ID = 18
"""Digits of a sweep's id that any database takes."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SweepCog(commands.GroupCog, name="sweep", description="Re-verification: how it stands, do it now, or undo it"):
    """Re-verification."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watchers = Watchers()
        self._charts = SweepCharts(services.histories)
        self._flow = SweepFlow(services.sweeps, services.settings, services.clock, services.sleep)
        self._undos = UndoFlow(services.undoing, services.settings, services.clock, services.sleep)

    async def cog_unload(self) -> None:
        """Stop keeping answers up to date; sweeps and undos themselves go on in the database."""
        await self._watchers.stop()

    @app_commands.command(description="Read all linked wallets of this server's members now")
    async def now(self, interaction: discord.Interaction) -> None:
        """Ask for a sweep and show how it goes."""
        await think(interaction)
        sweep, is_new = await self._services.sweeps.request(guild_id_of(interaction), interaction.user.id)
        await self._watchers.run(self._flow.watch(interaction, sweep, was_running=not is_new))

    @app_commands.command(description="How re-verification stands: readings, roles, what is due")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show how re-verification stands."""
        await think(interaction)
        guild_id = guild_id_of(interaction)
        status = await self._services.sweeps.status(guild_id)
        notices = await self._services.braking.open_holds(guild_id)
        is_paused = (await self._services.settings.show(guild_id)).paused
        lines = [holds.PAUSED if is_paused else "", sweeps.status(status, self._services.clock.now())]
        undo = await self._services.undoing.running(guild_id)
        lines += ["" if undo is None else undos.running(undo), await self._reading(), holds.in_status(notices)]
        text = "\n".join(line for line in lines if line)
        embeds = tuple(holds.embed(notice, holds.NAMED_IN_STATUS) for notice in hold_items.in_status(notices))
        files = await self._charts.files(interaction)
        await deliver(interaction, Answer(text, embeds, sweep_items.status_view(status.sweep, notices), files))

    async def _reading(self) -> str:
        standings = await self._services.spending.standings()
        return fetch_plans.in_status(standings.values(), self._services.policy, self._services.clock.now())

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

    async def cancel_sweep(self, interaction: discord.Interaction, sweep_id: int) -> None:
        """A sweep that runs is to be called off."""
        await self._flow.cancel(interaction, admin(interaction), sweep_id)

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

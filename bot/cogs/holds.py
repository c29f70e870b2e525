"""Presses on Approve and Keep, wherever held removals are shown."""

import discord
from discord.ext import commands

from bot.cogs.context import admin
from bot.domain.brakes import HoldDecision
from bot.services.toolbox import Services
from bot.views import holds
from bot.views.answers import Answer, deliver, think
from bot.views.desk import HOLD_DESK


class HoldsCog(commands.Cog, name=HOLD_DESK):
    """The `HoldDesk`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def decide(
        self, interaction: discord.Interaction, hold_id: int, decision: HoldDecision, through: int
    ) -> None:
        """Approve or keep. The post itself follows from the database."""
        await think(interaction)
        decided = await self._services.braking.decide(admin(interaction), hold_id, decision, through)
        await deliver(interaction, Answer(holds.pressed(decided)))

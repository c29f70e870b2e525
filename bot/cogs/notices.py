"""Telling people who use the bot that a role of theirs ends."""

import asyncio
from collections.abc import Sequence

import discord
import structlog
from discord.ext import commands

from bot.domain.errors import HoldfastError
from bot.domain.notices import Lapse
from bot.services.toolbox import Services
from bot.views import notices
from bot.views.desk import NOTICE_DESK, needs_no_notice

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds that notices under way get to be finished and recorded at the end."""


class NoticesCog(commands.Cog, name=NOTICE_DESK):
    """Adds the notice below whatever the bot answered."""

    def __init__(self, services: Services) -> None:
        self._notices = services.notices
        self._telling: set[asyncio.Task[None]] = set()

    async def cog_unload(self) -> None:
        """Let what was begun be recorded: people have their answers by then, and nobody else waits for this."""
        if self._telling:
            _, late = await asyncio.wait(self._telling, timeout=PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def follow_up(self, interaction: discord.Interaction) -> None:
        """Tell the person what they have not been told yet. Never raises: the answer itself was given already."""
        # An answer that shows progress is delivered again and again.
        if interaction.guild_id is None or not needs_no_notice(interaction):
            return
        telling = asyncio.create_task(self._tell(interaction, interaction.guild_id))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
        await asyncio.wait({telling})

    async def _tell(self, interaction: discord.Interaction, guild_id: int) -> None:
        async def show(lapses: Sequence[Lapse]) -> None:
            nobody = discord.AllowedMentions.none()
            await interaction.followup.send(notices.in_answer(lapses), ephemeral=True, allowed_mentions=nobody)

        try:
            await self._notices.tell(guild_id, interaction.user.id, show)
        except (HoldfastError, discord.HTTPException) as error:
            log.info("notice.postponed", guild_id=guild_id, error=type(error).__name__)
        except Exception:  # the edge: what is wrong with a notice must not look like a fault of the answer
            log.exception("notice.failed", guild_id=guild_id)

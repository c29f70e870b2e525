"""`/panel post`."""

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import guild_id_of, shown_role_ids
from bot.domain.errors import StoreBusyError, UserError
from bot.services.admins import Admin
from bot.services.toolbox import Services
from bot.views.answers import Answer, deliver, think, untracked
from bot.views.link_items import LinkButton
from bot.views.panel import panel

log = structlog.get_logger(__name__)


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class PanelCog(commands.GroupCog, name="panel", description="The message with the button that links wallets"):
    """The panel."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Post the message with the button that members press to link a wallet")
    @app_commands.describe(channel="Where to post it; here if you name none")
    async def post(self, interaction: discord.Interaction, channel: discord.TextChannel | None = None) -> None:
        """Post the panel."""
        await think(interaction)
        admin = Admin(guild_id_of(interaction), interaction.user.id, shown_role_ids(interaction) or frozenset())
        target = channel or interaction.channel
        if not isinstance(target, discord.abc.Messageable):
            raise UserError("A panel cannot be posted in this kind of channel. Name a text channel with `channel`.")
        guild = interaction.guild
        try:
            message = await target.send(
                embed=panel("this server" if guild is None or guild.unavailable else guild.name),
                view=untracked(LinkButton()),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except (discord.Forbidden, discord.NotFound) as error:
            raise UserError(
                "Holdfast may not post in that channel, so there is no panel yet. Give it View Channel, Send Messages "
                "and Embed Links there, then try again."
            ) from error
        try:
            await self._services.settings.note_panel(admin, message.channel.id)
        except StoreBusyError as error:  # the panel is there, which is what counts
            log.warning("panel.not_noted", guild_id=admin.guild_id, error=str(error))
        no_network = not self._services.linking.networks
        note = "\n⚠️ No network can be linked at the moment; see `/doctor`." if no_network else ""
        await deliver(
            interaction,
            Answer(f"**Panel posted:** {message.jump_url}. It keeps working after restarts; pin it if you like.{note}"),
        )

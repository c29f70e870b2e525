"""`/settings`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.domain.durations import parse_duration
from bot.domain.errors import UserError
from bot.services.doctor import CheckStatus
from bot.services.toolbox import Services
from bot.views import audits, settings
from bot.views.answers import Answer, deliver, think
from bot.views.paging import paged

_DEFAULTS = ("default", "none")
_UNSET = [
    app_commands.Choice(name="log_channel: tell nobody", value="log_channel"),
    app_commands.Choice(name="notice_channel: tell holders only when they use the bot", value="notice_channel"),
    app_commands.Choice(name="grace: back to this bot's default", value="grace"),
]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SettingsCog(commands.GroupCog, name="settings", description="Holdfast's settings for this server"):
    """A server's settings."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Show this server's settings")
    async def show(self, interaction: discord.Interaction) -> None:
        """Show the settings."""
        await think(interaction)
        current = await self._services.settings.show(guild_id_of(interaction))
        text = settings.overview(current, self._services.policy, self._services.default_grace)
        await deliver(interaction, Answer(text))

    @app_commands.command(name="set", description="Change this server's settings")
    @app_commands.describe(
        log_channel="Where Holdfast tells admins what they should know",
        grace="The grace period that new rules start with, such as 12h or 3d; “default” for this bot's default",
        notice_channel="Where a holder is told, with a mention, that a role ends and until when it stays",
        paused="True: nobody here gets or loses any role until you set it to False",
        unset="Put a setting back to what it was at first",
    )
    @app_commands.choices(unset=_UNSET)
    async def set_(
        self,
        interaction: discord.Interaction,
        log_channel: discord.TextChannel | None = None,
        grace: app_commands.Range[str, 1, 50] | None = None,
        paused: bool | None = None,
        notice_channel: discord.TextChannel | None = None,
        unset: str | None = None,
    ) -> None:
        """Change settings."""
        await think(interaction)
        given = {"log_channel": log_channel, "grace": grace, "paused": paused, "notice_channel": notice_channel}
        if unset is None and all(value is None for value in given.values()):
            raise UserError(
                "Nothing to change was given. Give `log_channel`, `notice_channel`, `grace`, `paused` or `unset`. "
                "See `/settings show`."
            )
        if unset is not None and given[unset] is not None:
            raise UserError(f"`{unset}` cannot be set and unset at once. Nothing was changed.")
        wants_default = unset == "grace" or (grace is not None and grace.strip().lower() in _DEFAULTS)
        span = None if grace is None or wants_default else parse_duration(grace)
        actor, service = admin(interaction), self._services.settings
        warnings = []
        if log_channel is not None:
            await service.set_log_channel(actor, log_channel.id)
            warnings.append(await self._warning(log_channel))
        elif unset == "log_channel":
            await service.set_log_channel(actor, None)
        if notice_channel is not None:
            await service.set_notice_channel(actor, notice_channel.id)
            warnings.append(settings.closed(await self._services.notices.look_at(actor.guild_id, notice_channel.id)))
        elif unset == "notice_channel":
            await service.set_notice_channel(actor, None)
        if span is not None or wants_default:
            await service.set_grace(actor, span)
        if paused is not None:
            await service.set_paused(actor, paused=paused)
        current = await service.show(actor.guild_id)
        warning = " ".join(filter(None, warnings))
        text = settings.changed(current, self._services.policy, self._services.default_grace, warning)
        await deliver(interaction, Answer(text))

    @app_commands.command(description="Who changed what in this server, newest first")
    async def audit(self, interaction: discord.Interaction) -> None:
        """Show the audit."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the audit."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        lines = await self._services.auditing.recent(guild_id_of(interaction))
        return paged(self.qualified_name, "Who changed what", audits.pages(lines), number)

    async def _warning(self, channel: discord.TextChannel) -> str:
        """Warn at once when lines for that channel would not arrive."""
        found = await self._services.doctor.examine_log_channel(channel.guild.id, channel.id)
        return "" if found.status is CheckStatus.GOOD else f"{found.reason} {found.fix}"

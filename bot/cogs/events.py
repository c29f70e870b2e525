"""Discord's events about members, roles and servers."""

import discord
import structlog
from discord.ext import commands

from bot.domain.errors import HoldfastError
from bot.services.toolbox import Services

log = structlog.get_logger(__name__)


class EventsCog(commands.Cog, name="events"):
    """Passes events on. A lost or failed one is made up for by the next sweep, so failures are only logged."""

    def __init__(self, services: Services) -> None:
        self._memberships = services.memberships
        self._courtesy = services.courtesy

    @commands.Cog.listener()
    async def on_interaction(self, _interaction: discord.Interaction) -> None:
        """Somebody uses the bot."""
        self._courtesy.came()

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came (with the members intent only)."""
        if member.bot:
            return
        try:
            await self._memberships.joined(member.guild.id, member.id)
        except HoldfastError as error:
            _missed("member_join", member.guild.id, error)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left (with the members intent only)."""
        try:
            await self._memberships.left(payload.guild_id, payload.user.id)
        except HoldfastError as error:
            _missed("member_remove", payload.guild_id, error)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role was deleted."""
        try:
            await self._memberships.role_deleted(role.guild.id, role.id)
        except HoldfastError as error:
            _missed("role_delete", role.guild.id, error)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there, after a start, a new connection or an outage. What happened meanwhile was not told."""
        await self._look_at_roles(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        try:
            await self._memberships.bot_removed(guild.id)
        except HoldfastError as error:
            _missed("guild_remove", guild.id, error)
        else:
            log.info("guild.removed", guild_id=guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server. It says nothing there: the admin who added it knows."""
        try:
            await self._memberships.bot_arrived(guild.id)
        except HoldfastError as error:
            _missed("guild_join", guild.id, error)
        else:
            log.info("guild.joined", guild_id=guild.id)
        await self._look_at_roles(guild)

    async def _look_at_roles(self, guild: discord.Guild) -> None:
        try:
            await self._memberships.connected(guild.id, frozenset(role.id for role in guild.roles))
        except HoldfastError as error:
            _missed("guild_available", guild.id, error)


def _missed(event: str, guild_id: int, error: HoldfastError) -> None:
    log.warning("event.missed", discord_event=event, guild_id=guild_id, error=str(error))

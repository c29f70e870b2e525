"""`/member`: what admins ask and decide about one member."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of
from bot.domain.until import parse_until
from bot.services.protecting import ProtectedRole
from bot.services.toolbox import Services
from bot.views import protections, why
from bot.views.answers import Answer, deliver, think
from bot.views.paging import paged
from bot.views.standings import Reader
from bot.views.why_items import why_page


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class MemberCog(
    commands.GroupCog, name="member", description="One member: why they have which role, and who is protected"
):
    """One member, for admins."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(name="why", description="Why a member has each role or not, and who decided what")
    @app_commands.describe(user="The member; somebody who left works too")
    async def why_(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Explain a member's roles to an admin."""
        await think(interaction)
        await deliver(interaction, await self._why(interaction, user.id, 0))

    async def open_why(self, interaction: discord.Interaction, user_id: int, number: int) -> None:
        """Turn to a page of the explanation."""
        await interaction.response.defer()
        await deliver(interaction, await self._why(interaction, user_id, number))

    async def _why(self, interaction: discord.Interaction, user_id: int, number: int) -> Answer:
        guild_id, services = guild_id_of(interaction), self._services
        explanation = await services.explaining.explain_to_admin(guild_id, user_id)
        reader = Reader(is_admin=True, now=services.clock.now())
        return why_page(user_id, why.pages(explanation, reader), number)

    @app_commands.command(description="Let a member keep roles, whatever their wallets hold")
    @app_commands.describe(
        user="The member",
        role="The role to keep; all that Holdfast gave if you name none",
        until="A date such as 2026-12-24, or a span such as 30d; until you end it if you name none",
        reason="Why, for the other admins",
    )
    async def protect(
        self,
        interaction: discord.Interaction,
        user: discord.User,
        role: discord.Role | None = None,
        until: app_commands.Range[str, 1, 50] | None = None,
        reason: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Protect a member."""
        await think(interaction)
        end = None if until is None else parse_until(until, self._services.clock.now())
        protection = await self._services.protecting.protect(
            admin(interaction), user.id, _named(role), end, reason or ""
        )
        await deliver(interaction, Answer(protections.protected(protection)))

    @app_commands.command(description="Let the rules decide about a member's roles again")
    @app_commands.describe(user="The member", role="The role to end it for; everything if you name none")
    async def unprotect(
        self, interaction: discord.Interaction, user: discord.User, role: discord.Role | None = None
    ) -> None:
        """End a protection, and decisions that the member keeps roles."""
        await think(interaction)
        result = await self._services.protecting.unprotect(admin(interaction), user.id, _named(role))
        await deliver(interaction, Answer(protections.unprotected(user.id, result)))

    @app_commands.command(description="Who is protected in this server, until when and why")
    async def protected(self, interaction: discord.Interaction) -> None:
        """List the protected members."""
        await think(interaction)
        await deliver(interaction, await self._protected(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the list of protected members."""
        await interaction.response.defer()
        await deliver(interaction, await self._protected(interaction, number))

    async def _protected(self, interaction: discord.Interaction, number: int) -> Answer:
        found = await self._services.protecting.of_guild(guild_id_of(interaction))
        return paged(self.qualified_name, f"Protected members ({len(found)})", protections.pages(found), number)


def _named(role: discord.Role | None) -> ProtectedRole | None:
    return None if role is None else ProtectedRole(role.id, role.name)

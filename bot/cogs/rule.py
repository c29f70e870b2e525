"""`/rule`: which holdings give which role."""

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of, text_choices
from bot.domain.durations import parse_duration
from bot.domain.errors import HoldfastError, UserError
from bot.services.toolbox import Services
from bot.views import rules
from bot.views.answers import Answer, deliver, think
from bot.views.completions import completions, last_word
from bot.views.paging import paged
from bot.views.text import CHOICES_MAX

_EXPRESSION = "For example: friends >= 3 and not banned"
_GRACE = "How long a role stays after that, such as 12h or 3d; 0 for none"


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class RuleCog(commands.GroupCog, name="rule", description="Which holdings give which role"):
    """A server's rules."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Give a role to everybody who holds what the expression asks for")
    @app_commands.describe(role="The role to give", expression=_EXPRESSION, grace=_GRACE)
    async def add(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        expression: str,
        grace: app_commands.Range[str, 1, 50] | None = None,
    ) -> None:
        """Make a rule."""
        await think(interaction)
        change = await self._services.rules.add(admin(interaction), role.id, expression, _span(grace))
        await deliver(interaction, Answer(rules.added(change)))

    @app_commands.command(description="Change what a rule asks for, or its grace period")
    @app_commands.describe(role="The rule's role", expression=_EXPRESSION, grace=_GRACE)
    async def edit(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        expression: str | None = None,
        grace: app_commands.Range[str, 1, 50] | None = None,
    ) -> None:
        """Change a rule."""
        await think(interaction)
        change = await self._services.rules.edit(admin(interaction), role.id, expression, _span(grace))
        await deliver(interaction, Answer(rules.edited(change)))

    @app_commands.command(description="Remove a rule; its holders keep the role unless you say otherwise")
    @app_commands.describe(
        role="The rule's role",
        take_roles="Take the role back from everybody who has it by this rule",
        deleted="Instead of a role: a rule whose role was deleted",
    )
    async def remove(
        self,
        interaction: discord.Interaction,
        role: discord.Role | None = None,
        take_roles: bool = False,
        deleted: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Remove a rule."""
        await think(interaction)
        actor = admin(interaction)
        role_id = await self._deleted_role(actor.guild_id, deleted) if role is None else role.id
        use = await self._services.rules.remove(actor, role_id, take_roles=take_roles)
        await deliver(interaction, Answer(rules.removed(use, take_roles=take_roles)))

    async def _deleted_role(self, guild_id: int, named: str | None) -> int:
        if named is None:
            raise UserError("Nothing was removed: name the rule's `role`, or choose a `deleted` one from the list.")
        found = await self._services.rules.of_deleted_roles(guild_id, named)
        if len(found) != 1:
            raise UserError(
                "That is not one rule whose role was deleted, so nothing was removed. Choose one from the list that "
                "the option `deleted` offers; a role that still exists goes into the option `role`."
            )
        return found[0].role_id

    @app_commands.command(name="list", description="Show the server's rules and how they stand")
    async def list_(self, interaction: discord.Interaction) -> None:
        """List the rules."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    @app_commands.command(description="Freeze a rule: nobody gets or loses its role until it is resumed")
    @app_commands.describe(role="The rule's role")
    async def pause(self, interaction: discord.Interaction, role: discord.Role) -> None:
        """Pause a rule."""
        await think(interaction)
        await deliver(interaction, Answer(rules.paused(await self._services.rules.pause(admin(interaction), role.id))))

    @app_commands.command(description="Let a paused or stopped rule run again")
    @app_commands.describe(role="The rule's role")
    async def resume(self, interaction: discord.Interaction, role: discord.Role) -> None:
        """Resume a rule."""
        await think(interaction)
        await deliver(
            interaction, Answer(rules.resumed(await self._services.rules.resume(admin(interaction), role.id)))
        )

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the list."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        uses = await self._services.rules.of_guild(guild_id_of(interaction))
        return paged(self.qualified_name, f"Rules ({len(uses)})", rules.pages(uses), number)

    @remove.autocomplete("deleted")
    async def _deleted_roles(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            found = await self._services.rules.of_deleted_roles(guild_id_of(interaction), typed)
        except HoldfastError:
            return []
        return [app_commands.Choice(name=rules.deleted_role(rule), value=str(rule.role_id)) for rule in found][
            :CHOICES_MAX
        ]

    @add.autocomplete("expression")
    @edit.autocomplete("expression")
    async def _expressions(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            names = await self._services.collections.names_like(guild_id_of(interaction), last_word(typed), CHOICES_MAX)
        except HoldfastError:
            return []
        return text_choices(completions(typed, names))


def _span(text: str | None) -> timedelta | None:
    return None if text is None else parse_duration(text)

"""`/rule`: which holdings give which role."""

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of, text_choices
from bot.cogs.rule_adopt import AdoptCommand
from bot.cogs.watching import Watchers
from bot.domain.drafts import DraftKind, Proposal
from bot.domain.durations import parse_duration
from bot.domain.errors import HoldfastError, UserError
from bot.services.toolbox import Services
from bot.views import rules
from bot.views.answers import Answer, deliver, think
from bot.views.completions import completions, last_word
from bot.views.draft_flow import DraftFlow
from bot.views.paging import paged
from bot.views.text import CHOICES_MAX

_EXPRESSION = "For example: friends >= 3 and not banned"
_GRACE = "How long a role stays after that, such as 12h or 3d; 0 for none"


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class RuleCog(AdoptCommand, commands.GroupCog, name="rule", description="Which holdings give which role"):
    """A server's rules."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watchers = Watchers()
        self._flow = DraftFlow(services.drafting, services.previewing, services.guild_log, services.clock)

    async def cog_unload(self) -> None:
        """Stop reading for previews; what was proposed waits in the database."""
        await self._watchers.stop()

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
        await self._propose(interaction, Proposal(DraftKind.ADD, role.id, expression, _span(grace)))

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
        await self._propose(interaction, Proposal(DraftKind.EDIT, role.id, expression, _span(grace)))

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
        role_id = await self._deleted_role(guild_id_of(interaction), deleted) if role is None else role.id
        await self._propose(interaction, Proposal(DraftKind.REMOVE, role_id, take_roles=take_roles))

    @app_commands.command(description="See who would gain or lose a role, without changing anything")
    @app_commands.describe(
        role="A rule's role: what its rule would do, or your expression in its place", expression=_EXPRESSION
    )
    async def preview(
        self, interaction: discord.Interaction, role: discord.Role | None = None, expression: str | None = None
    ) -> None:
        """Look ahead."""
        await think(interaction)
        actor, service = admin(interaction), self._services.rules
        if role is None and expression is None:
            raise UserError("There is nothing to preview: give a `role`, an `expression`, or both.")
        parsed = None if expression is None else await service.read_expression(actor.guild_id, expression)
        if role is not None:
            rule = await service.as_if(actor.guild_id, role.id, role.name, parsed)
            await self._watchers.run(self._flow.show_rule(interaction, actor, rule))
        elif parsed is not None:
            await self._watchers.run(self._flow.show_expression(interaction, actor, parsed))

    async def decide(self, interaction: discord.Interaction, draft_id: int, choice: str) -> None:
        """A button below a preview was pressed."""
        await self._flow.decide(interaction, admin(interaction), draft_id, choice)

    async def _propose(self, interaction: discord.Interaction, proposal: Proposal) -> None:
        await self._watchers.run(self._flow.propose(interaction, admin(interaction), proposal))

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
    @preview.autocomplete("expression")
    async def _expressions(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            names = await self._services.collections.names_like(guild_id_of(interaction), last_word(typed), CHOICES_MAX)
        except HoldfastError:
            return []
        return text_choices(completions(typed, names))


def _span(text: str | None) -> timedelta | None:
    return None if text is None else parse_duration(text)

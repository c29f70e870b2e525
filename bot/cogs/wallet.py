"""`/wallet`: link, code, list, unlink, refresh."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import applicant, meet, meet_reader, network_choices, read_network
from bot.domain.errors import HoldfastError
from bot.services.toolbox import Services
from bot.views import wallets
from bot.views.answers import Answer, deliver, think
from bot.views.link_flow import LinkFlow
from bot.views.paging import paged
from bot.views.text import CHOICES_MAX


@app_commands.guild_only()
class WalletCog(commands.GroupCog, name="wallet", description="Your wallets: link, list, unlink, refresh"):
    """A member's own wallets."""

    def __init__(self, services: Services, flow: LinkFlow) -> None:
        self._services = services
        self._flow = flow

    @app_commands.command(description="Prove that a wallet is yours, by signing a short text (free, no transaction)")
    @app_commands.describe(
        network="Where the wallet is",
        address="The wallet's address; needed on Ethereum-style networks only",
    )
    async def link(
        self,
        interaction: discord.Interaction,
        network: str,
        address: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Start linking a wallet."""
        chosen = read_network(network, list(self._services.linking.networks))
        await self._flow.start(interaction, applicant(interaction), chosen, address)

    @app_commands.command(description="Complete a link with the code that the verify page shows you")
    @app_commands.describe(code="The code from the page that you opened yourself")
    async def code(self, interaction: discord.Interaction, code: app_commands.Range[str, 1, 20]) -> None:
        """Complete a proof from the verify page."""
        await self._flow.complete_by_code(interaction, applicant(interaction), code)

    @app_commands.command(name="list", description="Show the wallets that you have linked")
    async def list_(self, interaction: discord.Interaction) -> None:
        """List the member's wallets."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the list."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    @app_commands.command(description="End the link to one of your wallets; roles that rest on it go at once")
    @app_commands.describe(wallet="One of your wallets, from the list")
    async def unlink(self, interaction: discord.Interaction, wallet: app_commands.Range[str, 1, 200]) -> None:
        """End a link."""
        await think(interaction)
        guild_id, user_id = await meet(self._services, interaction)
        result = await self._services.onboarding.unlink(guild_id, user_id, wallet)
        await deliver(interaction, Answer(wallets.unlinked(result)))

    @app_commands.command(description="Read your wallets now, and bring your roles into line with them")
    async def refresh(self, interaction: discord.Interaction) -> None:
        """Read the member's wallets anew."""
        await think(interaction)
        guild_id, user_id = await meet(self._services, interaction)
        result = await self._services.onboarding.refresh(guild_id, user_id)
        text = wallets.refreshed(result, self._services.clock.now(), self._services.policy.stale_after)
        await deliver(interaction, paged(self.qualified_name, "Your wallets now", [text]))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        guild_id, user_id = await meet_reader(self._services, interaction)
        links, is_out = await self._services.wallets.listed(guild_id, user_id)
        now, stale_after = self._services.clock.now(), self._services.policy.stale_after
        pages = wallets.pages(links, now, stale_after, opted_out=is_out)
        return paged(self.qualified_name, f"Your linked wallets ({len(links)})", pages, number)

    @link.autocomplete("network")
    async def _networks(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return network_choices(typed, list(self._services.linking.networks))

    @unlink.autocomplete("wallet")
    async def _own_wallets(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            links = await self._services.wallets.of(interaction.user.id)
        except HoldfastError:
            return []
        choices = [app_commands.Choice(name=wallets.choice(link), value=str(link.id)) for link in links]
        wanted = typed.strip().lower()
        return [choice for choice in choices if wanted in choice.name.lower()][:CHOICES_MAX]

"""`/collection`: what rules count."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.context import admin, guild_id_of, network_choices, read_network, text_choices
from bot.domain.errors import HoldfastError
from bot.domain.selectors import SelectorKind
from bot.services.toolbox import Services
from bot.views import rules
from bot.views.answers import Answer, deliver, think
from bot.views.paging import paged
from bot.views.text import CHOICES_MAX

_KINDS = [
    app_commands.Choice(name="Chia collections, by col1… id", value=SelectorKind.CHIA_COLLECTION.value),
    app_commands.Choice(name="Single Chia NFTs, by nft1… id", value=SelectorKind.NFT_SET.value),
    app_commands.Choice(name="Loopring NFTs, by nftData", value=SelectorKind.NFT_DATA_SET.value),
    app_commands.Choice(name="Any NFT on the network", value=SelectorKind.ANY.value),
]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class CollectionCog(commands.GroupCog, name="collection", description="Name the NFTs that rules count"):
    """A server's collections."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Name a set of NFTs, so that rules can count them")
    @app_commands.describe(
        name="A short name for rules, such as friends or og_card",
        network="Where the NFTs are",
        kind="How they are chosen",
        items="Their ids, separated by commas or spaces; nothing for “any”",
    )
    @app_commands.choices(kind=_KINDS)
    async def add(
        self,
        interaction: discord.Interaction,
        name: app_commands.Range[str, 1, 100],
        network: str,
        kind: str,
        items: str = "",
    ) -> None:
        """Add a collection."""
        await think(interaction)
        chosen = read_network(network, list(self._services.linking.networks))
        collection = await self._services.collections.add(admin(interaction), name, chosen, SelectorKind(kind), items)
        await deliver(interaction, Answer(rules.collection_added(collection)))

    @app_commands.command(description="Remove a collection that no rule names")
    @app_commands.describe(name="One of the server's collections")
    async def remove(self, interaction: discord.Interaction, name: app_commands.Range[str, 1, 100]) -> None:
        """Remove a collection."""
        await think(interaction)
        collection = await self._services.collections.remove(admin(interaction), name)
        await deliver(interaction, Answer(rules.collection_removed(collection)))

    @app_commands.command(name="list", description="Show the server's collections and the rules that count them")
    async def list_(self, interaction: discord.Interaction) -> None:
        """List the collections."""
        await think(interaction)
        await deliver(interaction, await self._page(interaction, 0))

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Turn to a page of the list."""
        await interaction.response.defer()
        await deliver(interaction, await self._page(interaction, number))

    async def _page(self, interaction: discord.Interaction, number: int) -> Answer:
        uses = await self._services.collections.of_guild(guild_id_of(interaction))
        return paged(self.qualified_name, f"Collections ({len(uses)})", rules.collection_pages(uses), number)

    @add.autocomplete("network")
    async def _networks(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return network_choices(typed, list(self._services.linking.networks))

    @remove.autocomplete("name")
    async def _names(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            names = await self._services.collections.names_like(guild_id_of(interaction), typed, CHOICES_MAX)
        except HoldfastError:
            return []
        return text_choices(list(names))

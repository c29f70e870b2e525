"""How presses find their way: from an id to the cog that answers it."""

from typing import Final, Protocol, runtime_checkable

import discord
from discord.ext import commands

from bot.domain.errors import UserError
from bot.domain.networks import Network

LINK_DESK: Final = "linking"
"""The name of the cog that is the `LinkDesk`."""


@runtime_checkable
class LinkDesk(Protocol):
    """Answers presses about linking a wallet."""

    async def begin(self, interaction: discord.Interaction) -> None:
        """The panel's button was pressed."""

    async def choose(self, interaction: discord.Interaction, network: Network) -> None:
        """A network was chosen."""

    async def by_paste(self, interaction: discord.Interaction, network: Network | None) -> None:
        """Pasting was chosen over the verify page; None asks for the network first."""

    async def ask_code(self, interaction: discord.Interaction) -> None:
        """The button for the verify page's code was pressed."""

    async def ask_answer(self, interaction: discord.Interaction, challenge_id: int) -> None:
        """The paste button of a challenge was pressed."""


@runtime_checkable
class Book(Protocol):
    """A cog with a list that is too long for one message."""

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Show a page, counted from 0, in place of the one shown now."""


def link_desk(interaction: discord.Interaction) -> LinkDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, LINK_DESK)
    if not isinstance(cog, LinkDesk):
        raise _not_ready()
    return cog


def book(interaction: discord.Interaction, name: str) -> Book:
    """Find a book. Raises `UserError` for one that is not there."""
    cog = _cog(interaction, name)
    if not isinstance(cog, Book):
        raise _not_ready()
    return cog


def _cog(interaction: discord.Interaction, name: str) -> object:
    client = interaction.client
    return client.get_cog(name) if isinstance(client, commands.Bot | commands.AutoShardedBot) else None


def _not_ready() -> UserError:
    return UserError("Holdfast is starting, and this is not ready yet. Nothing was changed. Try again in a minute.")

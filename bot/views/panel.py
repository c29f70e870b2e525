"""The panel: the public message with the button that members press to link a wallet."""

import discord

from bot.domain.markup import plain


def panel(guild_name: str) -> discord.Embed:
    """Say what pressing the button leads to, and what is never asked, so that a fake panel can be told apart."""
    embed = discord.Embed(
        title="Link your wallet, get your roles",
        description=(
            f"Holdfast gives roles in **{plain(guild_name)}** for the NFTs you hold. "
            "Press the button, sign a short text with your wallet, and your roles follow: only you see the answers."
        ),
        colour=discord.Colour.dark_teal(),
    )
    embed.add_field(
        name="What is asked of you",
        value=(
            "One signed text per wallet, made for you alone and good for 10 minutes. Signing is free, is no "
            "transaction, and gives nobody access to your funds."
        ),
        inline=False,
    )
    embed.add_field(
        name="What is never asked",
        value=(
            "No seed phrase, no private key, no payment, no transaction, no approval. This bot never writes to you "
            "first. Whoever does so in its name is not this bot."
        ),
        inline=False,
    )
    embed.add_field(
        name="Afterwards",
        value="`/roles why` explains your roles, `/wallet list` shows your wallets, `/wallet unlink` ends a link.",
        inline=False,
    )
    return embed

"""Buttons below posts, as discord.py sends them."""

from collections.abc import Sequence

import discord

from bot.domain.posts import PostButton, Weight

_STYLES = {Weight.DO: discord.ButtonStyle.success, Weight.LEAVE: discord.ButtonStyle.secondary}


def button_row(buttons: Sequence[PostButton]) -> discord.ui.View | None:
    """Put buttons into a view that discord.py shows and then forgets; None for no buttons."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(discord.ui.Button(label=button.label, custom_id=button.id, style=_STYLES[button.weight]))
    view.stop()
    return view

"""Answering: always ephemeral, never pinging, in whatever state the interaction is."""

import io
from dataclasses import dataclass
from typing import Final

import discord

from bot.views.desk import notice_desk
from bot.views.text import CONTENT_MAX, cut

_NOBODY: Final = discord.AllowedMentions.none()


FILE_MAX: Final = 8 * 1024 * 1024
"""Bytes of a file that any server takes, with room for the rest of the request: Discord's own limit is 10 MiB."""


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file below an answer, with at most `FILE_MAX` bytes."""

    name: str
    content: bytes
    description: str = ""
    """What a picture shows, in words, for those who do not see it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one message shows."""

    text: str = ""
    embeds: tuple[discord.Embed, ...] = ()
    view: discord.ui.View | None = None
    files: tuple[AnswerFile, ...] = ()


def untracked(*items: discord.ui.Item[discord.ui.View | discord.ui.LayoutView]) -> discord.ui.View:
    """Put items into a view that discord.py shows and then forgets.

    Presses are understood from their ids (see `ids`), so there is nothing to remember, and nothing to leak.
    """
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


async def think(interaction: discord.Interaction) -> None:
    """Acknowledge a command, which buys 15 minutes for the answer."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def take(interaction: discord.Interaction, note: str) -> None:
    """Acknowledge a press or a form: with a note in the bot's own private message it came from, or in a new one.

    A message that everybody sees, such as the panel, is never changed by a press.
    """
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await interaction.response.edit_message(content=note, embeds=[], view=None, allowed_mentions=_NOBODY)
    else:
        await think(interaction)


async def deliver(interaction: discord.Interaction, answer: Answer) -> None:
    """Show an answer: as the first response, or in place of what was shown for this interaction so far."""
    text = cut(answer.text, CONTENT_MAX)
    embeds = list(answer.embeds)
    files = [
        discord.File(io.BytesIO(file.content), file.name, description=file.description or None) for file in answer.files
    ]
    view = discord.utils.MISSING if answer.view is None else answer.view
    if not interaction.response.is_done():
        await interaction.response.send_message(
            text, embeds=embeds, view=view, files=files, ephemeral=True, allowed_mentions=_NOBODY
        )
    elif interaction.response.type is discord.InteractionResponseType.modal:
        await interaction.followup.send(
            text, embeds=embeds, view=view, files=files, ephemeral=True, allowed_mentions=_NOBODY
        )
    else:
        await interaction.edit_original_response(
            content=text, embeds=embeds, view=answer.view, attachments=files, allowed_mentions=_NOBODY
        )
    if (desk := notice_desk(interaction)) is not None:
        await desk.follow_up(interaction)

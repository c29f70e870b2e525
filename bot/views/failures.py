"""The one place where errors meet people: commands, buttons, menus and forms all end here."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import discord
import structlog
from discord import app_commands

from bot.domain.errors import HoldfastError
from bot.views import errors
from bot.views.answers import Answer, deliver

log = structlog.get_logger(__name__)

_TOO_LATE: Final = frozenset({10008, 10015, 10062, 40060, 50027})
"""Unknown message, webhook or interaction, already answered, token expired: the person is not waiting any more.
https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""


@asynccontextmanager
async def answering(interaction: discord.Interaction) -> AsyncIterator[None]:
    """Answer a press or a form. What goes wrong inside is reported, as the command tree does it for commands."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the edge: `report` logs what is not a person's to understand
        await report(interaction, error)


async def report(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the person what went wrong, and the host what the person cannot understand. Never raises."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if _is_too_late(error):
        log.info("interaction.too_late", **_context(interaction))
        return
    try:
        await deliver(interaction, Answer(_words(interaction, error)))
    except Exception as failure:
        if _is_too_late(failure):
            log.info("interaction.too_late", **_context(interaction))
        else:
            log.exception("interaction.not_answered", **_context(interaction))


def _words(interaction: discord.Interaction, error: Exception) -> str:
    if isinstance(error, HoldfastError):
        log.info("interaction.refused", error=type(error).__name__, **_context(interaction))
        return errors.in_words(error)
    if isinstance(error, app_commands.AppCommandError) and (words := errors.refused(error)):
        log.info("interaction.refused", error=type(error).__name__, **_context(interaction))
        return words
    reference = secrets.token_hex(3).upper()
    log.error("interaction.failed", reference=reference, exc_info=error, **_context(interaction))
    return errors.unexpected(reference)


def _is_too_late(error: Exception) -> bool:
    return isinstance(error, discord.HTTPException) and error.code in _TOO_LATE


def _context(interaction: discord.Interaction) -> dict[str, str | int | None]:
    """Who asked for what and where. Options and pasted text are left out: they may hold addresses or secrets."""
    command = interaction.command
    return {
        "what": command.qualified_name if command is not None else interaction.custom_id or interaction.type.name,
        "guild_id": interaction.guild_id,
        "user_id": interaction.user.id,
    }

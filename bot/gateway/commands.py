"""Telling Discord which slash commands there are, only when they changed: Discord counts and limits that per day."""

import hashlib
import json

import structlog
from discord.ext import commands

log = structlog.get_logger(__name__)


def fingerprint(bot: commands.AutoShardedBot) -> str:
    """A short hash over everything that Discord is told of the commands."""
    payload = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    text = json.dumps(payload, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


async def sync_commands(bot: commands.AutoShardedBot, known: str | None) -> str:
    """Register the commands unless `known` says that Discord has exactly these. Returns their fingerprint.

    What Discord has is asked first, which costs no part of the limit: a new application, or one whose commands
    somebody cleared, gets them again.
    """
    current = fingerprint(bot)
    wanted = {command.name for command in bot.tree.get_commands()}
    registered = {command.name for command in await bot.tree.fetch_commands()}
    if known == current and wanted == registered:
        return current
    await bot.tree.sync()
    log.info("commands.synced", count=len(wanted))
    return current

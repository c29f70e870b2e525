"""What Discord's answers mean.

Error codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from enum import IntEnum

import aiohttp
import discord

from bot.domain.ledger import RoleOutcome


class DiscordCode(IntEnum):
    """The JSON error codes that mean something to Holdfast."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_GUILD = 10004
    UNKNOWN_MEMBER = 10007
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_ROLE = 10011
    UNKNOWN_USER = 10013
    MISSING_ACCESS = 50001
    MISSING_PERMISSIONS = 50013
    INVALID_ROLE = 50028


TROUBLE = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)
"""Everything that a request to Discord can end with, other than an answer."""


class NotLoggedInError(OSError):
    """Discord cannot be asked yet: this process is still logging in."""


_OUTCOME: dict[int, RoleOutcome] = {
    DiscordCode.UNKNOWN_MEMBER: RoleOutcome.MEMBER_GONE,
    DiscordCode.UNKNOWN_USER: RoleOutcome.MEMBER_GONE,
    DiscordCode.UNKNOWN_ROLE: RoleOutcome.ROLE_GONE,
    DiscordCode.INVALID_ROLE: RoleOutcome.FORBIDDEN,
    DiscordCode.MISSING_PERMISSIONS: RoleOutcome.FORBIDDEN,
}


def role_outcome(error: BaseException) -> RoleOutcome:
    """Classify a failed role write. Anything but Discord's own clear words leaves it open whether it happened."""
    if isinstance(error, discord.HTTPException):
        return _OUTCOME.get(error.code, RoleOutcome.UNREACHABLE)
    return RoleOutcome.UNREACHABLE


def is_absent(error: BaseException) -> bool:
    """Whether Discord says that the user is not in the server."""
    return role_outcome(error) is RoleOutcome.MEMBER_GONE


def is_outside(error: BaseException) -> bool:
    """Whether Discord says that the bot is not in the server, or that there is no such server."""
    codes = (DiscordCode.UNKNOWN_GUILD, DiscordCode.MISSING_ACCESS)
    return isinstance(error, discord.HTTPException) and error.code in codes


def is_worth_retrying(error: Exception) -> bool:
    """Whether trying again at once may help: 503, which discord.py itself does not retry."""
    return isinstance(error, discord.HTTPException) and error.status == 503


def in_words(error: BaseException) -> str:
    """One line for logs and admins, without Discord's own text, which may quote the request."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}, code {error.code}"
    return type(error).__name__

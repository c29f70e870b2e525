"""Permission bits, and how they add up for a member. Source: Discord's "Permissions" page."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag


class Permission(IntFlag):
    """The bits that the sandbox knows by name. Others are kept, and mean nothing here."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MODERATE_MEMBERS = 1 << 40


ALL = (1 << 53) - 1
"""What an administrator or the owner has."""

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.CREATE_INSTANT_INVITE
    | Permission.USE_APPLICATION_COMMANDS
)
"""What a new server gives to @everyone."""

BOT = (
    Permission.MANAGE_ROLES
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)
"""What an invite link for a role-giving bot asks for."""

MFA_ELEVATED = (
    Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
    | Permission.ADMINISTRATOR
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_MESSAGES
    | Permission.MANAGE_ROLES
    | Permission.MANAGE_WEBHOOKS
)
"""What a bot may not use in a server that requires two-factor login when its owner has none."""


def combine(values: Iterable[int], *, owner: bool) -> int:
    """The server-wide permissions of a member whose roles, @everyone included, carry these values."""
    total = 0
    for value in values:
        total |= value
    return ALL if owner or total & Permission.ADMINISTRATOR else total


def overwrite(base: int, everyone: tuple[int, int], roles: Iterable[tuple[int, int]], member: tuple[int, int]) -> int:
    """Apply a channel's (allow, deny) pairs in Discord's order: @everyone, then all roles together, then the member."""
    if base & Permission.ADMINISTRATOR:
        return ALL
    result = (base & ~everyone[1]) | everyone[0]
    allow = deny = 0
    for role_allow, role_deny in roles:
        allow |= role_allow
        deny |= role_deny
    result = (result & ~deny) | allow
    return (result & ~member[1]) | member[0]

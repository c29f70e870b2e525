"""Servers: their settings, and what Discord says of their roles."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What a server's admins can set with `/settings`."""

    guild_id: int
    log_channel_id: int | None = None
    grace: timedelta | None = None
    """The grace period that new rules start with; None means the installation's default."""
    paused: bool = False
    """Nobody in the server gets or loses a role."""
    notice_channel_id: int | None = None
    """Where holders are told that a role ends; None: only when they use the bot."""


@dataclass(frozen=True, slots=True)
class ServerName:
    """A server that the bot is in."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class RoleSnapshot:
    """A role as Discord describes it."""

    id: int
    name: str
    position: int
    permissions: int
    managed: bool
    """Belongs to a bot, an integration, the boosters, a subscription or a linked-role requirement."""


class ChannelState(StrEnum):
    """Whether a channel can be written to."""

    OPEN = "open"
    CLOSED = "closed"
    """The bot may not see it or not write there."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class GuildSnapshot:
    """What is needed of a server to judge whether the bot can hand out a role."""

    guild_id: int
    name: str
    owner_id: int
    roles: tuple[RoleSnapshot, ...]
    bot_role_ids: frozenset[int]
    mfa_blocks_bot: bool
    """The server requires two-factor authentication for moderators and the app's owner has none."""

    def role(self, role_id: int) -> RoleSnapshot | None:
        """The role with that id, or None when it does not exist (any more)."""
        return next((role for role in self.roles if role.id == role_id), None)

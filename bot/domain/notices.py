"""Dated notices: who is told, once for each lapse, that a role ends and until when it stays."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lapse:
    """A role whose requirement its holder does not meet any more, with the grace period running."""

    guild_id: int
    user_id: int
    role_id: int
    requirement: str
    lapsed_at: datetime
    stays_until: datetime


@dataclass(frozen=True, slots=True)
class NoticeToPost:
    """A member to be told in a server's notice channel."""

    guild_id: int
    channel_id: int
    user_id: int

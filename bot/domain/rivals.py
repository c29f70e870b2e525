"""Somebody else's hand: roles that are changed back after the bot changed them."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ledger import RoleAction


@dataclass(frozen=True, slots=True)
class Flip:
    """One time that something the bot did with a member's role was undone by somebody else."""

    at: datetime
    guild_id: int
    user_id: int
    role_id: int
    undone: RoleAction
    """What the bot had done."""
    is_rivalry: bool = False
    """With this one it happened so often that the bot stopped."""

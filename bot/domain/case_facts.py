"""What there is about a member, so that only that is loaded when somebody wants to know about them."""

from dataclasses import dataclass

from bot.domain.members import Membership
from bot.domain.privacy import Withdrawal


@dataclass(frozen=True, slots=True)
class Contact:
    """What matters when a member who is known to be in the server uses the bot."""

    claimed: frozenset[int]
    """The roles that the member is believed to have from the bot."""
    may_be_owed_notice: bool
    """Whether a role of theirs ends, of which they have not been told; then it may be time to."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the database has about a member in a server, told at one moment."""

    member: Membership | None
    """None: the member was never met."""
    withdrawal: Withdrawal | None
    is_paused: bool
    """The whole server is paused."""
    edition: str | None
    """What changes with every change of the server's rules or collections; None when nothing was noted yet."""
    has_entries: bool
    """Whether there are ledger entries …"""
    has_lines: bool
    """… lines of the journal …"""
    has_flips: bool
    """… times that somebody else undid what the bot did …"""
    has_protections: bool
    """… protections, also such that have ended …"""
    has_undo_steps: bool
    """… steps of an undo that are not done …"""
    has_waits: bool
    """… or removals that wait in a hold."""

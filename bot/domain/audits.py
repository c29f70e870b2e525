"""Audit lines: who changed what in a server's configuration, or in the ownership of a wallet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What was done."""

    COLLECTION_ADDED = "collection_added"
    COLLECTION_REMOVED = "collection_removed"
    RULE_ADDED = "rule_added"
    RULE_EDITED = "rule_edited"
    RULE_REMOVED = "rule_removed"
    RULE_PAUSED = "rule_paused"
    RULE_RESUMED = "rule_resumed"
    RULE_STOPPED = "rule_stopped"
    SETTING_CHANGED = "setting_changed"
    SWEEP_REQUESTED = "sweep_requested"
    WALLET_LINKED = "wallet_linked"
    WALLET_UNLINKED = "wallet_unlinked"
    WALLET_TRANSFERRED = "wallet_transferred"
    WALLET_RELEASED = "wallet_released"
    WALLET_INVALIDATED = "wallet_invalidated"
    MEMBER_PROTECTED = "member_protected"
    MEMBER_UNPROTECTED = "member_unprotected"
    ROLE_ADOPTED = "role_adopted"
    REMOVALS_HELD = "removals_held"
    REMOVALS_APPROVED = "removals_approved"
    REMOVALS_KEPT = "removals_kept"
    RIVAL_FOUND = "rival_found"
    SWEEP_UNDONE = "sweep_undone"
    HOLDERS_EXPORTED = "holders_exported"
    MEMBER_OPTED_OUT = "member_opted_out"
    MEMBER_OPTED_IN = "member_opted_in"
    MEMBER_FORGOTTEN = "member_forgotten"
    SWEEP_CANCELLED = "sweep_cancelled"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line. `actor_id` is None when the bot itself acted. Addresses appear shortened only."""

    at: datetime
    guild_id: int
    actor_id: int | None
    action: AuditAction
    subject: str
    before: str = ""
    after: str = ""


NumberedLine = tuple[int, AuditLine]
"""A line and its number, which grows with every line."""

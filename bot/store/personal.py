"""Where people are in the tables: the one list that export, deletion and the documentation go by.

A test compares it with the schema. A new column that can hold somebody's id must be placed here, or be named among
those that never do.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.store import change_models, guild_models, models, privacy_models, protection_models, safety_models, web_models
from bot.store.models import Base


class Fate(StrEnum):
    """What becomes of a person's rows when all that is stored of them is deleted."""

    DELETED = "deleted"
    ANONYMOUS = "anonymous"
    """The row is a record of what was done: it stays, with a pseudonym in place of the person."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column that holds the id of a person whom the row is about, or who did what the row records."""

    name: str
    """What such rows are called in an export."""
    row: type[Base]
    column: str
    fate: Fate
    secrets: frozenset[str] = frozenset()
    """Columns that are not exported: they, or what they are the digest of, open something."""
    texts: frozenset[str] = frozenset()
    """Text columns in which a person's id may appear as well."""


PLACES: Final = (
    Place("links", models.LinkRow, "user_id", Fate.DELETED),
    Place("challenges", models.ChallengeRow, "user_id", Fate.DELETED, secrets=frozenset({"holder"})),
    Place("web_links", web_models.WebLinkRow, "user_id", Fate.DELETED, secrets=frozenset({"digest"})),
    Place("web_sessions", web_models.WebSessionRow, "user_id", Fate.DELETED, secrets=frozenset({"digest"})),
    Place(
        "pending_proofs", web_models.PendingProofRow, "user_id", Fate.DELETED, secrets=frozenset({"session", "code"})
    ),
    Place("memberships", guild_models.MembershipRow, "user_id", Fate.DELETED),
    Place("ledger", guild_models.LedgerRow, "user_id", Fate.DELETED),
    Place("journal", guild_models.JournalRow, "user_id", Fate.ANONYMOUS),
    Place(
        "audit_lines",
        guild_models.AuditRow,
        "actor_id",
        Fate.ANONYMOUS,
        texts=frozenset({"subject", "before", "after"}),
    ),
    Place("sweeps", guild_models.SweepRow, "requested_by", Fate.ANONYMOUS),
    Place("sweeps_cancelled", guild_models.SweepRow, "cancelled_by", Fate.ANONYMOUS),
    Place("removals_waiting", safety_models.BrakeWaitRow, "user_id", Fate.DELETED),
    Place("removals_decided", safety_models.BrakeHoldRow, "decided_by", Fate.ANONYMOUS),
    Place("role_flips", safety_models.RoleFlipRow, "user_id", Fate.DELETED),
    Place("protections", protection_models.ProtectionRow, "user_id", Fate.DELETED),
    Place(
        "protections_made",
        protection_models.ProtectionRow,
        "protected_by",
        Fate.ANONYMOUS,
        texts=frozenset({"reason"}),
    ),
    Place("rule_drafts", change_models.RuleDraftRow, "admin_id", Fate.DELETED),
    Place("undo_steps", change_models.UndoStepRow, "user_id", Fate.DELETED),
    Place("opt_outs", privacy_models.OptOutRow, "user_id", Fate.DELETED),
    Place("deletions", privacy_models.DeletionRow, "user_id", Fate.DELETED),
)
"""Every column that can hold a user id."""

TABLES_OF_LINKS: Final = ("wallets", "holdings")
"""Tables that belong to a person by way of a link."""

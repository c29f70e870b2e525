"""Changes of rules that an admin has asked for and not confirmed yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.durations import format_duration
from bot.domain.expressions import render
from bot.domain.rules import Rule

DRAFT_LIFETIME = timedelta(hours=1)
"""How long a preview can be confirmed; after that it says too little about what would happen now."""


class DraftKind(StrEnum):
    """What the change does."""

    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a rule as an admin asks for it."""

    kind: DraftKind
    role_id: int
    requirement: str | None = None
    """The new expression; None leaves it as it is (or none is needed)."""
    grace: timedelta | None = None
    """The new grace period; None leaves it as it is, or means the server's default for a new rule."""
    take_roles: bool = False
    """For a removal: take the role back from everybody who has it by the rule."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A proposal that waits for its admin's confirmation."""

    id: int
    guild_id: int
    admin_id: int
    proposal: Proposal
    basis: str
    """What the rule was when the change was proposed (see `basis_of`)."""
    expires_at: datetime
    state: DraftState = DraftState.OPEN


def basis_of(rule: Rule | None) -> str:
    """What a change of a rule starts from. Two equal texts: nobody has changed the rule in between."""
    return "" if rule is None else f"{rule.id}: {render(rule.expression)} (grace {format_duration(rule.grace)})"

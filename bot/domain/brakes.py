"""The brake: how many removals of one role are believable within a day, and what becomes of those that are not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ledger import Evidence

BRAKE_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Brake:
    """At most max(`minimum`, `percent` of a role's holders) removals pass within `BRAKE_WINDOW`; the rest wait."""

    minimum: int
    percent: int

    def allows(self, taken: int, holders: int) -> bool:
        """Whether one more removal passes, when `taken` already did and `holders` still have the role."""
        return taken < max(self.minimum, (taken + holders) * self.percent // 100)


class HoldDecision(StrEnum):
    """How a hold ended."""

    APPROVED = "approved"
    """An admin let the removals pass."""
    KEPT = "kept"
    """An admin decided that the members keep the role."""
    EMPTIED = "emptied"
    """Nobody waited in it any more: everybody left, was entitled again, or the rule was changed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One removal that waits for an admin's decision."""

    id: int
    """Grows with every wait, so that a decision can name exactly those that somebody saw."""
    user_id: int
    since: datetime
    lapsed_at: datetime
    """The lapse that the removal rests on. A decision is about this lapse and no later one."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class HoldPost:
    """Where a hold is shown in a server's log channel."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class BrakeHold:
    """The removals of one role that wait for an admin. A role has at most one open hold."""

    id: int
    guild_id: int
    role_id: int
    opened_at: datetime
    count: int
    """How many removals wait; when the hold was decided: how many the decision was about."""
    newest: int
    """The id of its newest wait, 0 without any."""
    revision: int
    """Grows with every change of what is to be shown."""
    post: HoldPost | None = None
    decision: HoldDecision | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.decision is None

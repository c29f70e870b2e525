"""Collections and rules: what a server's admins have configured."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.expressions import Expression
from bot.domain.selectors import Selector


class RuleState(StrEnum):
    """Whether a rule may change roles. In every state but ACTIVE all of its roles stay exactly as they are."""

    ACTIVE = "active"
    PAUSED = "paused"
    """An admin asked for a pause."""
    ROLE_GONE = "role_gone"
    """The role was deleted in Discord."""
    BLOCKED = "blocked"
    """Discord refused a write (missing permission or hierarchy); an admin must put that right and resume."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A server's named asset selector."""

    id: int
    guild_id: int
    name: str
    selector: Selector


@dataclass(frozen=True, slots=True)
class Rule:
    """A role and the requirement for it. A server has at most one rule per role."""

    id: int
    guild_id: int
    role_id: int
    role_name: str
    """The role's name when the rule was last written, for messages after the role is gone."""
    expression: Expression
    grace: timedelta
    """How long a holder keeps the role after the requirement stopped being met."""
    state: RuleState = RuleState.ACTIVE
    state_note: str = ""
    """Why the rule is not active, in words for an admin."""

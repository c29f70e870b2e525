"""Protected members: an admin decided that no role is taken from them, whatever the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Protection:
    """One decision to protect a member. It goes with the person, not with the membership: leaving does not end it."""

    guild_id: int
    user_id: int
    role_id: int | None
    """The role that stays; None: all roles that the bot gave."""
    until: datetime | None
    """When it ends by itself; None: an admin ends it."""
    reason: str
    protected_by: int
    protected_at: datetime

    def covers(self, role_id: int, now: datetime) -> bool:
        """Whether it keeps that role with the member now."""
        return self.role_id in (None, role_id) and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended by itself."""
        return self.until is not None and now >= self.until


def protected_until(protections: Iterable[Protection], role_id: int, now: datetime) -> datetime | None:
    """When a role loses the last of its protections; None when there is none, or one without an end."""
    ends = [protection.until for protection in protections if protection.covers(role_id, now)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None

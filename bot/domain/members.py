"""Members of servers, as far as Holdfast has met them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MemberKey = tuple[int, int]
"""A server's id and a user's."""


class Presence(StrEnum):
    """Whether a member is in the server."""

    PRESENT = "present"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Membership:
    """A user in a server.

    `revision` grows whenever something changed that may concern the member's roles; `settled` is the revision that
    the last reconciliation saw. The member is due while the two differ, or once `due_at` has come.
    """

    guild_id: int
    user_id: int
    presence: Presence
    revision: int
    settled: int
    due_at: datetime | None
    failures: int = 0
    """Reconciliations in a row that Discord did not let through."""

    @property
    def key(self) -> MemberKey:
        """Who it is about."""
        return self.guild_id, self.user_id


@dataclass(frozen=True, slots=True)
class MemberSnapshot:
    """A member as Discord showed it just now."""

    user_id: int
    role_ids: frozenset[int]
    joined_at: datetime | None
    pending: bool
    """Has not passed the server's membership screening yet."""
    is_confirmed: bool = False
    """Discord has shown the same in two different ways."""


@dataclass(frozen=True, slots=True)
class RoleChanges:
    """Several roles of one member that change together."""

    give: frozenset[int]
    take: frozenset[int]

    def of(self, role_ids: frozenset[int]) -> frozenset[int]:
        """Return the roles of somebody who had these before."""
        return (role_ids | self.give) - self.take


@dataclass(frozen=True, slots=True)
class MemberAbsent:
    """Discord says that this user is not in the server."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Discord did not answer, or not clearly. Says nothing about the member or the server."""

    detail: str


@dataclass(frozen=True, slots=True)
class MembersHidden:
    """Discord lists no members to this bot: its owner has not switched on the Server Members Intent."""

"""What services ask of the database about removals that wait for an admin, and about somebody else's hand.

Every answer is made of domain objects.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.brakes import BrakeHold, HoldDecision, HoldPost, Wait
from bot.domain.ledger import Evidence, LedgerEntry
from bot.domain.members import MemberKey
from bot.domain.rivals import Flip


class BrakeHolds(Protocol):
    """Removals that the brake holds back until an admin decides, at most one open hold per role."""

    async def get(self, hold_id: int) -> BrakeHold | None:
        """One hold, decided or not."""

    async def open_of_role(self, guild_id: int, role_id: int) -> BrakeHold | None:
        """The open hold of a role."""

    async def open_of_guild(self, guild_id: int) -> Sequence[BrakeHold]:
        """The open holds of a server, oldest first."""

    async def waits(self, hold_id: int, limit: int) -> Sequence[Wait]:
        """The removals in a hold, in the order in which they came."""

    async def awaiting(self, guild_id: int, user_id: int) -> Sequence[BrakeHold]:
        """The open holds in which a member waits."""

    async def decide_alone(self, guild_id: int) -> None:
        """Let nobody else, in whichever process, decide about removals of a server until the unit ends."""

    async def add(self, entry: LedgerEntry, evidence: Evidence, now: datetime) -> bool:
        """Let a removal wait (`entry` says of what lapse). Returns True when that opened a hold."""

    async def is_approved(self, entry: LedgerEntry) -> bool:
        """Whether an admin let this very removal pass: of this member, for this lapse."""

    async def decide(self, hold_id: int, decision: HoldDecision, through: int, admin_id: int, now: datetime) -> bool:
        """Close an open hold over its waits up to the id `through`; later ones go on waiting in a new hold.

        False when it was not open any more: somebody else decided first.
        """

    async def decided_members(self, hold_id: int) -> Sequence[int]:
        """The user ids that a decided hold is still about."""

    async def prune(self, now: datetime) -> None:
        """Drop the waits whose lapse is over, and close the holds that this leaves empty."""

    async def to_show(self, now: datetime, limit: int) -> Sequence[BrakeHold]:
        """The holds whose log channel does not show how things are, longest waiting first."""

    async def shown(self, hold: BrakeHold, post: HoldPost | None) -> None:
        """Note where `hold.revision` is shown now (None: nowhere). A newer revision is still to be shown."""

    async def claim(self, hold: BrakeHold, now: datetime, retry_at: datetime) -> bool:
        """Take it on to show a hold: False when somebody else did. It is due again then unless `shown` says so."""

    async def show_anew(self, guild_id: int, now: datetime) -> None:
        """Post the open holds of a server anew, as its log channel is another one now."""

    async def purge(self, decided_before: datetime) -> int:
        """Delete holds that were decided before then. Returns how many."""


class RoleFlips(Protocol):
    """The times that somebody else undid what the bot did with a member's role."""

    async def add(self, flip: Flip) -> None:
        """Append one."""

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[Flip]:
        """A member's newest ones, newest first, at most a hundred."""

    async def of_members(self, keys: AnyOf[MemberKey]) -> Mapping[MemberKey, Sequence[Flip]]:
        """The same of each of several members."""

    async def rivalries(self, guild_id: int, since: datetime) -> Sequence[Flip]:
        """Those since then at which the bot stopped, newest first."""

    async def unreported(self, limit: int) -> Sequence[Flip]:
        """Those at which the bot stopped, and of which no log channel was told yet, oldest first."""

    async def report(self, flip: Flip, now: datetime) -> bool:
        """Note that one was told of; False when it had been already."""

    async def is_told(self, guild_id: int, role_id: int, since: datetime) -> bool:
        """Whether a log channel was told since then that a role is fought over."""

    async def purge(self, before: datetime) -> int:
        """Delete older ones. Returns how many."""

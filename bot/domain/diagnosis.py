"""What the doctor asks the database: which wallets hold roles up, and how reading goes on each network."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.wallets import Gap

MOST_NAMED = 5
"""How many members are named of those whom one cause concerns."""


@dataclass(frozen=True, slots=True)
class FrozenMember:
    """A member with wallets that are no evidence."""

    user_id: int
    since: datetime | None
    """Since when the first of these wallets is none; None where none of them was ever read."""


@dataclass(frozen=True, slots=True)
class FrozenWallets:
    """A server's linked wallets on one network that are no evidence for one and the same cause."""

    network: Network
    gap: Gap
    reason: UnknownReason | None
    """Why the latest attempt failed, where that is the gap."""
    wallets: int
    members: int
    since: datetime | None
    """Since when the first of them is no evidence; None where none of them was ever read."""
    longest: tuple[FrozenMember, ...] = ()
    """Whom it concerns for longest, at most `MOST_NAMED` members."""


@dataclass(frozen=True, slots=True)
class NetworkReadings:
    """How reading goes on one network, over all linked wallets of the installation."""

    network: Network
    wallets: int
    unreadable: int
    newest_reading: datetime | None
    """When the last complete reading was made."""
    unreadable_since: datetime | None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How it stands with the jobs that several processes share."""

    waiting: int
    """Jobs that anybody could take now."""
    oldest: datetime | None
    """Since when the first of them has been waiting."""

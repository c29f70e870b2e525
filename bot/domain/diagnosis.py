"""What the doctor asks the database: which wallets hold roles up, and how reading goes on each network."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.wallets import Gap


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


@dataclass(frozen=True, slots=True)
class NetworkReadings:
    """How reading goes on one network, over all linked wallets of the installation."""

    network: Network
    wallets: int
    unreadable: int
    newest_reading: datetime | None
    """When the last complete reading was made."""
    unreadable_since: datetime | None

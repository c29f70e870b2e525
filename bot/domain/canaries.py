"""Canaries: wallets that are known to hold something, by which a provider's answers are judged."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.networks import Network


class CanaryState(StrEnum):
    """What the newest reading of a canary says about its provider."""

    UNREAD = "unread"
    """Nobody has asked yet."""
    HOLDS = "holds"
    """It holds something, as it should."""
    EMPTY = "empty"
    """It reads as empty, so the provider's answers are not to be believed."""
    UNREADABLE = "unreadable"
    """It could not be read, so the provider cannot be believed that a wallet is empty."""


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """How the canary of a network stands. It never names the address."""

    network: Network
    provider: str
    state: CanaryState
    read_at: datetime | None
    """When it was last asked about; None while it is UNREAD."""
    since: datetime | None
    """Since when it has been in that state without a break."""
    detail: str = ""
    """Why it could not be read, in one line for hosts."""

"""Links: the proven ties between members and wallets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.challenges import ProofKind
from bot.domain.wallets import WalletState


class LinkEnd(StrEnum):
    """Why a link ended."""

    UNLINKED = "unlinked"
    TRANSFERRED = "transferred"
    """Another member brought a newer valid proof."""


@dataclass(frozen=True, slots=True)
class Link:
    """A live link: this member has proven this wallet. At most one exists per (network, address)."""

    id: int
    user_id: int
    wallet: WalletState
    proof: ProofKind
    proven_at: datetime
    guild_id: int
    """The server the proof was made in."""

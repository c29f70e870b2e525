"""Links: the proven ties between members and wallets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.challenges import ContractEvidence, ProofKind
from bot.domain.networks import Network
from bot.domain.wallets import WalletState


class LinkEnd(StrEnum):
    """Why a link ended."""

    UNLINKED = "unlinked"
    TRANSFERRED = "transferred"
    """Another member brought a newer valid proof."""
    RELEASED = "released"
    """Whoever can sign for the wallet took it back without being the member who held it."""
    INVALIDATED = "invalidated"
    """A contract wallet does not stand by the signature any more."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """The person who links a wallet, and where."""

    user_id: int
    username: str
    guild_id: int


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
    evidence: ContractEvidence | None = None
    """There for contract wallets only, whose proof must be made again from time to time."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """What matters of another wallet of the same member when one of them was read."""

    id: int
    network: Network
    due_at: datetime
    read_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Household:
    """The member whom a wallet is linked to, and that member's other wallets."""

    user_id: int
    siblings: tuple[Sibling, ...] = ()


@dataclass(frozen=True, slots=True)
class DoubtfulLink:
    """A contract wallet's link whose proof is to be made again."""

    link: Link
    evidence: ContractEvidence
    failed_at: datetime | None
    """When the contract first did not stand by the signature any more; None while it does."""

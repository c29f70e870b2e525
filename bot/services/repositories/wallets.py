"""What services ask of the database about wallets and the links that tie members to them.

Every answer is made of domain objects.
"""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

from bot.domain.addresses import Address
from bot.domain.challenges import Challenge, ChallengeTerms, ContractEvidence, ProofKind
from bot.domain.holdings import Holdings
from bot.domain.links import DoubtfulLink, Household, Link, LinkEnd
from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, DueWallet, Lane, WalletState


class Wallets(Protocol):
    """Wallets and their holdings. Only wallets with a live link are ever due."""

    async def ensure(self, address: Address, now: datetime) -> WalletState:
        """Find the wallet, or start remembering it (due at once)."""

    async def get(self, wallet_id: int) -> WalletState | None:
        """One wallet."""

    async def many(self, wallet_ids: Sequence[int], likely: Mapping[int, Holdings]) -> Mapping[int, WalletState]:
        """Wallets by id, kept from others until the unit ends. Holdings that are `likely` are not read to be known."""

    async def due(self, now: datetime, networks: AnyOf[Network], limit: int, lane: Lane = WHOLE) -> Sequence[DueWallet]:
        """Linked wallets whose turn has come, longest waiting first."""

    async def save(self, wallet: WalletState) -> None:
        """Write a wallet's new state; its holdings are rewritten only when their digest differs."""

    async def save_many(self, changes: Sequence[tuple[WalletState, WalletState]]) -> None:
        """Write new states of wallets, each with the state it was in before, as `many` told it in this unit."""

    async def read_again(self, wallet_ids: AnyOf[int], now: datetime) -> None:
        """Make wallets due now."""

    async def make_due(self, now: datetime, *, guild_id: int | None = None, user_id: int | None = None) -> int:
        """Make linked wallets due now (of a server's present members, of a user, or all). Returns how many."""

    async def pass_on(self, since: datetime, later: datetime, guild_id: int | None) -> None:
        """Have what was made due at `since`, and takes part in another sweep as well, count as made due by that one."""

    async def put_back(self, since: datetime) -> int:
        """Give what was made due at `since`, and was not read yet, the time back that it had. Returns how many."""


class Links(Protocol):
    """Live links."""

    async def live(self, address: Address) -> Link | None:
        """The live link of an address, if there is one."""

    async def of_user(self, user_id: int) -> Sequence[Link]:
        """A user's live links, oldest first."""

    async def of_users(self, user_ids: AnyOf[int]) -> Mapping[int, Sequence[Link]]:
        """The live links of each of several users, oldest first."""

    async def households(self, wallet_ids: AnyOf[int]) -> Mapping[int, Household]:
        """For each wallet that is linked: the member, and what matters of the member's other wallets."""

    async def with_changed_siblings(self, wallet_ids: AnyOf[int], since: datetime) -> Set[int]:
        """Those of the wallets whose member has another one that changed after `since`."""

    async def owners(self, wallet_id: int) -> Sequence[int]:
        """The user ids with a live link to a wallet (none or one)."""

    async def add(
        self,
        wallet_id: int,
        user_id: int,
        guild_id: int,
        proof: ProofKind,
        now: datetime,
        evidence: ContractEvidence | None = None,
    ) -> None:
        """Record a link. Raises `LinkTakenError` when the wallet has a live link already."""

    async def end(self, link_id: int, why: LinkEnd, now: datetime) -> bool:
        """End a live link; False when it had ended already."""

    async def due_for_proof(self, now: datetime, limit: int) -> Sequence[DoubtfulLink]:
        """Live links of contract wallets whose proof is to be made again now, longest waiting first."""

    async def proof_looked_at(self, link_id: int, due_at: datetime, failed_at: datetime | None) -> None:
        """Record when a link's proof is to be made again, and since when it fails (None: it holds)."""

    async def lost_since(self, wallet_id: int, since: datetime) -> Sequence[int]:
        """The user ids whose link to the wallet was ended by a transfer since then, newest first."""


class Challenges(Protocol):
    """Challenges that were handed out."""

    async def add(self, terms: ChallengeTerms, text: str, holder: str | None = None) -> Challenge:
        """Remember a challenge. `holder` is the digest of a secret that its answer must come with."""

    async def get(self, challenge_id: int) -> Challenge | None:
        """One challenge."""

    async def consume(self, challenge_id: int, now: datetime) -> bool:
        """Use a challenge up, atomically: True for exactly one caller, and only before it expires."""

    async def open_count(self, user_id: int, now: datetime) -> int:
        """How many unanswered, unexpired challenges a user has."""

    async def purge(self, expired_before: datetime) -> int:
        """Delete challenges that expired before then. Returns how many."""

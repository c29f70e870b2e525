"""What services ask of the database, topic by topic. Every answer is made of domain objects."""

from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.addresses import Address
from bot.domain.audits import AuditLine
from bot.domain.challenges import Challenge, ChallengeTerms, ContractEvidence, ProofKind
from bot.domain.expressions import Expression
from bot.domain.guilds import GuildSettings
from bot.domain.ledger import JournalEntry, LedgerEntry
from bot.domain.links import DoubtfulLink, Link, LinkEnd
from bot.domain.members import Membership, Presence
from bot.domain.networks import Network
from bot.domain.rules import Collection, Rule, RuleState
from bot.domain.selectors import Selector
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.domain.wallets import WalletState
from bot.services.web_repositories import PendingProofs, WebLinks


class Wallets(Protocol):
    """Wallets and their holdings. Only wallets with a live link are ever due."""

    async def ensure(self, address: Address, now: datetime) -> WalletState:
        """Find the wallet, or start remembering it (due at once)."""

    async def get(self, wallet_id: int) -> WalletState | None:
        """One wallet."""

    async def due(self, now: datetime, networks: AnyOf[Network], limit: int) -> Sequence[WalletState]:
        """Linked wallets whose turn has come, longest waiting first."""

    async def save(self, wallet: WalletState) -> None:
        """Write a wallet's new state; its holdings are rewritten only when their digest differs."""

    async def make_due(self, now: datetime, *, guild_id: int | None = None, user_id: int | None = None) -> int:
        """Make linked wallets due now (of a server's present members, of a user, or all). Returns how many."""


class Links(Protocol):
    """Live links."""

    async def live(self, address: Address) -> Link | None:
        """The live link of an address, if there is one."""

    async def of_user(self, user_id: int) -> Sequence[Link]:
        """A user's live links, oldest first."""

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


class Collections(Protocol):
    """A server's collections. Names are unique within a server and stored lower-case."""

    async def add(self, guild_id: int, name: str, selector: Selector, now: datetime) -> Collection:
        """Add one. Raises `NameTakenError`."""

    async def remove(self, collection_id: int) -> None:
        """Remove one."""

    async def of_guild(self, guild_id: int) -> Sequence[Collection]:
        """All of a server, by name."""


class Rules(Protocol):
    """A server's rules, at most one per role."""

    async def add(self, guild_id: int, role_id: int, role_name: str, expression: Expression, grace: timedelta) -> Rule:
        """Add one. Raises `RoleTakenError` when the role has a rule already."""

    async def save(self, rule: Rule) -> None:
        """Write a rule's new state."""

    async def remove(self, rule_id: int) -> None:
        """Remove one."""

    async def of_guild(self, guild_id: int) -> Sequence[Rule]:
        """All of a server, in the order they were made."""

    async def of_role(self, guild_id: int, role_id: int) -> Rule | None:
        """The rule of a role."""

    async def stop(self, guild_id: int, role_id: int, state: RuleState, note: str) -> bool:
        """Put an ACTIVE rule into another state; False when it was not active (so that one of many callers tells)."""


class Members(Protocol):
    """Members the bot has met, and whose roles are due to be reconciled."""

    async def meet(self, guild_id: int, user_id: int, now: datetime) -> Membership:
        """Remember that a user is in a server. New and returning members become due."""

    async def get(self, guild_id: int, user_id: int) -> Membership | None:
        """One membership."""

    async def mark_left(self, guild_id: int, user_id: int, look_again_at: datetime | None) -> None:
        """The user is not in the server any more; due again at that time, in case of an unnoticed return."""

    async def touch_user(self, user_id: int) -> None:
        """Something about a user's wallets changed: due in every server where the user is present."""

    async def touch_guild(self, guild_id: int) -> None:
        """Something about a server's rules changed: all its present members are due."""

    async def due(self, now: datetime, limit: int, guild_id: int | None = None) -> Sequence[Membership]:
        """Members whose revision is unsettled or whose time has come, at most one page, fair between servers."""

    async def settle(self, member: Membership, due_at: datetime | None, failures: int = 0) -> None:
        """Record that `member.revision` has been reconciled, and when to look again. A newer revision stays due."""

    async def postpone(self, member: Membership, due_at: datetime) -> None:
        """Discord did not let the reconciliation through: try again then, count the failure, settle nothing."""

    async def in_guild(self, guild_id: int, presence: Presence) -> Sequence[int]:
        """User ids of a server's members in that state."""

    async def forget_guild(self, guild_id: int) -> None:
        """The bot was removed from a server: nobody there is due any more."""


class Ledger(Protocol):
    """Roles that the bot gave."""

    async def of_member(self, guild_id: int, user_id: int) -> Sequence[LedgerEntry]:
        """A member's entries."""

    async def save(self, entry: LedgerEntry) -> None:
        """Write an entry, new or changed."""

    async def remove(self, entry: LedgerEntry) -> None:
        """The role is not the bot's any more."""

    async def of_role(self, guild_id: int, role_id: int) -> Sequence[LedgerEntry]:
        """Everybody who has a role from the bot."""

    async def remove_role(self, guild_id: int, role_id: int) -> int:
        """Forget all entries of a role. Returns how many."""

    async def waive_grace(
        self, *, user_id: int | None = None, guild_id: int | None = None, role_id: int | None = None
    ) -> None:
        """Set `grace_waived` on all entries of a user, or of a server's role."""


class Journal(Protocol):
    """What was written to Discord."""

    async def add(self, entry: JournalEntry) -> None:
        """Append a line."""

    async def last_of(self, guild_id: int, user_id: int, role_id: int) -> JournalEntry | None:
        """The newest line about a member's role."""

    async def of_member_since(self, guild_id: int, user_id: int, since: datetime) -> Sequence[JournalEntry]:
        """A member's lines since then, newest first, at most a hundred."""

    async def recent(self, guild_id: int, limit: int) -> Sequence[JournalEntry]:
        """A server's newest lines, newest first."""

    async def taken_since(self, guild_id: int, role_id: int, since: datetime) -> int:
        """How many times the role was taken since then."""


class Settings(Protocol):
    """Servers' settings."""

    async def get(self, guild_id: int) -> GuildSettings:
        """A server's settings; defaults when nothing was set."""

    async def save(self, settings: GuildSettings) -> None:
        """Write them."""


class Audit(Protocol):
    """Audit lines."""

    async def add(self, line: AuditLine) -> None:
        """Append a line."""

    async def recent(self, guild_id: int, limit: int) -> Sequence[AuditLine]:
        """A server's newest lines, newest first."""


class Sweeps(Protocol):
    """Requested sweeps and the figures of all re-verification."""

    async def start(self, guild_id: int | None, requested_by: int | None, now: datetime) -> Sweep:
        """Record a requested sweep."""

    async def running(self, guild_id: int | None) -> Sweep | None:
        """The unfinished sweep of a server (or of all), if there is one."""

    async def unfinished(self) -> Sequence[Sweep]:
        """All sweeps that are not over yet, oldest first."""

    async def latest(self, guild_id: int | None) -> Sweep | None:
        """The newest sweep, finished or not."""

    async def progress(self, sweep: Sweep, now: datetime) -> SweepProgress:
        """Count what is done."""

    async def finish(self, sweep: Sweep, now: datetime) -> None:
        """Record that it is over."""

    async def figures(self, guild_id: int | None, now: datetime) -> SweepFigures:
        """How re-verification stands."""


class Notes(Protocol):
    """Small facts about the installation, by name."""

    async def get(self, name: str) -> str | None:
        """What was noted."""

    async def set(self, name: str, text: str) -> None:
        """Note something, replacing what was noted before."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def wallets(self) -> Wallets:
        """Wallets and holdings."""

    @property
    def links(self) -> Links:
        """Links."""

    @property
    def challenges(self) -> Challenges:
        """Challenges."""

    @property
    def collections(self) -> Collections:
        """Collections."""

    @property
    def rules(self) -> Rules:
        """Rules."""

    @property
    def members(self) -> Members:
        """Memberships."""

    @property
    def ledger(self) -> Ledger:
        """The ledger."""

    @property
    def journal(self) -> Journal:
        """The journal."""

    @property
    def settings(self) -> Settings:
        """Servers' settings."""

    @property
    def audit(self) -> Audit:
        """Audit lines."""

    @property
    def sweeps(self) -> Sweeps:
        """Sweeps."""

    @property
    def notes(self) -> Notes:
        """Facts about the installation."""

    @property
    def web_links(self) -> WebLinks:
        """Links to the verify page, and sessions."""

    @property
    def pending_proofs(self) -> PendingProofs:
        """Proofs that wait for a code."""

"""The outside world as the services see it. Adapters implement these; `bot/app.py` plugs them in."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.domain.addresses import Address, ReadTarget
from bot.domain.brake_causes import HoldNotice
from bot.domain.brakes import HoldPost
from bot.domain.challenges import ChallengeTerms, ContractEvidence, ProvenWallet
from bot.domain.guilds import ChannelState, GuildSnapshot, ServerName
from bot.domain.ledger import RoleOutcome
from bot.domain.members import MemberAbsent, MembersHidden, MemberSnapshot, RoleChanges, Unreachable
from bot.domain.networks import Family, Network
from bot.domain.posts import PostButton
from bot.domain.readings import Reading
from bot.domain.rivals import Flip
from bot.domain.urgency import Urgency
from bot.services.repositories import UnitOfWork


class Clock(Protocol):
    """Where the time comes from; tests bring their own."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class Store(Protocol):
    """The database."""

    def unit(self, urgency: Urgency = Urgency.PERSON) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one unit of work: commits at the end, rolls back on an error.

        Where units come one after the other, people's go before the sweep's. Never hold one across a network call.
        Raises `StoreBusyError` when the database does not take the change.
        """

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one unit of work that only reads: it sees what is kept at one moment, and waits for nobody's changes.

        Raises `StoreBusyError`.
        """


class Turns(Protocol):
    """Whose turn it is to do what only one may do at a time, in the whole installation.

    A process that loses its way to the database loses its turns without being told. So what is done in one must be
    harmless, and at most cost more, when two do it.
    """

    def of(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else has the turn of any of these names, and keep them. May raise `StoreBusyError`."""

    def attempt(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Take a turn if nobody has it; tells whether it did. May raise `StoreBusyError`."""


class BalanceReader(Protocol):
    """The balance APIs."""

    @property
    def networks(self) -> Sequence[Network]:
        """The networks a member can link a wallet on, in the order to offer them."""

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask what a wallet holds. `fresh` bypasses the short cache. Never raises for a provider's trouble."""

    def at_once(self, network: Network) -> int:
        """How many wallets of a network a sweep should ask about at the same time, at least 1.

        Few where the provider's pace is slow, so that a member who waits does not queue behind a sweep.
        """

    def spacing(self, network: Network) -> float:
        """The least time between two calls to the provider of a network, in seconds."""

    def in_a_while(self, network: Network) -> int:
        """How many wallets of a network can be read in about ten seconds, at least `at_once`.

        So many a sweep takes on at a time: enough to keep busy, and few enough to notice what becomes due meanwhile.
        """


class Prover(Protocol):
    """Writes challenge texts and checks the proofs that answer them, for one family of networks."""

    @property
    def family(self) -> Family:
        """The family whose wallets it can prove."""

    def challenge_text(self, terms: ChallengeTerms) -> str:
        """The exact text the wallet is asked to sign."""

    def preview(self, terms: ChallengeTerms) -> str:
        """That text with words in place of the address, the nonce and the times, for when these are not known yet."""

    def verify(self, terms: ChallengeTerms, text: str, pasted: str) -> ProvenWallet:
        """Check what a member pasted; raise `ProofError` when it does not prove a wallet. CPU only, blocking."""


class ContractProver(Protocol):
    """Asks contract wallets whether a signature is theirs (EIP-1271, EIP-6492)."""

    def supports(self, network: Network) -> bool:
        """Whether contracts on that network can be asked."""

    async def verify(self, terms: ChallengeTerms, text: str, pasted: str) -> ProvenWallet:
        """Check a signature that no ordinary key made.

        Raises `NoContractError` when there is no contract to ask, `ProofError` when it says no, and
        `ProofUnavailableError` when it could not be asked.
        """

    async def still_valid(self, address: Address, evidence: ContractEvidence) -> bool:
        """Ask again about a proof that was good once. Raises `ProofUnavailableError`."""


class DiscordGateway(Protocol):
    """All that services ask of Discord. Nothing here raises for Discord's trouble; the outcome says what happened."""

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Look a member up, freshly. For a sweep that may be what was learned of expected members a minute ago."""

    async def expect(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Say which members a sweep is going to look up soon, so that Discord can be asked for them together."""

    async def guild(self, guild_id: int, *, fresh: bool = False) -> GuildSnapshot | Unreachable:
        """Look a server and its roles up. `fresh`: ask Discord in any case, whatever events have told so far."""

    async def give_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        """Give one role. Giving a role that is there already is no error."""

    async def take_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        """Take one role. Taking a role that is not there is no error."""

    async def change_roles(
        self,
        guild_id: int,
        member: MemberSnapshot,
        changes: RoleChanges,
        reason: str,
        urgency: Urgency = Urgency.PERSON,
    ) -> RoleOutcome:
        """Change several roles of a member at once, by replacing the list of a member that was read just before."""

    async def is_in(self, guild_id: int) -> bool | Unreachable:
        """Say whether the bot is in a server, which only Discord's clear word denies."""

    async def servers(self, most: int) -> Sequence[ServerName] | Unreachable:
        """List the servers that the bot is in, by id, at most so many. Asks Discord."""

    async def channel(self, guild_id: int, channel_id: int) -> ChannelState | Unreachable:
        """Look whether a post into a channel would arrive."""

    async def post(self, channel_id: int, text: str, buttons: Sequence[PostButton] = ()) -> bool:
        """Write a line into a channel, without pinging anybody. False when Discord did not take it."""

    async def notify(self, channel_id: int, user_id: int, text: str) -> ChannelState | Unreachable:
        """Write into a channel and ping exactly one member. OPEN: it is there; Unreachable: it may be there."""


class SecondLooks(Protocol):
    """Another way to look a member up, where one look alone is not believed. Raises nothing for Discord's trouble."""

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Look a member up once more."""


class HoldBoard(Protocol):
    """Where admins see the removals that wait for them, with the buttons that decide."""

    async def show(self, notice: HoldNotice, channel_id: int) -> HoldPost | Unreachable | None:
        """Post a hold, or edit the post that `notice.hold` names. None when Discord does not take it there."""


class ServerLists(Protocol):
    """What Discord lists of a server only on request. Nothing here raises for Discord's trouble."""

    async def members(self, guild_id: int, after: int) -> Sequence[MemberSnapshot] | MembersHidden | Unreachable:
        """One page of a server's members other than bots, by user id, beginning after that one; empty at the end."""

    async def who_changed(self, flip: Flip) -> int | None:
        """The user id of whoever undid the bot's doing, from the server's audit log; None when that does not tell."""

"""What follows at once when a member changes something about their wallets: a reading, and the roles that rest on it.

Everything here also happens by itself with the next tick. Doing it now only saves the member the wait, so trouble
on the way never undoes, or hides, what has been recorded already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.challenges import Challenge, ProofError, ProofUnavailableError, ProvenWallet
from bot.domain.errors import StoreBusyError, UserError
from bot.domain.ledger import JournalEntry, RoleOutcome
from bot.domain.links import Applicant, Link
from bot.domain.wallets import WalletState
from bot.services.linking import Linking, NewLink
from bot.services.ports import Store
from bot.services.proving import ChallengeError, ChallengeFault
from bot.services.reconciling import Reconciler, Reconciliation, RoleChange
from bot.services.refreshing import Refresher
from bot.services.wallets import MemberWallets

_LastWrites = Mapping[int, JournalEntry | None]


@dataclass(frozen=True, slots=True)
class Welcome:
    """A wallet that was just linked, with its first reading and what became of the member's roles."""

    link: NewLink
    wallet: WalletState
    """The wallet after the reading."""
    roles: Reconciliation | None
    """None when the database was busy, so that the roles follow with the next tick."""


@dataclass(frozen=True, slots=True)
class Retry:
    """An answer that proved nothing, and the fresh challenge that takes the place of the one it used up."""

    error: UserError
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A member's wallets after they were read anew."""

    links: Sequence[Link]
    roles: Reconciliation | None
    """As in `Welcome`."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A link that was just ended."""

    link: Link
    roles: Reconciliation | None
    """As in `Welcome`."""
    is_waiting: bool = False
    """Another wallet of the member could not be read again yet, so that roles stay until it can."""


class Onboarding:
    """Links, refreshes and unlinks with the roles following at once."""

    def __init__(
        self, store: Store, linking: Linking, wallets: MemberWallets, refresher: Refresher, reconciler: Reconciler
    ) -> None:
        self._store = store
        self._linking = linking
        self._wallets = wallets
        self._refresher = refresher
        self._reconciler = reconciler

    async def complete(self, challenge_id: int, who: Applicant, pasted: str) -> Welcome | Retry:
        """Check a proof, read the wallet, give the roles.

        Raises `UserError` when a new proof would not help (the challenge is somebody else's or was answered already,
        the wallet's cool-down) or when no fresh challenge can be had.
        """
        try:
            proven = await self._linking.prove(challenge_id, who, pasted)
        except (ProofError, ProofUnavailableError) as error:
            return Retry(error, await self._ask_again(challenge_id, who, error))
        except ChallengeError as error:
            if error.fault is not ChallengeFault.EXPIRED:
                raise
            return Retry(error, await self._ask_again(challenge_id, who, error))
        return await self.admit(who, proven)

    async def admit(self, who: Applicant, proven: ProvenWallet) -> Welcome:
        """Record the link of a wallet that was just proven, read it, give the roles.

        Raises `LinkError` (the wallet's cool-down).
        """
        before = await self._last_writes(who.guild_id, who.user_id, ())
        new_link = await self._linking.record(who, proven)
        wallet = new_link.wallet
        try:
            wallet = await self._refresher.refresh(wallet)
        except StoreBusyError:
            return Welcome(new_link, wallet, None)
        return Welcome(new_link, wallet, await self._reconcile(who.guild_id, who.user_id, before))

    async def refresh(self, guild_id: int, user_id: int) -> Refreshed:
        """Read the member's wallets anew and bring the roles into line. Raises `UserError` without a linked wallet."""
        before = await self._last_writes(guild_id, user_id, ())
        links = await self._wallets.refresh(user_id)
        return Refreshed(links, await self._reconcile(guild_id, user_id, before))

    async def unlink(self, guild_id: int, user_id: int, which: str) -> Unlinked:
        """End a link and take back the roles that rested on it. Raises `UserError` when it is not the member's."""
        before = await self._last_writes(guild_id, user_id, ())
        link = await self._wallets.unlink(user_id, guild_id, which)
        try:
            are_read = await self._wallets.read_outdated(user_id)
        except StoreBusyError:
            return Unlinked(link, None)
        return Unlinked(link, await self._reconcile(guild_id, user_id, before), is_waiting=not are_read)

    async def _reconcile(self, guild_id: int, user_id: int, before: _LastWrites) -> Reconciliation | None:
        """Reconcile, and tell all that changed since `before`: a tick in between may have done the work already."""
        try:
            result = await self._reconciler.reconcile(guild_id, user_id, look=True)
            after = await self._last_writes(guild_id, user_id, before)
        except StoreBusyError:
            return None
        changes = [
            RoleChange(role_id, line.action)
            for role_id, line in after.items()
            if line is not None and line != before.get(role_id) and line.outcome is RoleOutcome.DONE
        ]
        return replace(result, changes=tuple(dict.fromkeys((*result.changes, *changes))))

    async def _last_writes(self, guild_id: int, user_id: int, also: Iterable[int]) -> _LastWrites:
        """The newest journal line of every role that the member has from the bot, and of the roles in `also`."""
        async with self._store.unit() as unit:
            role_ids = {entry.role_id for entry in await unit.ledger.of_member(guild_id, user_id)} | set(also)
            return {role_id: await unit.journal.last_of(guild_id, user_id, role_id) for role_id in sorted(role_ids)}

    async def _ask_again(self, challenge_id: int, who: Applicant, error: UserError) -> Challenge:
        """Hand out a challenge for the same wallet again; raise the first error when that cannot be done."""
        async with self._store.unit() as unit:
            used = await unit.challenges.get(challenge_id)
        if used is None or used.terms.user_id != who.user_id:
            raise error
        address = used.terms.address
        try:
            return await self._linking.start(who, used.terms.network, None if address is None else address.text)
        except UserError:
            raise error from None

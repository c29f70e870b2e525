"""Linking wallets in a browser session: challenges, proofs, codes, and what the page tells about them."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.challenges import Challenge, ProvenWallet
from bot.domain.ledger import RoleAction, RoleOutcome
from bot.domain.links import Applicant, Link
from bot.domain.members import Presence, Unreachable
from bot.domain.networks import Network
from bot.domain.web_links import PendingProof, WebSession, digest_of
from bot.services.linking import Linking
from bot.services.onboarding import Onboarding, Welcome
from bot.services.ports import Clock, DiscordGateway, Store
from bot.services.web_sessions import WebError, WebFault

CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 3
_CODE_LENGTH = 8
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that are easily taken for each other; eight of them are 39 bits."""


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A proof was good, and waits for this code to be typed into Discord."""

    code: str
    expires_at: datetime
    wallet: ProvenWallet


@dataclass(frozen=True, slots=True)
class RolesSince:
    """The names of the roles that changed since a session began."""

    given: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    is_settled: bool = True
    """Whether nothing more is to be expected at once."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """All that the page shows of a session."""

    session: WebSession
    server_name: str
    networks: Sequence[Network]
    pending: PendingProof | None
    links: Sequence[Link]
    """The member's live links; none while the session is not known to be the member's."""
    roles: RolesSince


class WebLinking:
    """The use cases behind the page of a session."""

    def __init__(
        self, store: Store, linking: Linking, onboarding: Onboarding, gateway: DiscordGateway, clock: Clock
    ) -> None:
        self._store = store
        self._linking = linking
        self._onboarding = onboarding
        self._gateway = gateway
        self._clock = clock

    @property
    def networks(self) -> Sequence[Network]:
        """The networks on which a wallet can be proven."""
        return self._linking.networks

    def needs_address(self, network: Network) -> bool:
        """Whether the address must be named before the challenge is written."""
        return self._linking.needs_address(network)

    async def challenge(self, session: WebSession, network: Network, address_text: str | None) -> Challenge:
        """Hand out a challenge: the one that was shown in Discord if it fits, else a new one. Raises `UserError`."""
        shown = await self._shown(session)
        if shown is not None and shown.terms.network is network:
            named = shown.terms.address
            if named is None or (address_text is not None and address_text.strip().lower() == named.text):
                return shown
        return await self._linking.start(session.who, network, address_text, session.digest)

    async def prove(
        self, session: WebSession, challenge_id: int, network: Network, answer: str
    ) -> Welcome | IssuedCode:
        """Check a proof. It leads to the link, or to a code while the session is not known to be the member's.

        Raises `ChallengeError`, `ProofError`, `ProofUnavailableError` or `LinkError`.
        """
        proven = await self._linking.prove(challenge_id, session.who, answer, session.digest, network)
        if session.is_confirmed:
            return await self._onboarding.admit(session.who, proven)
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
        expires_at = self._clock.now() + CODE_LIFETIME
        async with self._store.unit() as unit:
            await unit.pending_proofs.add(
                session.digest, session.who, proven, _digest(session.who, code), CODE_TRIES, expires_at
            )
        return IssuedCode(code, expires_at, proven)

    async def complete(self, who: Applicant, typed: str) -> Welcome:
        """Complete the proof whose code a member typed into Discord; their session then needs no further code.

        Raises `WebError` for a wrong code or when none is awaited, `LinkError` as `prove` does.
        """
        now = self._clock.now()
        digest = _digest(who, typed)
        async with self._store.unit() as unit:
            waiting = await unit.pending_proofs.waiting(who.user_id, who.guild_id, now)
            meant = next((proof for proof in waiting if hmac.compare_digest(proof.code, digest)), None)
            if meant is None:
                await unit.pending_proofs.count_miss(who.user_id, who.guild_id, now)
            elif await unit.pending_proofs.consume(meant.id, now):
                await unit.web_links.confirm_session(meant.session)
            else:
                waiting = []
        if not waiting:
            raise WebError(WebFault.NO_CODE)
        if meant is None:
            raise WebError(WebFault.WRONG_CODE)
        return await self._onboarding.admit(who, meant.proven)

    async def state(self, session: WebSession) -> SessionState:
        """Look up all that the page shows."""
        who = session.who
        async with self._store.reading() as unit:
            pending = None if session.is_confirmed else await unit.pending_proofs.of_session(session.digest, self._now)
            links = await unit.links.of_user(who.user_id) if session.is_confirmed else []
        name = await self.server_name(who.guild_id)
        return SessionState(session, name, self.networks, pending, links, await self.roles(session))

    async def server_name(self, guild_id: int) -> str:
        """The name of a server, or its id while Discord does not tell."""
        guild = await self._gateway.guild(guild_id)
        return str(guild_id) if isinstance(guild, Unreachable) else guild.name

    async def roles(self, session: WebSession) -> RolesSince:
        """The roles that changed since the session began; none while it is not known to be the member's."""
        if not session.is_confirmed:
            return RolesSince()
        who = session.who
        async with self._store.reading() as unit:
            lines = await unit.journal.of_member_since(who.guild_id, who.user_id, session.began_at)
            member = await unit.members.get(who.guild_id, who.user_id)
        newest: dict[int, RoleAction] = {}
        for line in lines:
            if line.outcome is RoleOutcome.DONE:
                newest.setdefault(line.role_id, line.action)
        is_settled = member is None or member.presence is Presence.LEFT or member.settled >= member.revision
        names = await self._role_names(who.guild_id, newest)
        return RolesSince(
            tuple(names[role_id] for role_id, action in newest.items() if action is RoleAction.GIVE),
            tuple(names[role_id] for role_id, action in newest.items() if action is RoleAction.TAKE),
            is_settled,
        )

    @property
    def _now(self) -> datetime:
        return self._clock.now()

    async def _shown(self, session: WebSession) -> Challenge | None:
        """The challenge that was shown in Discord beside the link, while it can still be answered."""
        if session.challenge_id is None:
            return None
        async with self._store.reading() as unit:
            challenge = await unit.challenges.get(session.challenge_id)
        if challenge is None or challenge.used_at is not None or challenge.terms.expires_at <= self._now:
            return None
        return challenge

    async def _role_names(self, guild_id: int, role_ids: dict[int, RoleAction]) -> dict[int, str]:
        if not role_ids:
            return {}
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            return {role_id: str(role_id) for role_id in role_ids}
        found = {role_id: guild.role(role_id) for role_id in role_ids}
        return {role_id: str(role_id) if role is None else role.name for role_id, role in found.items()}


def _digest(who: Applicant, code: str) -> str:
    """The digest of a code as a person may type it: in any case, with dashes or blanks."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return digest_of(f"{who.guild_id}:{who.user_id}:{letters}")

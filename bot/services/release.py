"""Releasing a wallet: whoever can sign for it ends its link, without a Discord account and whoever holds it.

It is the way out for somebody who was talked into signing for a stranger.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.domain.addresses import Address
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import NOBODY, Challenge, Purpose
from bot.domain.links import Applicant, Link, LinkEnd
from bot.domain.networks import Network
from bot.domain.web_links import digest_of
from bot.services.guild_log import GuildLog
from bot.services.link_ends import end_link
from bot.services.ports import Clock, Store
from bot.services.proving import Proving, Standing
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

_ANYBODY = Applicant(NOBODY, "", NOBODY)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A challenge, and the secret that its answer must come with: nobody else can use the challenge up."""

    challenge: Challenge
    key: str


@dataclass(frozen=True, slots=True)
class Released:
    """What came of a good signature."""

    address: Address
    was_linked: bool


class Release:
    """The use case behind the public release page."""

    def __init__(self, store: Store, proving: Proving, guild_log: GuildLog, clock: Clock) -> None:
        self._store = store
        self._proving = proving
        self._guild_log = guild_log
        self._clock = clock

    async def ask(self, network: Network, address_text: str | None) -> ReleaseRequest:
        """Hand out a challenge. Raises `UserError` (address, unserved network)."""
        key = secrets.token_urlsafe(32)
        challenge = await self._proving.ask(_standing(key), network, address_text, _unlimited)
        return ReleaseRequest(challenge, key)

    async def prove(self, challenge_id: int, key: str, network: Network, answer: str) -> Released:
        """Check the proof and end the wallet's link. Raises `ChallengeError`, `ProofError`, `ProofUnavailableError`."""
        proven = await self._proving.prove(challenge_id, _standing(key), answer, network)
        link = await self._end(proven.address)
        if link is None:
            return Released(proven.address, was_linked=False)
        log.info("wallet.released", wallet=proven.address.short, guild_id=link.guild_id)
        await self._guild_log.post(
            link.guild_id,
            f"The wallet {proven.address.short} ({proven.address.network.label}) was released from <@{link.user_id}>: "
            "somebody proved with its key that the link shall end. Roles that rest on it are taken back.",
        )
        return Released(proven.address, was_linked=True)

    async def _end(self, address: Address) -> Link | None:
        now = self._clock.now()
        async with self._store.unit() as unit:
            link = await unit.links.live(address)
            if link is None or not await end_link(unit, link, LinkEnd.RELEASED, now):
                return None
            subject = f"{address.short} on {address.network}"
            line = AuditLine(now, link.guild_id, None, AuditAction.WALLET_RELEASED, subject, str(link.user_id))
            await unit.audit.add(line)
            return link


def _standing(key: str) -> Standing:
    return Standing(_ANYBODY, Purpose.UNLINK, digest_of(key))


async def _unlimited(_unit: UnitOfWork, _now: datetime) -> None:
    """Strangers share no count of open challenges; the page limits them by their network address."""

"""Linking a wallet: hand out a challenge, check the proof, record the link."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog

from bot.domain.addresses import Address, parse_address
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import Challenge, ChallengeTerms, ProvenWallet, Purpose
from bot.domain.errors import LinkTakenError, UserError
from bot.domain.links import Link, LinkEnd
from bot.domain.networks import Family, Network
from bot.domain.wallets import WalletState
from bot.services.guild_log import GuildLog
from bot.services.ports import BalanceReader, Clock, Prover, Store
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

CHALLENGE_LIFETIME = timedelta(minutes=10)
MOST_OPEN_CHALLENGES = 5
MOST_WALLETS = 20
TRANSFER_WINDOW = timedelta(hours=24)


class ChallengeFault(StrEnum):
    """Why a challenge cannot be answered. Short codes, safe to log and count."""

    UNKNOWN = "challenge_unknown"
    OTHER_MEMBER = "challenge_of_other_member"
    OTHER_SERVER = "challenge_of_other_server"
    EXPIRED = "challenge_expired"
    USED = "challenge_used"


class ChallengeError(UserError):
    """The challenge cannot be answered; `fault` says why."""

    def __init__(self, fault: ChallengeFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Applicant:
    """The person who links a wallet, and where."""

    user_id: int
    username: str
    guild_id: int


@dataclass(frozen=True, slots=True)
class NewLink:
    """A wallet that was just linked."""

    wallet: WalletState
    taken_from: int | None
    """The member who held the link until now."""
    is_repeat: bool
    """The member had proven this wallet before."""


class Linking:
    """The use case of proving a wallet."""

    def __init__(
        self,
        store: Store,
        reader: BalanceReader,
        provers: Mapping[Family, Prover],
        guild_log: GuildLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._reader = reader
        self._provers = provers
        self._guild_log = guild_log
        self._clock = clock

    @property
    def networks(self) -> Sequence[Network]:
        """The networks on which a wallet can be linked."""
        return [network for network in self._reader.networks if network.family in self._provers]

    def needs_address(self, network: Network) -> bool:
        """Whether the address must be named before the challenge is written (Ethereum-style networks)."""
        return network.family is Family.ETHEREUM

    async def start(self, who: Applicant, network: Network, address_text: str | None) -> Challenge:
        """Hand out a challenge. Raises `UserError` (address, unserved network, too many open challenges or wallets)."""
        if network not in self.networks:
            raise UserError(
                f"Wallets on {network.label} cannot be linked here at the moment: no active provider reads their "
                "balances. Links and roles that exist stay as they are."
            )
        address = self._named_address(network, address_text)
        now = self._clock.now()
        terms = ChallengeTerms(
            network=network,
            purpose=Purpose.LINK,
            user_id=who.user_id,
            username=who.username,
            guild_id=who.guild_id,
            nonce=secrets.token_hex(16),
            issued_at=now,
            expires_at=now + CHALLENGE_LIFETIME,
            address=address,
        )
        text = self._provers[network.family].challenge_text(terms)
        async with self._store.unit() as unit:
            if await unit.challenges.open_count(who.user_id, now) >= MOST_OPEN_CHALLENGES:
                raise UserError(
                    "You have several unanswered signing requests open already. Answer one of them, or wait "
                    f"{_minutes(CHALLENGE_LIFETIME)} until they expire."
                )
            if len(await unit.links.of_user(who.user_id)) >= MOST_WALLETS:
                raise UserError(
                    f"You have linked {MOST_WALLETS} wallets, which is the most there can be. "
                    "Unlink one with `/wallet unlink` first."
                )
            return await unit.challenges.add(terms, text)

    async def answer(self, challenge_id: int, who: Applicant, pasted: str) -> NewLink:
        """Check a proof and record the link.

        The challenge is used up before the proof is looked at, so it can be tried exactly once. Raises
        `ChallengeError` (the challenge), `ProofError` (the proof) or `UserError` (the wallet's cool-down).
        """
        challenge = await self._take(challenge_id, who)
        prover = self._provers[challenge.terms.network.family]
        proven = await asyncio.to_thread(prover.verify, challenge.terms, challenge.text, pasted)
        new_link = await self._record(challenge, proven)
        if new_link.taken_from is not None:
            await self._guild_log.post(
                who.guild_id,
                f"The wallet {new_link.wallet.address.short} ({challenge.terms.network.label}) moved from "
                f"<@{new_link.taken_from}> to <@{who.user_id}>, who brought a newer valid proof.",
            )
        return new_link

    def _named_address(self, network: Network, address_text: str | None) -> Address | None:
        if address_text is not None and address_text.strip():
            return parse_address(network, address_text)
        if self.needs_address(network):
            raise UserError(
                f"{network.label} needs to know the address before it can be proven. "
                "Give it in the `address` option, as your wallet shows it (0x…)."
            )
        return None

    async def _take(self, challenge_id: int, who: Applicant) -> Challenge:
        now = self._clock.now()
        async with self._store.unit() as unit:
            challenge = await unit.challenges.get(challenge_id)
            if challenge is None:
                raise ChallengeError(
                    ChallengeFault.UNKNOWN,
                    "This signing request is not known any more. Nothing was linked. Start again with `/wallet link`.",
                )
            _check_belongs(challenge, who)
            if not await unit.challenges.consume(challenge_id, now):
                raise _spent(challenge)
            return challenge

    async def _record(self, challenge: Challenge, proven: ProvenWallet) -> NewLink:
        for _ in range(3):
            try:
                async with self._store.unit() as unit:
                    return await self._record_in(unit, challenge, proven)
            except LinkTakenError:
                continue  # somebody else linked the wallet in between: look again, the newest proof wins
        raise UserError(
            "Several people are linking this wallet at the same moment, so nothing was changed. Try again in a minute."
        )

    async def _record_in(self, unit: UnitOfWork, challenge: Challenge, proven: ProvenWallet) -> NewLink:
        now = self._clock.now()
        user_id, guild_id = challenge.terms.user_id, challenge.terms.guild_id
        await unit.members.meet(guild_id, user_id, now)
        wallet = await unit.wallets.ensure(proven.address, now)
        held = await unit.links.live(proven.address)
        if held is not None and held.user_id == user_id:
            await unit.members.touch_user(user_id)
            return NewLink(wallet, None, is_repeat=True)
        if held is not None:
            await self._take_over(unit, held, user_id, guild_id)
        await unit.links.add(wallet.id, user_id, guild_id, proven.kind, now)
        await unit.members.touch_user(user_id)
        subject = f"{proven.address.short} on {proven.address.network}"
        action = AuditAction.WALLET_LINKED if held is None else AuditAction.WALLET_TRANSFERRED
        before = "" if held is None else str(held.user_id)
        await unit.audit.add(AuditLine(now, guild_id, user_id, action, subject, before, str(user_id)))
        return NewLink(wallet, None if held is None else held.user_id, is_repeat=False)

    async def _take_over(self, unit: UnitOfWork, held: Link, user_id: int, guild_id: int) -> None:
        now = self._clock.now()
        lost = await unit.links.lost_since(held.wallet.id, now - TRANSFER_WINDOW)
        is_first_dispute = len(lost) == 1 and lost[0] == user_id
        if lost and not is_first_dispute:
            log.warning("linking.cool_down", wallet=held.wallet.address.short, guild_id=guild_id)
            raise UserError(
                "Your signature is valid, but this wallet already changed hands within the last 24 hours, so it stays "
                "where it is for now. If it is yours, try again tomorrow, and tell the server's admins today."
            )
        await unit.links.end(held.id, LinkEnd.TRANSFERRED, now)
        await unit.ledger.waive_grace(user_id=held.user_id)
        await unit.members.touch_user(held.user_id)
        if held.guild_id != guild_id:
            line = AuditLine(
                now, held.guild_id, None, AuditAction.WALLET_TRANSFERRED, held.wallet.address.short, str(held.user_id)
            )
            await unit.audit.add(line)


def _check_belongs(challenge: Challenge, who: Applicant) -> None:
    if challenge.terms.user_id != who.user_id:
        raise ChallengeError(
            ChallengeFault.OTHER_MEMBER,
            "This signing request was made for somebody else, so it cannot link a wallet to you. If somebody sent it "
            "to you, do not sign it. Start your own with `/wallet link`.",
        )
    if challenge.terms.guild_id != who.guild_id:
        raise ChallengeError(
            ChallengeFault.OTHER_SERVER,
            "This signing request was made in another server. Start a new one here with `/wallet link`.",
        )


def _spent(challenge: Challenge) -> ChallengeError:
    if challenge.used_at is not None:
        return ChallengeError(
            ChallengeFault.USED,
            "This signing request was answered already; each one works once. Start again with `/wallet link`.",
        )
    return ChallengeError(
        ChallengeFault.EXPIRED,
        f"This signing request has expired; each one is good for {_minutes(CHALLENGE_LIFETIME)}. Nothing was linked. "
        "Start again with `/wallet link`.",
    )


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} minutes"

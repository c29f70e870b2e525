"""Handing out challenges and checking the proofs that answer them, whatever the signature is for."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from bot.domain.addresses import Address, AddressError, AddressFault, parse_address
from bot.domain.challenges import (
    Challenge,
    ChallengeTerms,
    NoContractError,
    ProofError,
    ProofUnavailableError,
    ProvenWallet,
    Purpose,
)
from bot.domain.errors import UserError
from bot.domain.links import Applicant
from bot.domain.networks import Family, Network
from bot.services.metrics import ChallengeOutcome, Metrics
from bot.services.ports import BalanceReader, Clock, ContractProver, Prover, Store
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

CHALLENGE_LIFETIME = timedelta(minutes=10)

_NO_CONTRACTS = (
    "If the address is a contract wallet (a Safe, or a smart wallet): those cannot be checked here, as the host has "
    "set up no Ethereum node for it. Link an ordinary wallet instead."
)

Guard = Callable[[UnitOfWork, datetime], Awaitable[None]]
"""Looks whether one more challenge may be handed out. Raises `UserError` when not."""


class ChallengeFault(StrEnum):
    """Why a challenge cannot be answered. Short codes, safe to log and count."""

    UNKNOWN = "challenge_unknown"
    OTHER_MEMBER = "challenge_of_other_member"
    OTHER_SERVER = "challenge_of_other_server"
    OTHER_SESSION = "challenge_of_other_session"
    OTHER_NETWORK = "challenge_of_other_network"
    OTHER_PURPOSE = "challenge_of_other_purpose"
    EXPIRED = "challenge_expired"
    USED = "challenge_used"


class ChallengeError(UserError):
    """The challenge cannot be answered; `fault` says why."""

    def __init__(self, fault: ChallengeFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class LinkFault(StrEnum):
    """Why no challenge is handed out, or a good proof leads to no link. Short codes, safe to log and count."""

    NO_NETWORK = "no_network"
    TOO_MANY_CHALLENGES = "too_many_challenges"
    TOO_MANY_WALLETS = "too_many_wallets"
    COOL_DOWN = "cool_down"
    CONTENDED = "contended"
    FORGETTING = "forgetting"


class LinkError(UserError):
    """A wallet cannot be linked (now); `fault` says why."""

    def __init__(self, fault: LinkFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Standing:
    """Who asks for or answers a challenge, for what, and with which secret in hand."""

    who: Applicant
    purpose: Purpose
    holder: str | None = None
    """The digest of a browser session's, or the challenge's own, secret. None in Discord, which knows its people."""


class Proving:
    """The way from a challenge to a proven wallet."""

    def __init__(
        self,
        store: Store,
        reader: BalanceReader,
        provers: Mapping[Family, Prover],
        clock: Clock,
        metrics: Metrics,
        contracts: ContractProver | None = None,
    ) -> None:
        self._contracts = contracts
        self._store = store
        self._reader = reader
        self._provers = provers
        self._clock = clock
        self._metrics = metrics

    @property
    def networks(self) -> Sequence[Network]:
        """The networks on which a wallet can be proven."""
        return [network for network in self._reader.networks if network.family in self._provers]

    def needs_address(self, network: Network) -> bool:
        """Whether the address must be named before the challenge is written (Ethereum-style networks)."""
        return network.family is Family.ETHEREUM

    def preview(self, standing: Standing, network: Network) -> str:
        """The text of a challenge with words in place of all that is not known before it is made."""
        return self._provers[network.family].preview(self._terms(standing, network, None))

    async def ask(self, standing: Standing, network: Network, address_text: str | None, guard: Guard) -> Challenge:
        """Hand out a challenge. Raises `UserError` (address, unserved network, or what `guard` raises)."""
        try:
            challenge = await self._ask(standing, network, address_text, guard)
        except UserError as error:
            self._refused(standing, error)
            raise
        self._metrics.challenge(standing.purpose, ChallengeOutcome.ISSUED)
        return challenge

    async def prove(
        self, challenge_id: int, standing: Standing, pasted: str, network: Network | None = None
    ) -> ProvenWallet:
        """Check a proof.

        The challenge is used up before the proof is looked at, so it can be tried exactly once. `network`, when it is
        given, must be the challenge's. Raises `ChallengeError`, `ProofError` or `ProofUnavailableError`.
        """
        try:
            challenge = await self._take(challenge_id, standing, network)
            proven = await self._check(challenge, pasted)
        except UserError as error:
            self._refused(standing, error)
            raise
        self._metrics.challenge(standing.purpose, ChallengeOutcome.PROVEN)
        return proven

    async def _ask(self, standing: Standing, network: Network, address_text: str | None, guard: Guard) -> Challenge:
        if network not in self.networks:
            raise LinkError(
                LinkFault.NO_NETWORK,
                f"Wallets on {network.label} cannot be linked here at the moment: no active provider reads their "
                "balances. Links and roles that exist stay as they are.",
            )
        terms = self._terms(standing, network, self._named_address(network, address_text))
        text = self._provers[network.family].challenge_text(terms)
        async with self._store.unit() as unit:
            await guard(unit, terms.issued_at)
            return await unit.challenges.add(terms, text, standing.holder)

    async def _check(self, challenge: Challenge, pasted: str) -> ProvenWallet:
        """Check a signature by its key, and if no key fits, by the contract at the address, where there can be one."""
        terms = challenge.terms
        try:
            return await asyncio.to_thread(self._provers[terms.network.family].verify, terms, challenge.text, pasted)
        except ProofError as refusal:
            if terms.network.family is not Family.ETHEREUM:
                raise
            if self._contracts is None or not self._contracts.supports(terms.network):
                raise ProofError(refusal.fault, f"{refusal} {_NO_CONTRACTS}") from None
            try:
                return await self._contracts.verify(terms, challenge.text, pasted)
            except NoContractError:
                raise refusal from None

    def _terms(self, standing: Standing, network: Network, address: Address | None) -> ChallengeTerms:
        now = self._clock.now()
        return ChallengeTerms(
            network=network,
            purpose=standing.purpose,
            user_id=standing.who.user_id,
            username=standing.who.username,
            guild_id=standing.who.guild_id,
            nonce=secrets.token_hex(16),
            issued_at=now,
            expires_at=now + CHALLENGE_LIFETIME,
            address=address,
        )

    def _named_address(self, network: Network, address_text: str | None) -> Address | None:
        if address_text is not None and address_text.strip():
            return parse_address(network, address_text)
        if self.needs_address(network):
            raise AddressError(
                AddressFault.EMPTY,
                network,
                f"{network.label} needs to know the address before it can be proven. "
                "Give it in the `address` option, as your wallet shows it (0x…).",
            )
        return None

    async def _take(self, challenge_id: int, standing: Standing, network: Network | None) -> Challenge:
        now = self._clock.now()
        async with self._store.unit() as unit:
            challenge = await unit.challenges.get(challenge_id)
            if challenge is None:
                raise ChallengeError(
                    ChallengeFault.UNKNOWN,
                    "This signing request is not known any more. Nothing was linked. Start again with `/wallet link`.",
                )
            _check_belongs(challenge, standing)
            if network is not None and challenge.terms.network is not network:
                raise ChallengeError(
                    ChallengeFault.OTHER_NETWORK,
                    f"This signing request is for a wallet on {challenge.terms.network.label}. Nothing was linked.",
                )
            if not await unit.challenges.consume(challenge_id, now):
                raise _spent(challenge)
            return challenge

    def _refused(self, standing: Standing, error: UserError) -> None:
        reason = reason_of(error)
        self._metrics.challenge(standing.purpose, ChallengeOutcome.REFUSED, reason)
        log.info(
            "challenge.refused",
            reason=reason,
            purpose=standing.purpose.value,
            guild_id=standing.who.guild_id,
            user_id=standing.who.user_id,
        )


def reason_of(error: UserError) -> str:
    """The short code of a refusal."""
    match error:
        case ChallengeError() | LinkError() | ProofError():
            return error.fault.value
        case ProofUnavailableError():
            return "proof_unavailable"
        case AddressError():
            return "bad_address"
        case _:
            return "refused"


def _check_belongs(challenge: Challenge, standing: Standing) -> None:
    terms, who = challenge.terms, standing.who
    if terms.purpose is not standing.purpose:
        raise ChallengeError(
            ChallengeFault.OTHER_PURPOSE,
            "This signing request was made for something else, so its signature is not taken here.",
        )
    if terms.user_id != who.user_id:
        raise ChallengeError(
            ChallengeFault.OTHER_MEMBER,
            "This signing request was made for somebody else, so it cannot link a wallet to you. If somebody sent it "
            "to you, do not sign it. Start your own with `/wallet link`.",
        )
    if terms.guild_id != who.guild_id:
        raise ChallengeError(
            ChallengeFault.OTHER_SERVER,
            "This signing request was made in another server. Start a new one here with `/wallet link`.",
        )
    if challenge.holder is not None and challenge.holder != standing.holder:
        raise ChallengeError(
            ChallengeFault.OTHER_SESSION,
            "This signing request was made in another browser. Start a new one with `/wallet link`.",
        )


def _spent(challenge: Challenge) -> ChallengeError:
    if challenge.used_at is not None:
        return ChallengeError(
            ChallengeFault.USED,
            "This signing request was answered already; each one works once. Start again with `/wallet link`.",
        )
    return ChallengeError(
        ChallengeFault.EXPIRED,
        f"This signing request has expired; each one is good for {minutes(CHALLENGE_LIFETIME)}. Nothing was linked. "
        "Start again with `/wallet link`.",
    )


def minutes(span: timedelta) -> str:
    """A short span in words."""
    return f"{int(span.total_seconds() // 60)} minutes"

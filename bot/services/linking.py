"""Linking a wallet: hand out a challenge, check the proof, record the link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import Challenge, ProvenWallet, Purpose
from bot.domain.errors import LinkTakenError
from bot.domain.links import Applicant, Link, LinkEnd
from bot.domain.networks import Network
from bot.domain.wallets import WalletState
from bot.services.guild_log import GuildLog
from bot.services.link_ends import end_link
from bot.services.ports import Clock, Store
from bot.services.proving import CHALLENGE_LIFETIME, LinkError, LinkFault, Proving, Standing, minutes
from bot.services.repositories import UnitOfWork

log = structlog.get_logger(__name__)

MOST_OPEN_CHALLENGES = 5
MOST_WALLETS = 20
TRANSFER_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A wallet that was just linked."""

    wallet: WalletState
    taken_from: int | None
    """The member who held the link until now."""
    is_repeat: bool
    """The member had proven this wallet before."""


class Linking:
    """The use case of proving a wallet to have it linked. `holder` is the digest of a browser session's secret."""

    def __init__(self, store: Store, proving: Proving, guild_log: GuildLog, clock: Clock) -> None:
        self._store = store
        self._proving = proving
        self._guild_log = guild_log
        self._clock = clock

    @property
    def networks(self) -> Sequence[Network]:
        """The networks on which a wallet can be linked."""
        return self._proving.networks

    def needs_address(self, network: Network) -> bool:
        """Whether the address must be named before the challenge is written (Ethereum-style networks)."""
        return self._proving.needs_address(network)

    def preview(self, who: Applicant, network: Network) -> str:
        """The text that will be signed, with words in place of all that is not known yet."""
        return self._proving.preview(Standing(who, Purpose.LINK), network)

    async def start(
        self, who: Applicant, network: Network, address_text: str | None, holder: str | None = None
    ) -> Challenge:
        """Hand out a challenge. Raises `UserError` (address, unserved network, too many open challenges or wallets)."""

        async def guard(unit: UnitOfWork, now: datetime) -> None:
            await _check_caps(unit, who, now)

        return await self._proving.ask(Standing(who, Purpose.LINK, holder), network, address_text, guard)

    async def prove(
        self,
        challenge_id: int,
        who: Applicant,
        pasted: str,
        holder: str | None = None,
        network: Network | None = None,
    ) -> ProvenWallet:
        """Check a proof, as `Proving.prove` does."""
        return await self._proving.prove(challenge_id, Standing(who, Purpose.LINK, holder), pasted, network)

    async def record(self, who: Applicant, proven: ProvenWallet) -> NewLink:
        """Record the link of a wallet that was just proven. Raises `LinkError` (the wallet's cool-down)."""
        new_link = await self._record(who, proven)
        if new_link.taken_from is not None:
            await self._guild_log.post(
                who.guild_id,
                f"The wallet {new_link.wallet.address.short} ({proven.address.network.label}) moved from "
                f"<@{new_link.taken_from}> to <@{who.user_id}>, who brought a newer valid proof.",
            )
        return new_link

    async def _record(self, who: Applicant, proven: ProvenWallet) -> NewLink:
        for _ in range(3):
            try:
                async with self._store.unit() as unit:
                    return await self._record_in(unit, who, proven)
            except LinkTakenError:
                continue  # somebody else linked the wallet in between: look again, the newest proof wins
        raise LinkError(
            LinkFault.CONTENDED,
            "Several people are linking this wallet at the same moment, so nothing was changed. Try again in a minute.",
        )

    async def _record_in(self, unit: UnitOfWork, who: Applicant, proven: ProvenWallet) -> NewLink:
        now = self._clock.now()
        user_id, guild_id = who.user_id, who.guild_id
        await _check_deletion(unit, user_id)
        await unit.members.meet(guild_id, user_id, now)
        wallet = await unit.wallets.ensure(proven.address, now)
        held = await unit.links.live(proven.address)
        if held is not None and held.user_id == user_id:
            await unit.members.touch_user(user_id)
            return NewLink(wallet, None, is_repeat=True)
        if held is not None:
            await self._take_over(unit, held, user_id, guild_id)
        await unit.links.add(wallet.id, user_id, guild_id, proven.kind, now, proven.evidence)
        if wallet.due_at > now:  # known from an earlier link: what it holds today is read anew
            await unit.wallets.save(replace(wallet, due_at=now))
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
            raise LinkError(
                LinkFault.COOL_DOWN,
                "Your signature is valid, but this wallet already changed hands within the last 24 hours, so it stays "
                "where it is for now. If it is yours, try again tomorrow, and tell the server's admins today.",
            )
        await end_link(unit, held, LinkEnd.TRANSFERRED, now)
        if held.guild_id != guild_id:
            line = AuditLine(
                now, held.guild_id, None, AuditAction.WALLET_TRANSFERRED, held.wallet.address.short, str(held.user_id)
            )
            await unit.audit.add(line)


async def _check_deletion(unit: UnitOfWork, user_id: int) -> None:
    if await unit.deletions.get(user_id) is not None:
        raise LinkError(
            LinkFault.FORGETTING,
            "Your data is being deleted, as was asked for, so nothing can be linked until that is finished. "
            "`/privacy delete` says how far it is; link again afterwards.",
        )


async def _check_caps(unit: UnitOfWork, who: Applicant, now: datetime) -> None:
    await _check_deletion(unit, who.user_id)
    if await unit.challenges.open_count(who.user_id, now) >= MOST_OPEN_CHALLENGES:
        raise LinkError(
            LinkFault.TOO_MANY_CHALLENGES,
            "You have several unanswered signing requests open already. Answer one of them, or wait "
            f"{minutes(CHALLENGE_LIFETIME)} until they expire.",
        )
    if len(await unit.links.of_user(who.user_id)) >= MOST_WALLETS:
        raise LinkError(
            LinkFault.TOO_MANY_WALLETS,
            f"You have linked {MOST_WALLETS} wallets, which is the most there can be. "
            "Unlink one with `/wallet unlink` first.",
        )

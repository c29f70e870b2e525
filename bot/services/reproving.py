"""Making the proofs of contract wallets again: who owns a contract can change, or the contract can be locked."""

from datetime import datetime, timedelta

import structlog

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.challenges import ProofUnavailableError
from bot.domain.links import DoubtfulLink, LinkEnd
from bot.domain.wallets import ReadingPolicy
from bot.services.guild_log import GuildLog
from bot.services.link_ends import end_link
from bot.services.ports import Clock, ContractProver, Store

log = structlog.get_logger(__name__)

LINKS_PER_PAGE = 20
TRY_AGAIN_AFTER = timedelta(minutes=30)
"""When to ask again after the Ethereum node could not be asked."""


class Reproving:
    """Asks contracts whether they still stand by the signatures that linked them.

    One "no" is not believed: a second one at least `confirm_after` later ends the link. A node that cannot be asked
    says nothing at all.
    """

    def __init__(
        self, store: Store, contracts: ContractProver, guild_log: GuildLog, clock: Clock, policy: ReadingPolicy
    ) -> None:
        self._store = store
        self._contracts = contracts
        self._guild_log = guild_log
        self._clock = clock
        self._policy = policy

    async def reprove_due(self) -> int:
        """Look at one page of links. Returns how many."""
        async with self._store.unit() as unit:
            due = await unit.links.due_for_proof(self._clock.now(), LINKS_PER_PAGE)
        for doubtful in due:
            await self._reprove(doubtful)
        return len(due)

    async def _reprove(self, doubtful: DoubtfulLink) -> None:
        wallet = doubtful.link.wallet
        now = self._clock.now()
        try:
            if not self._contracts.supports(wallet.address.network):
                await self._look_again(doubtful, now + self._policy.interval, doubtful.failed_at)
            elif await self._contracts.still_valid(wallet.address, doubtful.evidence):
                await self._look_again(doubtful, now + self._policy.interval, None)
            elif doubtful.failed_at is None:
                await self._look_again(doubtful, now + self._policy.confirm_after, now)
            elif now < doubtful.failed_at + self._policy.confirm_after:
                await self._look_again(doubtful, doubtful.failed_at + self._policy.confirm_after, doubtful.failed_at)
            else:
                await self._end(doubtful, now)
        except ProofUnavailableError as error:
            log.warning("reproof.unavailable", wallet=wallet.address.short, why=str(error))
            await self._look_again(doubtful, now + TRY_AGAIN_AFTER, doubtful.failed_at)

    async def _look_again(self, doubtful: DoubtfulLink, due_at: datetime, failed_at: datetime | None) -> None:
        async with self._store.unit() as unit:
            await unit.links.proof_looked_at(doubtful.link.id, due_at, failed_at)

    async def _end(self, doubtful: DoubtfulLink, now: datetime) -> None:
        link = doubtful.link
        subject = f"{link.wallet.address.short} on {link.wallet.address.network}"
        async with self._store.unit() as unit:
            if not await end_link(unit, link, LinkEnd.INVALIDATED, now):
                return
            action = AuditAction.WALLET_INVALIDATED
            await unit.audit.add(AuditLine(now, link.guild_id, None, action, subject, str(link.user_id)))
        await self._guild_log.post(
            link.guild_id,
            f"The contract wallet {link.wallet.address.short} does not stand by the signature of <@{link.user_id}> any "
            "more (its owner changed, or it is locked), so it is not linked any longer.",
        )

"""What members do with their linked wallets: list, refresh, unlink."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.addresses import parse_address
from bot.domain.audits import AuditAction, AuditLine
from bot.domain.errors import UserError
from bot.domain.links import Link, LinkEnd
from bot.domain.readings import UnknownReason
from bot.services.link_ends import end_link
from bot.services.ports import Clock, Store
from bot.services.refreshing import Refresher

REFRESH_PAUSE = timedelta(minutes=1)
"""How long a member waits between two refreshes of the same wallet."""


class MemberWallets:
    """A member's own wallets."""

    def __init__(self, store: Store, refresher: Refresher, clock: Clock) -> None:
        self._store = store
        self._refresher = refresher
        self._clock = clock

    async def of(self, user_id: int) -> Sequence[Link]:
        """The member's live links, oldest first."""
        async with self._store.reading() as unit:
            return await unit.links.of_user(user_id)

    async def listed(self, guild_id: int, user_id: int) -> tuple[Sequence[Link], bool]:
        """The member's live links, oldest first, and whether they opted out of counting in a server."""
        async with self._store.reading() as unit:
            return await unit.links.of_user(user_id), await unit.opt_outs.is_out(guild_id, user_id)

    async def refresh(self, user_id: int) -> Sequence[Link]:
        """Read the member's wallets anew, except those read less than a minute ago; return the links as they are now.

        Raises `UserError` when the member has no wallet linked.
        """
        links = await self.of(user_id)
        if not links:
            raise UserError("You have no wallet linked. Link one with `/wallet link`.")
        now = self._clock.now()
        for link in links:
            tried_at = link.wallet.tried_at
            if tried_at is None or now - tried_at >= REFRESH_PAUSE:
                await self._refresher.refresh(link.wallet)
        return await self.of(user_id)

    async def read_outdated(self, user_id: int) -> bool:
        """Read those of a member's wallets that count again only then, as another one was unlinked.

        Returns whether all of them could be read. Raises `StoreBusyError`.
        """
        outdated = [link.wallet for link in await self.of(user_id) if link.wallet.unknown is UnknownReason.OUTDATED]
        after = [await self._refresher.refresh(wallet) for wallet in outdated]
        return all(wallet.unknown is None for wallet in after)

    async def unlink(self, user_id: int, guild_id: int, which: str) -> Link:
        """End a link. `which` is the link's id (as autocomplete offers it) or the address.

        Roles that rest on the wallet become due at once, without grace. Raises `UserError` when it is not the
        member's wallet.
        """
        now = self._clock.now()
        async with self._store.unit() as unit:
            links = await unit.links.of_user(user_id)
            link = next((link for link in links if _is_meant(link, which)), None)
            if link is None or not await end_link(unit, link, LinkEnd.UNLINKED, now):
                raise UserError(
                    "That is not one of your linked wallets. See them with `/wallet list`, then choose one from the "
                    "list that `/wallet unlink` offers."
                )
            subject = f"{link.wallet.address.short} on {link.wallet.address.network}"
            await unit.audit.add(AuditLine(now, guild_id, user_id, AuditAction.WALLET_UNLINKED, subject, str(user_id)))
            return link


def _is_meant(link: Link, which: str) -> bool:
    text = which.strip()
    if text == str(link.id):
        return True
    try:
        return parse_address(link.wallet.address.network, text) == link.wallet.address
    except UserError:
        return False

"""Ending a link, for whatever reason: the roles that rest on it become due at once, without grace.

Members move what they hold into another wallet before they unlink one. So their other wallets count again once they
have been read anew, which is due at once too.
"""

from datetime import datetime

from bot.domain.links import Link, LinkEnd
from bot.domain.wallets import outdate
from bot.services.repositories import UnitOfWork


async def end_link(unit: UnitOfWork, link: Link, why: LinkEnd, now: datetime) -> bool:
    """End a live link; False when it had ended already."""
    if not await unit.links.end(link.id, why, now):
        return False
    rest = [other.wallet for other in await unit.links.of_user(link.user_id)]
    for wallet in sorted(rest, key=lambda wallet: wallet.id):  # in one order, so that no two units wait for each other
        if wallet.network is link.wallet.network and wallet.read_at is not None:
            await unit.wallets.save(outdate(wallet, now))
    await unit.ledger.waive_grace(user_id=link.user_id)
    await unit.members.touch_user(link.user_id)
    return True

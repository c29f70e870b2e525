"""Ending a link, for whatever reason: the roles that rest on it become due at once, without grace."""

from datetime import datetime

from bot.domain.links import Link, LinkEnd
from bot.services.repositories import UnitOfWork


async def end_link(unit: UnitOfWork, link: Link, why: LinkEnd, now: datetime) -> bool:
    """End a live link; False when it had ended already."""
    if not await unit.links.end(link.id, why, now):
        return False
    await unit.ledger.waive_grace(user_id=link.user_id)
    await unit.members.touch_user(link.user_id)
    return True

"""Which lapses their members have not been told of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.ledger import LedgerState
from bot.domain.notices import Lapse, NoticeToPost
from bot.domain.rules import RuleState
from bot.store.guild_models import GuildSettingsRow, LedgerRow, RuleRow
from bot.store.protection_models import ProtectionRow
from bot.store.statements import write

CLOSED_FOR = timedelta(minutes=15)
"""How long a notice channel that did not take a post is left alone."""

_NO_SETTINGS = GuildSettingsRow.guild_id.is_(None)
_IS_UNPOSTED = or_(LedgerRow.posted_for.is_(None), LedgerRow.posted_for != LedgerRow.lapsed_at)


class SqlNotices:
    """Untold lapses in the database.

    A lapse is told in two steps: `try_post` notes that a post is about to be made, `told` that it was. What was tried
    and never noted as told is not tried again, since the post may be there.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def untold(self, guild_id: int, user_id: int, now: datetime, *, unposted: bool = False) -> Sequence[Lapse]:
        """Return a member's lapses of which they have not been told, as far as the role stays for a while.

        `unposted`: only those about which no post was tried yet.
        """
        query = _UNPOSTED if unposted else _UNTOLD
        values = {"now": now, "guild_id": guild_id, "user_id": user_id}
        found = [_lapse(entry, rule) for entry, rule in await self._session.execute(query, values)]
        return [lapse for lapse in found if lapse.stays_until > now]

    async def to_post(self, now: datetime, per_guild: int, limit: int) -> Sequence[NoticeToPost]:
        """Return whom to tell in their server's notice channel, the longest waiting of each server first.

        Servers whose channel was found closed are left out for a while. Lapses whose grace ended without a word are
        put aside on the way, so a page may hold fewer than there are.
        """
        place = func.row_number().over(
            partition_by=LedgerRow.guild_id, order_by=(LedgerRow.lapsed_at, LedgerRow.user_id, LedgerRow.role_id)
        )
        takes_posts = or_(
            GuildSettingsRow.notice_failed_at.is_(None), GuildSettingsRow.notice_failed_at <= now - CLOSED_FOR
        )
        waiting = (
            _lapses()
            .params(now=now)
            .add_columns(GuildSettingsRow.notice_channel_id, place.label("place"))
            .where(GuildSettingsRow.notice_channel_id.is_not(None), takes_posts, _IS_UNPOSTED)
            .subquery()
        )
        entries, rules = aliased(LedgerRow, waiting), aliased(RuleRow, waiting)
        query = (
            select(entries, rules, waiting.c.notice_channel_id)
            .where(waiting.c.place <= per_guild)
            .order_by(waiting.c.place, entries.guild_id)
            .limit(limit)
        )
        found: dict[NoticeToPost, None] = {}
        for entry, rule, channel_id in (await self._session.execute(query)).all():
            lapse = _lapse(entry, rule)
            if lapse.stays_until > now:
                found[NoticeToPost(lapse.guild_id, channel_id, lapse.user_id)] = None
            else:
                await self.try_post([lapse])
        return list(found)

    async def try_post(self, lapses: Sequence[Lapse]) -> None:
        """Note that a post about these is about to be made, which happens once only."""
        for lapse in lapses:
            await write(self._session, update(LedgerRow).where(_is(lapse)).values(posted_for=lapse.lapsed_at))

    async def told(self, lapses: Sequence[Lapse], now: datetime) -> None:
        """Note that the member knows of these lapses. One that is over meanwhile is left alone."""
        for lapse in lapses:
            await write(self._session, update(LedgerRow).where(_is(lapse)).values(notified_at=now))

    async def channel_failed(self, guild_id: int, now: datetime) -> bool:
        """Note that the notice channel did not take a post just now. True when that is news."""
        of_guild = update(GuildSettingsRow).where(GuildSettingsRow.guild_id == guild_id)
        news = of_guild.where(GuildSettingsRow.notice_failed_at.is_(None))
        if await write(self._session, news.values(notice_failed_at=now)) == 1:
            return True
        await write(self._session, of_guild.values(notice_failed_at=now))
        return False

    async def channel_works(self, guild_id: int) -> None:
        """Note that the notice channel takes posts, or is another one."""
        failed = update(GuildSettingsRow).where(
            GuildSettingsRow.guild_id == guild_id, GuildSettingsRow.notice_failed_at.is_not(None)
        )
        await write(self._session, failed.values(notice_failed_at=None))


def _lapses() -> Select[LedgerRow, RuleRow]:
    """Untold lapses that nobody's decision stops, at the time of the parameter `now`."""
    now = bindparam("now", type_=LedgerRow.lapsed_at.type)
    protected = exists().where(
        ProtectionRow.guild_id == LedgerRow.guild_id,
        ProtectionRow.user_id == LedgerRow.user_id,
        ProtectionRow.role_id.in_((0, LedgerRow.role_id)),
        or_(ProtectionRow.until.is_(None), ProtectionRow.until > now),
    )
    return (
        select(LedgerRow, RuleRow)
        .join(RuleRow, and_(RuleRow.guild_id == LedgerRow.guild_id, RuleRow.role_id == LedgerRow.role_id))
        .outerjoin(GuildSettingsRow, GuildSettingsRow.guild_id == LedgerRow.guild_id)
        .where(
            LedgerRow.lapsed_at.is_not(None),
            LedgerRow.notified_at.is_(None),
            LedgerRow.state == LedgerState.HELD,
            LedgerRow.grace_waived.is_(False),
            LedgerRow.kept_at.is_(None),
            or_(LedgerRow.adopted_until.is_(None), LedgerRow.adopted_until <= now),
            RuleRow.state == RuleState.ACTIVE,
            or_(_NO_SETTINGS, GuildSettingsRow.paused.is_(False)),
            ~protected,
        )
    )


_UNTOLD = (
    _lapses()
    .where(LedgerRow.guild_id == bindparam("guild_id"), LedgerRow.user_id == bindparam("user_id"))
    .order_by(LedgerRow.role_id)
)
_UNPOSTED = _UNTOLD.where(_IS_UNPOSTED)


def _is(lapse: Lapse) -> ColumnElement[bool]:
    return and_(
        LedgerRow.guild_id == lapse.guild_id,
        LedgerRow.user_id == lapse.user_id,
        LedgerRow.role_id == lapse.role_id,
        LedgerRow.lapsed_at == lapse.lapsed_at,
    )


def _lapse(entry: LedgerRow, rule: RuleRow) -> Lapse:
    if entry.lapsed_at is None:
        raise ValueError("the query asks for entries with a lapse")
    return Lapse(
        entry.guild_id, entry.user_id, entry.role_id, rule.expression, entry.lapsed_at, entry.lapsed_at + rule.grace
    )

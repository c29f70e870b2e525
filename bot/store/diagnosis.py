"""The doctor's questions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, case, func, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.diagnosis import MOST_NAMED, FrozenMember, FrozenWallets, NetworkReadings, QueueFigures
from bot.domain.members import Presence
from bot.domain.wallets import Gap
from bot.store.guild_models import AuditRow, MembershipRow, RuleRow
from bot.store.models import LINK_IS_LIVE, LinkRow, WalletRow
from bot.store.wallets import is_linked

_UNREADABLE = WalletRow.unknown.is_not(None)
_EMPTIED = WalletRow.emptied_at.is_not(None)
_UNREAD = WalletRow.read_at.is_(None)

_WAITING_JOBS = """
    SELECT count(*), min(event.at)
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo'
      AND NOT EXISTS (SELECT FROM procrastinate_jobs AS other WHERE other.status = 'doing' AND other.lock = job.lock)
"""
"""A job that is under way somewhere waits for its own next turn as well, and that is as it should be."""


def _word(gap: Gap) -> ColumnElement[str]:
    """A constant in the statement itself: a parameter could not be grouped by on PostgreSQL."""
    return literal_column(f"'{gap.value}'", String())


_GAP: ColumnElement[str] = case(
    (_UNREADABLE, _word(Gap.UNREADABLE)),
    (_EMPTIED, _word(Gap.EMPTIED)),
    (_UNREAD, _word(Gap.UNREAD)),
    else_=_word(Gap.STALE),
)
_SINCE: ColumnElement[datetime | None] = case(
    (_UNREADABLE, WalletRow.unknown_since), (_EMPTIED, WalletRow.emptied_at), else_=WalletRow.read_at
)


def _frozen(guild_id: int, stale_before: datetime) -> Select[()]:
    """The linked wallets of a server's present members that are no evidence."""
    return (
        select()
        .select_from(WalletRow)
        .join(LinkRow, and_(LinkRow.wallet_id == WalletRow.id, LINK_IS_LIVE))
        .join(MembershipRow, MembershipRow.user_id == LinkRow.user_id)
        .where(
            MembershipRow.guild_id == guild_id,
            MembershipRow.presence == Presence.PRESENT,
            or_(_UNREADABLE, _EMPTIED, _UNREAD, WalletRow.read_at <= stale_before),
        )
    )


class SqlDiagnosis:
    """The doctor's questions to the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def frozen(self, guild_id: int, stale_before: datetime) -> Sequence[FrozenWallets]:
        """Return what linked wallets of a server's present members are no evidence, by network and cause."""
        gap, since = _GAP.label("gap"), func.min(_SINCE)
        frozen = _frozen(guild_id, stale_before)
        query = (
            frozen.add_columns(
                WalletRow.network, gap, WalletRow.unknown, func.count(), func.count(LinkRow.user_id.distinct()), since
            )
            .group_by(WalletRow.network, gap, WalletRow.unknown)
            .order_by(WalletRow.network, gap, WalletRow.unknown)
        )
        return [
            FrozenWallets(
                network,
                Gap(word),
                reason,
                wallets,
                members,
                first,
                await self._longest(
                    frozen.where(
                        WalletRow.network == network,
                        _GAP.in_((word,)),
                        WalletRow.unknown.is_(None) if reason is None else WalletRow.unknown == reason,
                    )
                ),
            )
            for network, word, reason, wallets, members, first in (await self._session.execute(query)).all()
        ]

    async def _longest(self, frozen: Select[()]) -> tuple[FrozenMember, ...]:
        since = func.min(_SINCE)
        query = (
            frozen.add_columns(LinkRow.user_id, since)
            .group_by(LinkRow.user_id)
            .order_by(since, LinkRow.user_id)
            .limit(MOST_NAMED)
        )
        return tuple(FrozenMember(user_id, first) for user_id, first in await self._session.execute(query))

    async def readings(self) -> Sequence[NetworkReadings]:
        """Return how reading goes on each network on which a wallet is linked."""
        query = (
            select(
                WalletRow.network,
                func.count(),
                func.count(case((_UNREADABLE, 1))),
                func.max(WalletRow.read_at),
                func.min(WalletRow.unknown_since),
            )
            .where(is_linked())
            .group_by(WalletRow.network)
            .order_by(WalletRow.network)
        )
        return [
            NetworkReadings(network, wallets, unreadable, newest, since)
            for network, wallets, unreadable, newest, since in await self._session.execute(query)
        ]

    async def newest_line(
        self, guild_id: int, action: AuditAction, subject: str | None, until: datetime
    ) -> AuditLine | None:
        """Return the newest audit line of that kind up to a time, about one subject if given."""
        about = [AuditRow.guild_id == guild_id, AuditRow.action == action, AuditRow.at <= until]
        if subject is not None:
            about.append(AuditRow.subject == subject)
        query = select(AuditRow).where(*about).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(1)
        row = (await self._session.scalars(query)).one_or_none()
        if row is None:
            return None
        return AuditLine(row.at, row.guild_id, row.actor_id, row.action, row.subject, row.before, row.after)

    async def queue(self) -> QueueFigures | None:
        """Return how many shared jobs wait for somebody to take them; None where no jobs can be shared."""
        if self._session.get_bind().dialect.name != "postgresql":
            return None
        waiting, oldest = (await self._session.execute(text(_WAITING_JOBS))).one()
        return QueueFigures(waiting, oldest)

    async def ruled_guilds(self) -> Sequence[int]:
        """Return the ids of all servers with a rule, in order."""
        return (await self._session.scalars(select(RuleRow.guild_id).distinct().order_by(RuleRow.guild_id))).all()

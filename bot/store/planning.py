"""What the fetch planner asks of the database."""

from collections import defaultdict
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, case, cast, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import Subquery

from bot.domain.expressions import Expression
from bot.domain.fetch_plans import Asked, Group, PassRecord, asked_by
from bot.domain.grammar import parse
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.selectors import Selector
from bot.store.guild_models import CollectionRow, MembershipRow, RuleRow
from bot.store.models import LINK_IS_LIVE, LinkRow, WalletRow
from bot.store.planning_models import PassRecordRow
from bot.store.scopes import recall
from bot.store.statements import in_batches, insert_into, lock_in_order, write
from bot.store.wallets import is_linked

_CAN_BE_CONFIRMED = and_(WalletRow.read_at.is_not(None), WalletRow.unknown.is_(None), WalletRow.emptied_at.is_(None))


class SqlPlanning:
    """What is asked about wallets, and what is known of collections, in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def asked(self, network: Network) -> Mapping[int, Asked]:
        """Return what each server's rules ask about wallets on a network."""
        query = select(CollectionRow).where(CollectionRow.network == network)
        selectors: dict[int, dict[str, Selector]] = defaultdict(dict)
        for row in await self._session.scalars(query):
            selectors[row.guild_id][row.name] = Selector(row.network, row.kind, frozenset(row.items))
        expressions: dict[int, list[Expression]] = defaultdict(list)
        for guild_id, text in await self._session.execute(select(RuleRow.guild_id, RuleRow.expression)):
            if guild_id in selectors:
                expressions[guild_id].append(_read(text))
        return {guild_id: asked_by(some, selectors[guild_id], network) for guild_id, some in expressions.items()}

    async def groups(self, network: Network, asked: Mapping[int, Asked], now: datetime) -> Sequence[Group]:
        """Return the linked wallets of a network, by what the rules of their members' servers ask about them."""
        is_due = WalletRow.due_at <= now
        kind = case(
            (and_(is_due, _CAN_BE_CONFIRMED), "due"),
            (is_due, "first"),
            (and_(WalletRow.scope.is_(None), _CAN_BE_CONFIRMED), "later"),
            else_="",
        )
        each = _with_servers(WalletRow.network == network, kind)
        query = select(each.c.kind, each.c.servers, func.count()).where(each.c.kind != "")
        counts: dict[Asked, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for word, servers, count in await self._session.execute(query.group_by(each.c.kind, each.c.servers)):
            counts[_asked_in(servers, asked)][word] += count
        return [Group(what, some["due"], some["first"], some["later"]) for what, some in counts.items()]

    async def askers(
        self, network: Network, asked: Mapping[int, Asked], after: int, limit: int
    ) -> Sequence[tuple[int, Asked]]:
        """Return linked wallets that a pass could confirm, by id from there on, each with what is asked about it."""
        meant = and_(WalletRow.network == network, WalletRow.id > after, _CAN_BE_CONFIRMED)
        page = select(WalletRow.id).where(meant, is_linked()).order_by(WalletRow.id).limit(limit)
        ids = (await self._session.scalars(page)).all()
        if not ids:
            return []
        each = _with_servers(and_(meant, WalletRow.id <= ids[-1]), literal(""))
        rows = await self._session.execute(select(each.c.id, each.c.servers).order_by(each.c.id))
        return [(wallet_id, _asked_in(servers, asked)) for wallet_id, servers in rows]

    async def read_what_is_asked(self, network: Network, asked: Mapping[int, Asked], now: datetime) -> int:
        """Make the wallets due about which more is asked than passes confirmed. Returns how many."""
        meant = and_(WalletRow.network == network, WalletRow.scope.is_not(None), WalletRow.due_at > now)
        each = _with_servers(meant, WalletRow.scope)
        rows = (await self._session.execute(select(each.c.id, each.c.servers, each.c.kind))).all()
        scopes = await recall(self._session, {scope for _, _, scope in rows})
        missed = []
        for wallet_id, servers, scope in rows:
            what = _asked_in(servers, asked)
            if what.is_more or not what.items <= scopes[scope]:
                missed.append(wallet_id)
        for some in in_batches(sorted(missed)):
            ids = WalletRow.id.in_(some)
            await lock_in_order(self._session, select(WalletRow.id).where(ids).order_by(WalletRow.id))
            await write(self._session, update(WalletRow).where(ids).values(due_at=now))
        return len(missed)

    async def passes(self, network: Network) -> Mapping[str, PassRecord]:
        """Return what is known of the collections of a network."""
        rows = await self._session.scalars(select(PassRecordRow).where(PassRecordRow.network == network))
        return {row.item: PassRecord(row.size, row.tried_at, row.obstacle) for row in rows}

    async def note_passes(self, network: Network, items: AnyOf[str], record: PassRecord) -> None:
        """Write down how it went with collections. A size that is None leaves the one that is known."""
        state: dict[str, object] = {"tried_at": record.tried_at, "obstacle": record.obstacle}
        if record.size is not None:
            state["size"] = record.size
        for item in sorted(items):
            new = insert_into(self._session, PassRecordRow).values(network=network, item=item, **state)
            await write(self._session, new.on_conflict_do_update(index_elements=["network", "item"], set_=state))

    async def lively(self, network: Network, since: datetime) -> tuple[int, int]:
        """Return how many linked wallets a network has, and how many of them changed since then."""
        changed = func.count(case((or_(WalletRow.changed_at > since, WalletRow.unknown.is_not(None)), 1)))
        row = await self._session.execute(
            select(func.count(), changed).where(WalletRow.network == network, is_linked())
        )
        total, lively = row.one()
        return total, lively


def _with_servers(
    meant: ColumnElement[bool], kind: SQLColumnExpression[str] | SQLColumnExpression[str | None]
) -> Subquery:
    """Linked wallets with the ids of all servers in which their member is, as a text."""
    servers = func.aggregate_strings(cast(MembershipRow.guild_id, Text), ",")
    is_member = and_(MembershipRow.user_id == LinkRow.user_id, MembershipRow.presence == Presence.PRESENT)
    return (
        select(WalletRow.id, kind.label("kind"), servers.label("servers"))
        .join(LinkRow, and_(LinkRow.wallet_id == WalletRow.id, LINK_IS_LIVE))
        .outerjoin(MembershipRow, is_member)
        .where(meant)
        .group_by(WalletRow.id)
        .subquery()
    )


def _asked_in(servers: str | None, asked: Mapping[int, Asked]) -> Asked:
    return _together([asked[int(one)] for one in (servers or "").split(",") if one and int(one) in asked])


def _together(parts: Iterable[Asked]) -> Asked:
    whole = Asked()
    for part in parts:
        whole |= part
    return whole


@lru_cache(maxsize=4096)
def _read(expression: str) -> Expression:
    return parse(expression, None)

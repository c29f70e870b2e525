"""Wallets and their holdings."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.holdings import Holding, Holdings
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.wallets import WHOLE, DueWallet, Lane, WalletState
from bot.store.guild_models import MembershipRow
from bot.store.models import LINK_IS_LIVE, HoldingRow, LinkRow, WalletRow
from bot.store.scopes import Scope, digest_of, recall, remember
from bot.store.statements import fetch, in_batches, insert_into, lock_in_order, write

_NONE = Holdings()
_NOTHING = _NONE.digest
WALLET_COLUMNS = tuple(WalletRow.__table__.columns)
_ONE = WalletRow.id == bindparam("b_id")
_TIME_COLUMNS = ("due_at", "read_at", "tried_at", "source", "own_read_at", "scope")
_OTHER_COLUMNS = (
    "unknown",
    "unknown_detail",
    "unknown_since",
    "failures",
    "changed_at",
    "emptied_at",
)
_LATER = update(WalletRow).where(_ONE).values({name: bindparam(f"b_{name}") for name in _TIME_COLUMNS})
_CHANGED = (
    update(WalletRow)
    .where(_ONE)
    .values({name: bindparam(f"b_{name}") for name in (*_TIME_COLUMNS, *_OTHER_COLUMNS, "holdings_digest")})
)
_HELD = select(HoldingRow.wallet_id, HoldingRow.asset, HoldingRow.collection, HoldingRow.amount).where(
    HoldingRow.wallet_id.in_(bindparam("wallet_ids", expanding=True))
)
_GONE = delete(HoldingRow).where(
    HoldingRow.wallet_id == bindparam("b_wallet"), HoldingRow.asset == bindparam("b_asset")
)


def is_linked(guild_id: int | None = None, user_id: int | None = None) -> ColumnElement[bool]:
    """Return the condition that a wallet has a live link, of a server's present members or of a user if given."""
    live = [LinkRow.wallet_id == WalletRow.id, LINK_IS_LIVE]
    if user_id is not None:
        live.append(LinkRow.user_id == user_id)
    if guild_id is not None:
        live.append(
            exists().where(
                MembershipRow.user_id == LinkRow.user_id,
                MembershipRow.guild_id == guild_id,
                MembershipRow.presence == Presence.PRESENT,
            )
        )
    return exists().where(*live)


async def states_of(session: AsyncSession, rows: Sequence[WalletRow | Row[*tuple[Any, ...]]]) -> dict[int, WalletState]:
    """Return the wallets of rows with their holdings, by wallet id, in the rows' order."""
    held = await _holdings_of(session, [row.id for row in rows if row.holdings_digest != _NOTHING])
    seen = await recall(session, (row.scope for row in rows))
    return {row.id: _state(row, held.get(row.id, _NONE), seen) for row in rows}


async def _holdings_of(session: AsyncSession, wallet_ids: Sequence[int]) -> dict[int, Holdings]:
    held: dict[int, list[Holding]] = {wallet_id: [] for wallet_id in wallet_ids}
    for some in in_batches(wallet_ids):
        for row in await fetch(session, _HELD, wallet_ids=some):
            held[row.wallet_id].append(Holding(row.asset, row.collection, row.amount))
    return {wallet_id: Holdings.of(some) for wallet_id, some in held.items()}


def _state(row: WalletRow | Row[*tuple[Any, ...]], holdings: Holdings, scopes: Mapping[str, Scope]) -> WalletState:
    return WalletState(
        id=row.id,
        address=Address(row.network, row.address),
        due_at=row.due_at,
        holdings=holdings,
        read_at=row.read_at,
        source=row.source,
        tried_at=row.tried_at,
        unknown=row.unknown,
        unknown_detail=row.unknown_detail,
        unknown_since=row.unknown_since,
        failures=row.failures,
        changed_at=row.changed_at,
        emptied_at=row.emptied_at,
        own_read_at=row.own_read_at,
        scope=None if row.scope is None else scopes[row.scope],
    )


def _is_only_later(before: WalletState, after: WalletState) -> bool:
    """Whether a reading said what was known already, so that nothing but its times is new."""
    return before.holdings == after.holdings and all(
        getattr(before, name) == getattr(after, name) for name in _OTHER_COLUMNS
    )


def _times(wallet: WalletState) -> dict[str, object]:
    times: dict[str, object] = {f"b_{name}": getattr(wallet, name) for name in _TIME_COLUMNS}
    return times | {"b_id": wallet.id, "b_scope": digest_of(wallet.scope)}


def _rest(wallet: WalletState) -> dict[str, object]:
    rest: dict[str, object] = {f"b_{name}": getattr(wallet, name) for name in _OTHER_COLUMNS}
    return rest | {"b_holdings_digest": wallet.holdings.digest}


def _holding_row(wallet_id: int, holding: Holding) -> dict[str, object]:
    return {
        "wallet_id": wallet_id,
        "asset": holding.asset,
        "collection": holding.collection,
        "amount": holding.amount,
    }


class SqlWallets:
    """Wallets in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ensure(self, address: Address, now: datetime) -> WalletState:
        """Find the wallet, or start remembering it (due at once). It cannot be forgotten until this unit ends."""
        new = insert_into(self._session, WalletRow).values(
            network=address.network,
            address=address.text,
            due_at=now,
            source="",
            unknown_detail="",
            failures=0,
            holdings_digest=_NOTHING,
        )
        same = and_(WalletRow.network == address.network, WalletRow.address == address.text)
        lasting = select(WalletRow).where(same).with_for_update(read=True, key_share=True)
        row = None
        while row is None:  # again, if what was in the way of the insert was forgotten a moment later
            await write(self._session, new.on_conflict_do_nothing())
            row = (await self._session.scalars(lasting)).one_or_none()
        return (await states_of(self._session, [row]))[row.id]

    async def get(self, wallet_id: int) -> WalletState | None:
        """Return one wallet."""
        rows = (await self._session.scalars(select(WalletRow).where(WalletRow.id == wallet_id))).all()
        return (await states_of(self._session, rows)).get(wallet_id)

    async def many(self, wallet_ids: AnyOf[int], likely: Mapping[int, Holdings]) -> Mapping[int, WalletState]:
        """Return wallets by id, kept from others until the unit ends.

        Holdings that are `likely` are not read from the database: equal digests say that they are what it holds.
        """
        rows: list[Row[*tuple[Any, ...]]] = []
        for some in in_batches(sorted(wallet_ids)):
            query = select(*WALLET_COLUMNS).where(WalletRow.id.in_(some)).order_by(WalletRow.id)
            rows += (await self._session.execute(query.with_for_update())).all()
        known = {row.id: _NONE for row in rows if row.holdings_digest == _NOTHING}
        known |= {
            row.id: likely[row.id]
            for row in rows
            if row.id in likely and row.id not in known and row.holdings_digest == likely[row.id].digest
        }
        known |= await _holdings_of(self._session, [row.id for row in rows if row.id not in known])
        seen = await recall(self._session, (row.scope for row in rows))
        return {row.id: _state(row, known[row.id], seen) for row in rows}

    async def due(self, now: datetime, networks: AnyOf[Network], limit: int, lane: Lane = WHOLE) -> Sequence[DueWallet]:
        """Return linked wallets whose turn has come, longest waiting first."""
        turn_has_come = and_(WalletRow.due_at <= now, WalletRow.network.in_(networks), is_linked())
        if lane.of > 1:
            turn_has_come = and_(turn_has_come, WalletRow.id % lane.of == lane.number)
        columns = (WalletRow.id, WalletRow.network, WalletRow.address, WalletRow.holdings_digest)
        query = select(*columns).where(turn_has_come)
        rows = await self._session.execute(query.order_by(WalletRow.due_at, WalletRow.id).limit(limit))
        return [DueWallet(row.id, Address(row.network, row.address), row.holdings_digest) for row in rows]

    async def save(self, wallet: WalletState) -> None:
        """Write a wallet's new state, and of its holdings what differs. A wallet forgotten meanwhile stays so."""
        before = (await self.many([wallet.id], {wallet.id: wallet.holdings})).get(wallet.id)
        if before is not None:
            await self.save_many([(before, wallet)])

    async def save_many(self, changes: Sequence[tuple[WalletState, WalletState]]) -> None:
        """Write new states of wallets, each with the state it was in before, as `many` told it in this unit."""
        await remember(self._session, (after.scope for before, after in changes if after.scope != before.scope))
        same = [after for before, after in changes if _is_only_later(before, after)]
        others = [(before, after) for before, after in changes if not _is_only_later(before, after)]
        if same:
            connection = await self._session.connection()
            await connection.execute(_LATER, [_times(after) for after in same])
        if others:
            connection = await self._session.connection()
            await connection.execute(_CHANGED, [_times(after) | _rest(after) for _, after in others])
            await self._rewrite_holdings([(b, a) for b, a in others if b.holdings != a.holdings])

    async def _rewrite_holdings(self, changes: Sequence[tuple[WalletState, WalletState]]) -> None:
        gone, come = [], []
        for before, after in changes:
            was, now = set(before.holdings), set(after.holdings)
            gone += [{"b_wallet": after.id, "b_asset": holding.asset} for holding in was - now]
            come += [_holding_row(after.id, holding) for holding in after.holdings if holding not in was]
        connection = await self._session.connection()
        if gone:
            await connection.execute(_GONE, gone)
        if come:
            await connection.execute(insert(HoldingRow), come)

    async def read_again(self, wallet_ids: AnyOf[int], now: datetime) -> None:
        """Make wallets due now."""
        for some in in_batches(sorted(wallet_ids)):
            meant = and_(WalletRow.id.in_(some), WalletRow.due_at > now)
            await lock_in_order(self._session, select(WalletRow.id).where(meant).order_by(WalletRow.id))
            await write(self._session, update(WalletRow).where(meant).values(due_at=now))

    async def make_due(self, now: datetime, *, guild_id: int | None = None, user_id: int | None = None) -> int:
        """Make linked wallets due now (of a server's present members, of a user, or all). Returns how many.

        A wallet that has waited already keeps its place in the queue, and is counted too.
        """
        meant = is_linked(guild_id, user_id)
        await lock_in_order(self._session, select(WalletRow.id).where(meant).order_by(WalletRow.id))
        is_later = WalletRow.due_at > now
        forward = {
            "due_at": case((is_later, now), else_=WalletRow.due_at),
            "due_before": case((is_later, WalletRow.due_at), else_=WalletRow.due_before),
        }
        return await write(self._session, update(WalletRow).where(meant).values(forward))

    async def pass_on(self, since: datetime, later: datetime, guild_id: int | None) -> None:
        """Have what was made due at `since`, and takes part in another sweep as well, count as made due by that one."""
        is_untried = or_(WalletRow.tried_at.is_(None), WalletRow.tried_at < later)
        await self._write_waiting(since, and_(is_untried, is_linked(guild_id)), {"due_at": later})

    async def put_back(self, since: datetime) -> int:
        """Give what was made due at `since`, and was not read yet, the time back that it had. Returns how many."""
        return await self._write_waiting(since, WalletRow.due_before > since, {"due_at": WalletRow.due_before})

    async def _write_waiting(self, since: datetime, which: ColumnElement[bool], values: Mapping[str, object]) -> int:
        is_untried = or_(WalletRow.tried_at.is_(None), WalletRow.tried_at < since)
        meant = and_(WalletRow.due_at == since, WalletRow.due_before.is_not(None), is_untried, which)
        await lock_in_order(self._session, select(WalletRow.id).where(meant).order_by(WalletRow.id))
        return await write(self._session, update(WalletRow).where(meant).values(values))

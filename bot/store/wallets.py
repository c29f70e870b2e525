"""Wallets and their holdings."""

from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.holdings import Holding, Holdings
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.wallets import WalletState
from bot.store.guild_models import MembershipRow
from bot.store.models import LINK_IS_LIVE, HoldingRow, LinkRow, WalletRow
from bot.store.statements import in_batches, insert_into, lock_in_order, write

_NOTHING = Holdings().digest


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


async def states_of(session: AsyncSession, rows: Sequence[WalletRow]) -> dict[int, WalletState]:
    """Return the wallets of rows with their holdings, by wallet id, in the rows' order."""
    held: dict[int, list[Holding]] = {row.id: [] for row in rows}
    for some in in_batches(row.id for row in rows if row.holdings_digest != _NOTHING):
        for holding in await session.scalars(select(HoldingRow).where(HoldingRow.wallet_id.in_(some))):
            held[holding.wallet_id].append(Holding(holding.asset, holding.collection, holding.amount))
    return {row.id: _state(row, Holdings.of(held[row.id])) for row in rows}


def _state(row: WalletRow, holdings: Holdings) -> WalletState:
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
    )


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

    async def due(self, now: datetime, networks: AnyOf[Network], limit: int) -> Sequence[WalletState]:
        """Return linked wallets whose turn has come, longest waiting first."""
        turn_has_come = and_(WalletRow.due_at <= now, WalletRow.network.in_(networks), is_linked())
        query = select(WalletRow).where(turn_has_come).order_by(WalletRow.due_at, WalletRow.id).limit(limit)
        rows = (await self._session.scalars(query)).all()
        return list((await states_of(self._session, rows)).values())

    async def save(self, wallet: WalletState) -> None:
        """Write a wallet's new state, and of its holdings what differs. A wallet forgotten meanwhile stays so."""
        row = select(WalletRow.holdings_digest).where(WalletRow.id == wallet.id)
        stored = await self._session.scalar(row.with_for_update())
        if stored is None:
            return
        digest = wallet.holdings.digest
        changed = update(WalletRow).where(WalletRow.id == wallet.id)
        await write(
            self._session,
            changed.values(
                due_at=wallet.due_at,
                read_at=wallet.read_at,
                source=wallet.source,
                tried_at=wallet.tried_at,
                unknown=wallet.unknown,
                unknown_detail=wallet.unknown_detail,
                unknown_since=wallet.unknown_since,
                failures=wallet.failures,
                changed_at=wallet.changed_at,
                emptied_at=wallet.emptied_at,
                holdings_digest=digest,
            ),
        )
        if digest != stored:
            await self._save_holdings(wallet.id, wallet.holdings)

    async def _save_holdings(self, wallet_id: int, holdings: Holdings) -> None:
        rows = await self._session.scalars(select(HoldingRow).where(HoldingRow.wallet_id == wallet_id))
        before = {Holding(row.asset, row.collection, row.amount) for row in rows}
        now = set(holdings)
        for gone in in_batches(holding.asset for holding in before - now):
            doomed = and_(HoldingRow.wallet_id == wallet_id, HoldingRow.asset.in_(gone))
            await write(self._session, delete(HoldingRow).where(doomed))
        added = [
            {
                "wallet_id": wallet_id,
                "asset": holding.asset,
                "collection": holding.collection,
                "amount": holding.amount,
            }
            for holding in holdings
            if holding not in before
        ]
        if added:
            await write(self._session, insert(HoldingRow), added)

    async def make_due(self, now: datetime, *, guild_id: int | None = None, user_id: int | None = None) -> int:
        """Make linked wallets due now (of a server's present members, of a user, or all). Returns how many.

        A wallet that has waited already keeps its place in the queue, and is counted too.
        """
        meant = is_linked(guild_id, user_id)
        await lock_in_order(self._session, select(WalletRow.id).where(meant).order_by(WalletRow.id))
        earlier = case((WalletRow.due_at < now, WalletRow.due_at), else_=now)
        return await write(self._session, update(WalletRow).where(meant).values(due_at=earlier))

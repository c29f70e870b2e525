"""Links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.challenges import ProofKind
from bot.domain.errors import LinkTakenError
from bot.domain.links import Link, LinkEnd
from bot.store.models import LINK_IS_LIVE, LinkRow, WalletRow
from bot.store.statements import insert_into, inserted_id, write
from bot.store.wallets import states_of


class SqlLinks:
    """Links in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def live(self, address: Address) -> Link | None:
        """Return the live link of an address, if there is one."""
        found = await self._live(WalletRow.network == address.network, WalletRow.address == address.text)
        return found[0] if found else None

    async def of_user(self, user_id: int) -> Sequence[Link]:
        """Return a user's live links, oldest first."""
        return await self._live(LinkRow.user_id == user_id)

    async def _live(self, *conditions: ColumnElement[bool]) -> list[Link]:
        query = (
            select(LinkRow, WalletRow)
            .join(WalletRow, WalletRow.id == LinkRow.wallet_id)
            .where(LINK_IS_LIVE, *conditions)
            .order_by(LinkRow.proven_at, LinkRow.id)
        )
        found = (await self._session.execute(query)).all()
        wallets = await states_of(self._session, [wallet for _, wallet in found])
        return [
            Link(link.id, link.user_id, wallets[wallet.id], link.proof, link.proven_at, link.guild_id)
            for link, wallet in found
        ]

    async def owners(self, wallet_id: int) -> Sequence[int]:
        """Return the user ids with a live link to a wallet (none or one)."""
        query = select(LinkRow.user_id).where(LINK_IS_LIVE, LinkRow.wallet_id == wallet_id)
        return (await self._session.scalars(query)).all()

    async def add(self, wallet_id: int, user_id: int, guild_id: int, proof: ProofKind, now: datetime) -> None:
        """Record a link. Raises `LinkTakenError` when the wallet has a live link already."""
        new = insert_into(self._session, LinkRow).values(
            wallet_id=wallet_id, user_id=user_id, guild_id=guild_id, proof=proof, proven_at=now
        )
        if await inserted_id(self._session, new.on_conflict_do_nothing().returning(LinkRow.id)) is None:
            raise LinkTakenError("This wallet was linked to somebody in the meantime. Nothing was changed; try again.")

    async def end(self, link_id: int, why: LinkEnd, now: datetime) -> bool:
        """End a live link; False when it had ended already."""
        live = update(LinkRow).where(LinkRow.id == link_id, LINK_IS_LIVE)
        return await write(self._session, live.values(ended_at=now, end_reason=why)) == 1

    async def lost_since(self, wallet_id: int, since: datetime) -> Sequence[int]:
        """Return the user ids whose link to the wallet was ended by a transfer since then, newest first."""
        lost = select(LinkRow.user_id).where(
            LinkRow.wallet_id == wallet_id, LinkRow.end_reason == LinkEnd.TRANSFERRED, LinkRow.ended_at >= since
        )
        return (await self._session.scalars(lost.order_by(LinkRow.ended_at.desc(), LinkRow.id.desc()))).all()

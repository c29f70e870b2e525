"""Links."""

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.addresses import Address
from bot.domain.challenges import ContractEvidence, ProofKind
from bot.domain.errors import LinkTakenError
from bot.domain.links import DoubtfulLink, Household, Link, LinkEnd, Sibling
from bot.domain.networks import Network
from bot.store.models import LINK_IS_LIVE, LinkRow, WalletRow
from bot.store.statements import fetch, in_batches, insert_into, inserted_id, write
from bot.store.wallets import WALLET_COLUMNS, states_of

_LIVE = (
    select(
        LinkRow.id.label("link_id"),
        LinkRow.user_id,
        LinkRow.proof,
        LinkRow.proven_at,
        LinkRow.guild_id,
        LinkRow.evidence_digest,
        LinkRow.evidence_signature,
        *WALLET_COLUMNS,
    )
    .join(WalletRow, WalletRow.id == LinkRow.wallet_id)
    .where(LINK_IS_LIVE)
    .order_by(LinkRow.proven_at, LinkRow.id)
)
_OF_USER = _LIVE.where(LinkRow.user_id == bindparam("user_id"))


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
        return await self._links(await fetch(self._session, _OF_USER, user_id=user_id))

    async def of_users(self, user_ids: AnyOf[int]) -> Mapping[int, Sequence[Link]]:
        """Return users' live links by user, oldest first."""
        found: dict[int, list[Link]] = {user_id: [] for user_id in user_ids}
        for some in in_batches(sorted(found)):
            for link in await self._live(LinkRow.user_id.in_(some)):
                found[link.user_id].append(link)
        return found

    async def _live(self, *conditions: ColumnElement[bool]) -> list[Link]:
        return await self._links(await fetch(self._session, _LIVE.where(*conditions)))

    async def _links(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Link]:
        wallets = await states_of(self._session, rows)
        return [
            Link(
                row.link_id,
                row.user_id,
                wallets[row.id],
                row.proof,
                row.proven_at,
                row.guild_id,
                _evidence(row),
            )
            for row in rows
        ]

    async def households(self, wallet_ids: AnyOf[int]) -> Mapping[int, Household]:
        """Return for each linked wallet the member, and what matters of the member's other wallets."""
        found: dict[int, Household] = {}
        for some in in_batches(wallet_ids):
            for row in await self._session.execute(_households(some)):
                home = found.get(row.wallet_id, Household(row.user_id))
                if row.id is not None:
                    sibling = Sibling(row.id, row.network, row.due_at, row.read_at, row.changed_at)
                    home = Household(row.user_id, (*home.siblings, sibling))
                found[row.wallet_id] = home
        return found

    async def with_changed_siblings(self, wallet_ids: AnyOf[int], since: datetime) -> set[int]:
        """Return those of the wallets whose member has another one that changed after `since`."""
        own, other = aliased(LinkRow), aliased(LinkRow)
        found: set[int] = set()
        for some in in_batches(wallet_ids):
            query = (
                select(own.wallet_id)
                .join(other, and_(other.user_id == own.user_id, other.wallet_id != own.wallet_id))
                .join(WalletRow, WalletRow.id == other.wallet_id)
                .where(own.ended_at.is_(None), own.wallet_id.in_(some))
                .where(other.ended_at.is_(None), WalletRow.changed_at > since)
            )
            found.update(await self._session.scalars(query))
        return found

    async def owners(self, wallet_id: int) -> Sequence[int]:
        """Return the user ids with a live link to a wallet (none or one)."""
        query = select(LinkRow.user_id).where(LINK_IS_LIVE, LinkRow.wallet_id == wallet_id)
        return (await self._session.scalars(query)).all()

    async def add(
        self,
        wallet_id: int,
        user_id: int,
        guild_id: int,
        proof: ProofKind,
        now: datetime,
        evidence: ContractEvidence | None = None,
    ) -> None:
        """Record a link. Raises `LinkTakenError` when the wallet has a live link already."""
        new = insert_into(self._session, LinkRow).values(
            wallet_id=wallet_id,
            user_id=user_id,
            guild_id=guild_id,
            proof=proof,
            proven_at=now,
            evidence_digest=None if evidence is None else evidence.digest,
            evidence_signature=None if evidence is None else evidence.signature,
        )
        if await inserted_id(self._session, new.on_conflict_do_nothing().returning(LinkRow.id)) is None:
            raise LinkTakenError("This wallet was linked to somebody in the meantime. Nothing was changed; try again.")

    async def end(self, link_id: int, why: LinkEnd, now: datetime) -> bool:
        """End a live link; False when it had ended already."""
        live = update(LinkRow).where(LinkRow.id == link_id, LINK_IS_LIVE)
        return await write(self._session, live.values(ended_at=now, end_reason=why)) == 1

    async def due_for_proof(self, now: datetime, limit: int) -> Sequence[DoubtfulLink]:
        """Return contract wallets' live links whose proof is to be made again now, longest waiting first."""
        due = or_(LinkRow.reproof_due_at.is_(None), LinkRow.reproof_due_at <= now)
        query = (
            select(LinkRow.id, LinkRow.reproof_failed_at)
            .where(LINK_IS_LIVE, LinkRow.evidence_digest.is_not(None), due)
            .order_by(LinkRow.reproof_due_at, LinkRow.id)
            .limit(limit)
        )
        failed_at = {row.id: row.reproof_failed_at for row in await self._session.execute(query)}
        links = await self._live(LinkRow.id.in_(failed_at))
        return [DoubtfulLink(link, link.evidence, failed_at[link.id]) for link in links if link.evidence is not None]

    async def proof_looked_at(self, link_id: int, due_at: datetime, failed_at: datetime | None) -> None:
        """Record when a link's proof is to be made again, and since when it fails (None: it holds)."""
        row = update(LinkRow).where(LinkRow.id == link_id, LINK_IS_LIVE)
        await write(self._session, row.values(reproof_due_at=due_at, reproof_failed_at=failed_at))

    async def lost_since(self, wallet_id: int, since: datetime) -> Sequence[int]:
        """Return the user ids whose link to the wallet was ended by a transfer since then, newest first."""
        lost = select(LinkRow.user_id).where(
            LinkRow.wallet_id == wallet_id, LinkRow.end_reason == LinkEnd.TRANSFERRED, LinkRow.ended_at >= since
        )
        return (await self._session.scalars(lost.order_by(LinkRow.ended_at.desc(), LinkRow.id.desc()))).all()


def _households(
    wallet_ids: Sequence[int],
) -> Select[int, int, int, Network, datetime, datetime | None, datetime | None]:
    own, other = aliased(LinkRow), aliased(LinkRow)
    is_other = and_(other.user_id == own.user_id, other.ended_at.is_(None), other.wallet_id != own.wallet_id)
    return (
        select(
            own.wallet_id,
            own.user_id,
            WalletRow.id,
            WalletRow.network,
            WalletRow.due_at,
            WalletRow.read_at,
            WalletRow.changed_at,
        )
        .outerjoin(other, is_other)
        .outerjoin(WalletRow, WalletRow.id == other.wallet_id)
        .where(own.ended_at.is_(None), own.wallet_id.in_(wallet_ids))
    )


def _evidence(link: Row[*tuple[Any, ...]]) -> ContractEvidence | None:
    if link.evidence_digest is None or link.evidence_signature is None:
        return None
    return ContractEvidence(link.evidence_digest, link.evidence_signature)

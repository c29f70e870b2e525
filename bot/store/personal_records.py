"""All that is stored of one person: taken together, or deleted."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import BigInteger, Column, ColumnElement, Table, and_, delete, exists, inspect, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.addresses import Address
from bot.domain.audits import AuditAction
from bot.domain.privacy import PersonalData, Stored
from bot.store.guild_models import EvidenceJson, JournalRow
from bot.store.models import LINK_IS_LIVE, Base, HoldingRow, LinkRow, WalletRow
from bot.store.personal import PLACES, Fate, Place
from bot.store.statements import in_batches, lock_in_order, write
from bot.store.types import Amount, Duration

_SOMEBODY: Final = "somebody else"
_A_WALLET: Final = "a wallet"
_MENTION = re.compile(r"<@!?(-?\d{1,20})>")
_OF_WALLETS: Final = frozenset(
    {
        AuditAction.WALLET_LINKED,
        AuditAction.WALLET_UNLINKED,
        AuditAction.WALLET_TRANSFERRED,
        AuditAction.WALLET_RELEASED,
        AuditAction.WALLET_INVALIDATED,
    }
)


def table_of(row: type[Base]) -> Table:
    """A row class's table."""
    table = inspect(row).local_table
    if not isinstance(table, Table):
        raise TypeError(f"{row.__name__} is not stored in a table of its own")
    return table


class SqlPersonalRecords:
    """A person's records in the database, by the list of places."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # All of it

    async def of_user(self, user_id: int) -> PersonalData:
        """Return everything, without secrets and without other people's ids."""
        data = {place.name: await self._rows(place, user_id) for place in PLACES}
        data["links"] = await self._with_addresses(data["links"])
        live = and_(LinkRow.user_id == user_id, LINK_IS_LIVE)
        ids = (await self._session.scalars(select(LinkRow.wallet_id).where(live).order_by(LinkRow.id))).all()
        data["wallets"] = await self._of_wallets(WalletRow, "id", ids)
        data["holdings"] = await self._of_wallets(HoldingRow, "wallet_id", ids)
        return data

    async def _rows(self, place: Place, user_id: int) -> list[dict[str, Stored]]:
        table = table_of(place.row)
        others = {other.column for other in PLACES if other.row is place.row and other.column != place.column}
        hidden = {column for other in PLACES if other.row is place.row for column in other.secrets}
        columns = [column for column in table.columns if column.name not in hidden]
        query = select(*columns).where(_is_about(place, user_id)).order_by(*table.primary_key.columns)
        found = []
        for row in (await self._session.execute(query)).mappings():
            if row[place.column] != user_id and not any(_names(row[name], user_id) for name in place.texts):
                continue
            shown = _shown(columns, row)
            for name in (place.column, *others):
                if shown[name] not in (str(user_id), None):
                    shown[name] = _SOMEBODY
            for name in place.texts:
                shown[name] = _without_others(str(shown[name]), user_id)
            found.append(shown)
        return found

    async def _with_addresses(self, links: Sequence[Mapping[str, Stored]]) -> list[dict[str, Stored]]:
        ids = [int(str(link["wallet_id"])) for link in links]
        names: dict[str, dict[str, Stored]] = {}
        for some in in_batches(ids):
            query = select(WalletRow.id, WalletRow.network, WalletRow.address).where(WalletRow.id.in_(some))
            for wallet_id, network, address in await self._session.execute(query):
                names[str(wallet_id)] = {"network": network.value, "address": Address(network, address).display}
        return [{**names[str(link["wallet_id"])], **link} for link in links]

    async def _of_wallets(self, row: type[Base], column: str, ids: Sequence[int]) -> list[dict[str, Stored]]:
        table = table_of(row)
        found = []
        for some in in_batches(ids):
            query = select(table).where(table.c[column].in_(some)).order_by(*table.primary_key.columns)
            rows = (await self._session.execute(query)).mappings()
            found += [_shown(list(table.columns), row) for row in rows]
        return found

    # Nothing of it

    async def forget(self, user_id: int, pseudonym: int) -> None:
        """Delete it, an unfinished deletion included; in the records of what was done put the pseudonym instead."""
        query = select(WalletRow.id, WalletRow.network, WalletRow.address).join(LinkRow)
        wallets = (await self._session.execute(query.where(LinkRow.user_id == user_id).distinct())).all()
        short = [Address(network, address).short for _, network, address in wallets]
        await self._anonymise_journal(user_id, pseudonym)
        for place in PLACES:
            column = table_of(place.row).c[place.column]
            if place.texts:
                await self._anonymise_texts(place, user_id, pseudonym, short)
            if place.fate is Fate.DELETED:
                await write(self._session, delete(place.row).where(column == user_id))
            else:
                await write(self._session, update(place.row).where(column == user_id).values({column: pseudonym}))
        await forget_unlinked(self._session, [wallet_id for wallet_id, _, _ in wallets])

    async def _anonymise_journal(self, user_id: int, pseudonym: int) -> None:
        query = select(JournalRow.id, JournalRow.evidence).where(JournalRow.user_id == user_id)
        for line_id, evidence in (await self._session.execute(query)).all():
            values = {"user_id": pseudonym, "evidence": _without_wallets(evidence)}
            await write(self._session, update(JournalRow).where(JournalRow.id == line_id).values(values))

    async def _anonymise_texts(self, place: Place, user_id: int, pseudonym: int, wallets: Sequence[str]) -> None:
        table = table_of(place.row)
        found = await self._session.execute(select(table).where(_is_about(place, user_id)))
        for row in found.mappings().all():
            if row[place.column] != user_id and not any(_names(row[name], user_id) for name in place.texts):
                continue
            texts = {name: _anonymous(row[name], user_id, pseudonym, wallets) for name in place.texts}
            if row.get("action") in _OF_WALLETS:
                texts["subject"] = _A_WALLET
            same = and_(*(key == row[key.name] for key in table.primary_key.columns))
            await write(self._session, update(place.row).where(same).values(texts))


async def forget_unlinked(session: AsyncSession, wallet_ids: Sequence[int]) -> int:
    """Delete those of the wallets that no link refers to any more, with their holdings. Returns how many.

    They are locked first and looked at then: a link that is being made to one of them either is seen, or has to wait
    and finds the wallet gone.
    """
    gone = 0
    for some in in_batches(sorted(wallet_ids)):
        await lock_in_order(session, select(WalletRow.id).where(WalletRow.id.in_(some)).order_by(WalletRow.id))
        unlinked = and_(WalletRow.id.in_(some), ~exists().where(LinkRow.wallet_id == WalletRow.id))
        gone += await write(session, delete(WalletRow).where(unlinked))
    return gone


def _is_about(place: Place, user_id: int) -> ColumnElement[bool]:
    columns = table_of(place.row).c
    named = [columns[name].contains(str(user_id), autoescape=True) for name in sorted(place.texts)]
    return or_(columns[place.column] == user_id, *named)


def _shown(columns: Sequence[Column[object]], row: RowMapping) -> dict[str, Stored]:
    return {column.name: _stored(column, row[column.name]) for column in columns}


def _stored(column: Column[object], value: object) -> Stored:
    match value:
        case None | bool():
            return value
        case Enum():
            return str(value.value)
        case int():
            # Programs that read JSON lose digits of numbers above 2^53.
            is_wide = isinstance(column.type, BigInteger | Amount)
            return str(value) if is_wide else value
        case str():
            return value
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_stored(column, one) for one in value]
        case dict():
            return {str(key): _stored(column, one) for key, one in value.items()}
        case _ if isinstance(column.type, Duration):
            return str(value)
        case _:
            raise TypeError(f"{column} holds a {type(value).__name__}, which an export has no form for")


def _without_others(text: str, user_id: int) -> str:
    """Leave out other people: those who are mentioned, and an id that stands alone."""
    shown = _MENTION.sub(lambda found: found[0] if found[1] == str(user_id) else _SOMEBODY, text)
    return _SOMEBODY if shown.lstrip("-").isdigit() and len(shown) > 15 and shown != str(user_id) else shown


def _anonymous(text: str, user_id: int, pseudonym: int, wallets: Sequence[str]) -> str:
    for wallet in wallets:
        text = text.replace(wallet, _A_WALLET)
    return _id_in_text(user_id).sub(str(pseudonym), text)


def _names(text: str, user_id: int) -> bool:
    """Whether a text names a person: the id by itself, and not as a part of a longer number."""
    return _id_in_text(user_id).search(text) is not None


def _id_in_text(user_id: int) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d-]){user_id}(?!\d)", re.ASCII)


def _without_wallets(evidence: EvidenceJson) -> EvidenceJson:
    return {**evidence, "readings": [{**used, "wallet": ""} for used in evidence["readings"]]}

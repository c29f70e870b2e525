"""The few statements that every repository uses, so that each behaves the same on both databases.

Writes go to the connection, past the session's bookkeeping of objects: rows are read afresh in every query, and no
object is ever written back by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Delete, Insert, Row, Select, Update, and_, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.members import MemberKey
from bot.store.models import Base

_IN_LIST_MAX: Final = 500
T = TypeVar("T")


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut values into lists that an IN can take; databases allow only so many parameters in a statement."""
    left = iter(values)
    while batch := list(islice(left, _IN_LIST_MAX)):
        yield batch


def is_one_of(
    guild_id: InstrumentedAttribute[int], user_id: InstrumentedAttribute[int], keys: Sequence[MemberKey]
) -> ColumnElement[bool]:
    """Return the condition that a row is about one of these members."""
    # SQLite finds rows by an index only by the columns one by one, and would read the whole table for the pairs alone.
    guild_ids, user_ids = {key[0] for key in keys}, {key[1] for key in keys}
    return and_(guild_id.in_(guild_ids), user_id.in_(user_ids), tuple_(guild_id, user_id).in_(keys))


async def fetch(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], **values: object
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Execute a statement that was made beforehand, with its parameters, and return its rows."""
    connection = await session.connection()
    return (await connection.execute(statement, values)).all()


async def write(
    session: AsyncSession,
    statement: Insert | Update | Delete,
    rows: Sequence[Mapping[str, object]] | None = None,
) -> int:
    """Execute a statement that changes rows (an insert of many `rows` if given). Returns how many it changed."""
    connection = await session.connection()
    # The statement's columns are of no interest here, whatever their types.
    result: CursorResult[*tuple[Any, ...]] = await connection.execute(
        statement, None if rows is None else [dict(row) for row in rows]
    )
    return result.rowcount


async def inserted_id(session: AsyncSession, statement: Insert) -> int | None:
    """Execute an insert that returns the new row's id; None when a conflict kept it out."""
    connection = await session.connection()
    result: CursorResult[*tuple[Any, ...]] = await connection.execute(statement)
    row = result.one_or_none()
    return None if row is None else int(row[0])


async def lock_in_order(session: AsyncSession, keys: Select[int]) -> None:
    """Lock the rows of an ordered query before many of them are changed.

    Two transactions that change the same rows in different orders would end each other in a deadlock. SQLite has one
    writer at a time and needs none of this.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.count()).select_from(keys.with_for_update().subquery()))


def insert_into(session: AsyncSession, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what to do about a conflict. Both databases spell that alike."""
    return insert_for(session.get_bind().dialect.name, table)


def insert_for(dialect_name: str, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Like `insert_into`, for a dialect by its name."""
    return postgresql.insert(table) if dialect_name == "postgresql" else sqlite.insert(table)

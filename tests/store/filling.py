"""One row in every table, with a person in every column that can hold one."""

from collections.abc import Mapping
from itertools import count

from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Enum, Integer, LargeBinary, String, Table, Text
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.store.personal import PLACES
from bot.store.personal_records import table_of
from bot.store.schema import METADATA
from bot.store.types import Amount, Duration
from tests.store.samples import GUILD, HOUR, NOW, loopring

ADDRESS = loopring(77)

EVIDENCE = {
    "requirement": "friends >= 2",
    "counts": [["friends", 2, None]],
    "readings": [{"wallet": "0x1234…abcd", "source": "loopring", "read_at": None}],
    "note": "",
}
_FITTING: Mapping[str, object] = {
    "guild_id": GUILD,
    "network": "loopring",
    "settled": 1,
    "revision": 1,
    "evidence": EVIDENCE,
    "items": ["0xaa"],
    "evidence_digest": "ab" * 32,
    "month": "2025-03",
    "address": ADDRESS.text,
    "locale": "de",
}
"""Values by column name, where not just any will do."""
_PERSONAL_TEXTS = ("username", "nonce", "text", "digest", "session", "code", "holder")
_WITHOUT_PEOPLE = ("notes", "read_scopes")
"""Tables that have columns of such names with nobody in them."""


def fill(connection: Connection, person: int, mark: str) -> None:
    """Insert a row into every table. Every text that may name the person does, and holds the mark besides."""
    numbers = count(1)
    ids: dict[str, object] = {}
    for table in METADATA.sorted_tables:
        row = {column.name: _value(table, column, person, mark, next(numbers), ids) for column in table.columns}
        connection.execute(table.insert().values(row))
        key = list(table.primary_key.columns)
        if len(key) == 1:
            ids[table.name] = row[key[0].name]


def _value(
    table: Table, column: Column[object], person: int, mark: str, number: int, ids: Mapping[str, object]
) -> object:
    for place in PLACES:
        if table_of(place.row) is table and column.name == place.column:
            return person
        if table_of(place.row) is table and column.name in place.texts:
            return f"{mark} <@{person}> {person}"
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    if column.name in _FITTING:
        return _FITTING[column.name]
    if table.name not in _WITHOUT_PEOPLE and column.name in _PERSONAL_TEXTS:
        return f"{mark}{number}"
    return _of_type(column.type, number)


def _of_type(kind: TypeEngine[object], number: int) -> object:
    match kind:
        case Enum():
            return kind.enum_class(kind.enums[0]) if kind.enum_class is not None else kind.enums[0]
        case Amount():
            return number
        case Duration():
            return HOUR
        case TypeDecorator():
            return NOW if isinstance(kind.impl_instance, DateTime) else f"text {number}"
        case DateTime():
            return NOW
        case Boolean():
            return False
        case BigInteger() | Integer():
            return number
        case JSON():
            return {}
        case LargeBinary():
            return b"signature"
        case String() | Text():
            return f"text {number}"
        case _:
            raise TypeError(f"no sample for a {kind!r}")

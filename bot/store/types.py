"""Column types that keep a value's meaning the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, DateTime, Enum, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.domain.networks import Network

_MICROSECOND = timedelta(microseconds=1)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A counted primary key; SQLite counts only in a column that is an INTEGER by name."""


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware on both sides, UTC in between. Raise `ValueError` for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write the time as UTC; SQLite has no column for a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read the time back as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Duration(TypeDecorator[timedelta]):
    """A length of time, kept in whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write microseconds."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        """Read microseconds."""
        return None if value is None else value * _MICROSECOND


class Amount(TypeDecorator[int]):
    """An amount of an asset, kept as decimal digits: chains count in more bits than database integers have."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write digits."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Read digits."""
        return None if value is None else int(value)


class PlainText(TypeDecorator[str]):
    """Text from the outside world. What a database cannot hold (NUL, lone surrogates) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write storable text."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Replace the characters that a database cannot hold."""
    encodable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return encodable.replace("\x00", "\ufffd")


def _words(kind: type[StrEnum]) -> Sequence[str]:
    return [member.value for member in kind]


Word = Enum(
    StrEnum,
    native_enum=False,
    create_constraint=True,
    validate_strings=True,
    length=32,
    values_callable=_words,
)
"""One of an enum's words; a CHECK constraint lists them. Declared once, used for every enum but the networks."""

NetworkWord = Enum(
    Network, native_enum=False, create_constraint=False, validate_strings=True, length=32, values_callable=_words
)
"""A network. No constraint lists them, so that a provider of a new network needs no migration."""

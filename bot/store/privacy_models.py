"""The tables of what people decide about their data, and of servers that the bot is not in any more."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.privacy import AskedBy
from bot.store.models import Base, SnowflakeKey
from bot.store.types import PlainText


class OptOutRow(Base):
    """A member whose wallets do not count in a server, by their own wish."""

    __tablename__ = "opt_outs"
    __table_args__ = (Index(None, "user_id"),)

    guild_id: Mapped[SnowflakeKey]
    user_id: Mapped[SnowflakeKey]
    since: Mapped[datetime]


class DeletionRow(Base):
    """A person whose data is to be deleted. The row goes with the data."""

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "due_at"),)

    user_id: Mapped[SnowflakeKey]
    asked_at: Mapped[datetime]
    asked_by: Mapped[AskedBy]
    due_at: Mapped[datetime]
    failures: Mapped[int]
    obstacle: Mapped[str] = mapped_column(PlainText)


class DepartureRow(Base):
    """A server that the bot was removed from."""

    __tablename__ = "departures"

    guild_id: Mapped[SnowflakeKey]
    since: Mapped[datetime]

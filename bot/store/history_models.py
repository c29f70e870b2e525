"""The tables of figures over time. They say how many, and never who."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, SnowflakeKey


class HistoryPointRow(Base):
    """A server's readings at one hour, and its role changes since the row before."""

    __tablename__ = "history_points"

    guild_id: Mapped[SnowflakeKey]
    at: Mapped[datetime] = mapped_column(primary_key=True)
    complete: Mapped[int]
    unknown: Mapped[int]
    given: Mapped[int]
    taken: Mapped[int]


class HistoryHoldersRow(Base):
    """How many members hold a rule's role from Holdfast, from this hour until that of the role's next row."""

    __tablename__ = "history_holders"

    guild_id: Mapped[SnowflakeKey]
    role_id: Mapped[SnowflakeKey]
    at: Mapped[datetime] = mapped_column(primary_key=True)
    holders: Mapped[int]

"""The table of protected members."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from bot.store.models import Base, Snowflake, SnowflakeKey


class ProtectionRow(Base):
    """An admin's decision that a member keeps a role."""

    __tablename__ = "protections"
    __table_args__ = (Index(None, "user_id"), Index(None, "until"))

    guild_id: Mapped[SnowflakeKey]
    user_id: Mapped[SnowflakeKey]
    role_id: Mapped[SnowflakeKey]
    """0: all roles. A part of a key cannot be NULL."""
    until: Mapped[datetime | None]
    reason: Mapped[str]
    protected_by: Mapped[Snowflake]
    protected_at: Mapped[datetime]

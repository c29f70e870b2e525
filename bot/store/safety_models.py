"""The tables of the brake's holds and of roles that somebody else keeps changing."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.brakes import HoldDecision
from bot.domain.ledger import RoleAction
from bot.store.guild_models import EvidenceJson
from bot.store.models import NO_ID_TWICE, Base, Key, Snowflake
from bot.store.types import Id


class BrakeHoldRow(Base):
    """Removals of one role that wait for an admin, and what was decided. Open while `decided_at` is NULL."""

    __tablename__ = "brake_holds"
    __table_args__ = (Index(None, "show_at"), Index(None, "decided_at"), NO_ID_TWICE)

    id: Mapped[Key]
    guild_id: Mapped[Snowflake]
    role_id: Mapped[Snowflake]
    opened_at: Mapped[datetime]
    decision: Mapped[HoldDecision | None]
    decided_by: Mapped[Snowflake | None]
    decided_at: Mapped[datetime | None]
    size: Mapped[int]
    """How many removals the decision was about; 0 while it is open."""
    channel_id: Mapped[Snowflake | None]
    message_id: Mapped[Snowflake | None]
    revision: Mapped[int]
    """Grows with every change of what is to be shown."""
    show_at: Mapped[datetime | None]
    """When the log channel is to be told of a change; NULL when it shows how things are."""


HOLD_IS_OPEN = BrakeHoldRow.decided_at.is_(None)
"""The condition that a hold waits for a decision."""

Index(
    "uq_brake_holds_open_guild_id_role_id",
    BrakeHoldRow.guild_id,
    BrakeHoldRow.role_id,
    unique=True,
    sqlite_where=HOLD_IS_OPEN,
    postgresql_where=HOLD_IS_OPEN,
)
"""At most one open hold per role."""


class BrakeWaitRow(Base):
    """One removal in a hold. It is gone when the removal was carried out, or is not wanted any more."""

    __tablename__ = "brake_waits"
    __table_args__ = (UniqueConstraint("hold_id", "user_id"), Index(None, "user_id"), NO_ID_TWICE)

    id: Mapped[Key]
    hold_id: Mapped[int] = mapped_column(Id, ForeignKey("brake_holds.id", ondelete="CASCADE"))
    user_id: Mapped[Snowflake]
    since: Mapped[datetime]
    lapsed_at: Mapped[datetime]
    evidence: Mapped[EvidenceJson] = mapped_column(JSON)


class RoleFlipRow(Base):
    """One time that somebody else undid what the bot did with a member's role."""

    __tablename__ = "role_flips"
    __table_args__ = (Index(None, "guild_id", "user_id", "role_id"), Index(None, "at"), NO_ID_TWICE)

    id: Mapped[Key]
    at: Mapped[datetime]
    guild_id: Mapped[Snowflake]
    user_id: Mapped[Snowflake]
    role_id: Mapped[Snowflake]
    undone: Mapped[RoleAction]
    is_rivalry: Mapped[bool]
    """With this one it happened so often that the bot stopped."""
    reported_at: Mapped[datetime | None]
    """When the log channel was told of the rivalry."""

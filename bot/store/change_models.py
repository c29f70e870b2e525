"""The tables of what admins do in two steps: rule changes that wait for a confirmation, and undone sweeps."""

from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.drafts import DraftKind, DraftState
from bot.domain.undos import SkipReason, UndoAction, UndoState
from bot.store.models import NO_ID_TWICE, Base, Key, Snowflake, SnowflakeKey
from bot.store.types import Id


class RuleDraftRow(Base):
    """A change of a rule that its admin has seen the preview of."""

    __tablename__ = "rule_drafts"
    __table_args__ = (Index(None, "expires_at"), NO_ID_TWICE)

    id: Mapped[Key]
    guild_id: Mapped[Snowflake]
    admin_id: Mapped[Snowflake]
    kind: Mapped[DraftKind]
    role_id: Mapped[Snowflake]
    requirement: Mapped[str | None]
    grace: Mapped[timedelta | None]
    take_roles: Mapped[bool]
    basis: Mapped[str]
    state: Mapped[DraftState]
    expires_at: Mapped[datetime]


class UndoStepRow(Base):
    """What the undo of a sweep does about one role of one member. `sweep_id` is the undo."""

    __tablename__ = "undo_steps"
    __table_args__ = (Index(None, "guild_id", "user_id", "state"),)

    sweep_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    guild_id: Mapped[Snowflake]
    user_id: Mapped[SnowflakeKey]
    role_id: Mapped[SnowflakeKey]
    action: Mapped[UndoAction]
    changed_at: Mapped[datetime]
    state: Mapped[UndoState]
    skipped: Mapped[SkipReason | None]
    tries: Mapped[int]

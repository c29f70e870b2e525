"""The tables of servers: configuration, members, the ledger and the records of what was done."""

from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, String, UniqueConstraint, and_, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.audits import AuditAction
from bot.domain.ledger import LedgerState, RoleAction, RoleOutcome
from bot.domain.members import Presence
from bot.domain.networks import Network
from bot.domain.rules import RuleState
from bot.domain.selectors import SelectorKind
from bot.domain.sweeps import SweepKind
from bot.store.models import NO_ID_TWICE, Base, Key, Snowflake, SnowflakeKey
from bot.store.types import Id


class CollectionRow(Base):
    """A server's named asset selector."""

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("guild_id", "name"), NO_ID_TWICE)

    id: Mapped[Key]
    guild_id: Mapped[Snowflake]
    name: Mapped[str] = mapped_column(String(64))
    network: Mapped[Network]
    kind: Mapped[SelectorKind]
    items: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class RuleRow(Base):
    """A role and the requirement for it, in the rule grammar's canonical print."""

    __tablename__ = "rules"
    __table_args__ = (UniqueConstraint("guild_id", "role_id"), NO_ID_TWICE)

    id: Mapped[Key]
    guild_id: Mapped[Snowflake]
    role_id: Mapped[Snowflake]
    role_name: Mapped[str]
    expression: Mapped[str]
    grace: Mapped[timedelta]
    state: Mapped[RuleState]
    state_note: Mapped[str]


class GuildSettingsRow(Base):
    """What a server's admins have set."""

    __tablename__ = "guild_settings"

    guild_id: Mapped[SnowflakeKey]
    log_channel_id: Mapped[Snowflake | None]
    grace: Mapped[timedelta | None]
    paused: Mapped[bool] = mapped_column(server_default=false())
    notice_channel_id: Mapped[Snowflake | None]
    notice_failed_at: Mapped[datetime | None]
    """When the notice channel last did not take a post; NULL while it does."""


class MembershipRow(Base):
    """A user in a server, and whether the roles there are due to be reconciled."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("settled <= revision", name="settled_not_ahead"),
        Index(None, "user_id"),
        Index(None, "due_at"),
    )

    guild_id: Mapped[SnowflakeKey]
    user_id: Mapped[SnowflakeKey]
    presence: Mapped[Presence]
    revision: Mapped[Snowflake]
    settled: Mapped[Snowflake]
    due_at: Mapped[datetime | None]
    failures: Mapped[int]
    left_at: Mapped[datetime | None]
    """When housekeeping first noticed that the member is not in the server; NULL while they are."""


IS_UNSETTLED = MembershipRow.settled < MembershipRow.revision
"""The condition that something changed since a member's last reconciliation."""

Index(
    "ix_memberships_unsettled",
    MembershipRow.guild_id,
    MembershipRow.user_id,
    sqlite_where=IS_UNSETTLED,
    postgresql_where=IS_UNSETTLED,
)


class LedgerRow(Base):
    """A role that the bot gave."""

    __tablename__ = "ledger"
    __table_args__ = (Index(None, "guild_id", "role_id"),)

    guild_id: Mapped[SnowflakeKey]
    user_id: Mapped[SnowflakeKey]
    role_id: Mapped[SnowflakeKey]
    state: Mapped[LedgerState]
    given_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    grace_waived: Mapped[bool]
    kept_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    adopted_until: Mapped[datetime | None]
    posted_for: Mapped[datetime | None]
    """The lapse (its `lapsed_at`) for which a post to the notice channel was tried."""


LAPSE_IS_UNTOLD = and_(LedgerRow.lapsed_at.is_not(None), LedgerRow.notified_at.is_(None))
"""The condition that a holder has not been told that the role ends."""

Index(
    "ix_ledger_untold",
    LedgerRow.lapsed_at,
    sqlite_where=LAPSE_IS_UNTOLD,
    postgresql_where=LAPSE_IS_UNTOLD,
)


class ReadingUsedJson(TypedDict):
    """A wallet's share in a decision, as it is stored."""

    wallet: str
    source: str
    read_at: str | None


class EvidenceJson(TypedDict):
    """Why a role was given or taken, as it is stored. A count is (name, low, high), high null without a bound."""

    requirement: str
    counts: list[tuple[str, int, int | None]]
    readings: list[ReadingUsedJson]
    note: str


class JournalRow(Base):
    """A line about a role of a member that was written to Discord."""

    __tablename__ = "journal"
    __table_args__ = (
        Index(None, "guild_id", "user_id", "role_id"),
        Index(None, "guild_id", "at"),
        Index(None, "at"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    guild_id: Mapped[Snowflake]
    user_id: Mapped[Snowflake]
    role_id: Mapped[Snowflake]
    action: Mapped[RoleAction]
    outcome: Mapped[RoleOutcome]
    evidence: Mapped[EvidenceJson] = mapped_column(JSON)
    sweep_id: Mapped[int | None] = mapped_column(Id, index=True)


class AuditRow(Base):
    """A line about a change of a server's configuration or of a wallet's owner."""

    __tablename__ = "audit_lines"
    __table_args__ = (Index(None, "guild_id", "at"), Index(None, "at"))

    id: Mapped[Key]
    at: Mapped[datetime]
    guild_id: Mapped[Snowflake]
    actor_id: Mapped[Snowflake | None]
    action: Mapped[AuditAction]
    subject: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


class SweepRow(Base):
    """A sweep; of all servers when `guild_id` is NULL."""

    __tablename__ = "sweeps"
    __table_args__ = (Index(None, "guild_id", "id"),)

    id: Mapped[Key]
    guild_id: Mapped[Snowflake | None]
    requested_by: Mapped[Snowflake | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    kind: Mapped[SweepKind] = mapped_column(server_default=SweepKind.REQUESTED.value)
    undoes: Mapped[int | None] = mapped_column(Id)
    cancelled: Mapped[bool] = mapped_column(server_default=false())
    cancelled_by: Mapped[Snowflake | None]
    calls: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Calls to balance services that were made while it ran, by all processes."""

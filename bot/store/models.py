"""The tables of wallets, links and challenges, and what all tables have in common.

Snowflakes (Discord's ids) are plain big integers: servers, users and roles live in Discord, not here.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.domain.challenges import ProofKind, Purpose
from bot.domain.links import LinkEnd
from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.store.types import Amount, Duration, Id, NetworkWord, PlainText, UtcDateTime, Word

Key = Annotated[int, mapped_column(Id, primary_key=True)]
"""A counted primary key."""
Snowflake = Annotated[int, mapped_column(BigInteger)]
SnowflakeKey = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
"""A Discord id as (a part of) the primary key."""


NO_ID_TWICE = {"sqlite_autoincrement": True}
"""SQLite would hand out the id of a deleted newest row again, and somebody may still hold on to the old meaning."""


class Base(DeclarativeBase):
    """What all tables share: one rule for names of constraints, one column type for each Python type."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (declared so by SQLAlchemy)
        datetime: UtcDateTime(),
        timedelta: Duration(),
        str: PlainText(),
        StrEnum: Word,
        Network: NetworkWord,
    }


class WalletRow(Base):
    """A wallet and the state of its reading. Rows stay after unlinking, so that a new link knows the holdings."""

    __tablename__ = "wallets"
    __table_args__ = (UniqueConstraint("network", "address"), Index(None, "network", "due_at"), NO_ID_TWICE)

    id: Mapped[Key]
    network: Mapped[Network]
    address: Mapped[str] = mapped_column(String(128))
    due_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    source: Mapped[str]
    tried_at: Mapped[datetime | None]
    unknown: Mapped[UnknownReason | None]
    unknown_detail: Mapped[str]
    unknown_since: Mapped[datetime | None]
    failures: Mapped[int]
    changed_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]
    holdings_digest: Mapped[str] = mapped_column(String(32))
    """`Holdings.digest` of the wallet's rows in `holdings`, so that an unchanged wallet costs no rewriting."""
    own_read_at: Mapped[datetime | None]
    """When the wallet itself was read, where `read_at` is when a pass over collections confirmed it; else NULL."""
    scope: Mapped[str | None] = mapped_column(String(32))
    """The `read_scopes` row with what the pass confirmed; NULL when `read_at` is the wallet's own reading."""
    due_before: Mapped[datetime | None]
    """When it would have been due, had no requested sweep put `due_at` forward; means nothing once it was read."""


class HoldingRow(Base):
    """An amount of one asset in one wallet."""

    __tablename__ = "holdings"
    __table_args__ = (CheckConstraint("substr(amount, 1, 1) BETWEEN '1' AND '9'", name="positive_amount"),)

    wallet_id: Mapped[int] = mapped_column(
        Id, ForeignKey("wallets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asset: Mapped[str] = mapped_column(String(128), primary_key=True)
    collection: Mapped[str | None] = mapped_column(String(128))
    amount: Mapped[int] = mapped_column(Amount)


class LinkRow(Base):
    """A link, live while `ended_at` is NULL. Ended ones are kept: they tell how often a wallet changed hands."""

    __tablename__ = "links"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        Index(None, "user_id"),
        Index(None, "wallet_id", "ended_at"),
        Index(None, "reproof_due_at"),
        NO_ID_TWICE,
    )

    id: Mapped[Key]
    wallet_id: Mapped[int] = mapped_column(Id, ForeignKey("wallets.id", ondelete="CASCADE"))
    user_id: Mapped[Snowflake]
    guild_id: Mapped[Snowflake]
    proof: Mapped[ProofKind]
    proven_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[LinkEnd | None]
    evidence_digest: Mapped[str | None] = mapped_column(String(64))
    evidence_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    """With `evidence_digest` what a contract wallet is asked again; both are NULL for other wallets."""
    reproof_due_at: Mapped[datetime | None]
    """When a contract wallet is asked again; NULL for links that hold for ever."""
    reproof_failed_at: Mapped[datetime | None]
    """When it first took back its word; a second time ends the link."""


LINK_IS_LIVE = LinkRow.ended_at.is_(None)
"""The condition that a link is live."""

Index(
    "uq_links_live_wallet_id",
    LinkRow.wallet_id,
    unique=True,
    sqlite_where=LINK_IS_LIVE,
    postgresql_where=LINK_IS_LIVE,
)
"""At most one live link per wallet, kept by the database itself, whoever races whom."""


class ChallengeRow(Base):
    """A challenge that was handed out. The address is part of it only where the network wants it named beforehand."""

    __tablename__ = "challenges"
    __table_args__ = (UniqueConstraint("nonce"), Index(None, "user_id"), Index(None, "expires_at"), NO_ID_TWICE)

    id: Mapped[Key]
    network: Mapped[Network]
    purpose: Mapped[Purpose]
    user_id: Mapped[Snowflake]
    username: Mapped[str]
    guild_id: Mapped[Snowflake]
    nonce: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(String(128))
    text: Mapped[str]
    used_at: Mapped[datetime | None]
    holder: Mapped[str | None] = mapped_column(String(64))
    """The SHA-256 digest of a secret that the answer must come with; NULL when it was handed out in Discord."""


class NoteRow(Base):
    """A small fact about the installation, by name."""

    __tablename__ = "notes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str]


class ProviderCallsRow(Base):
    """How often a provider was called in one calendar month (UTC), written `2025-01`."""

    __tablename__ = "provider_calls"

    provider: Mapped[str] = mapped_column(String(64), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)

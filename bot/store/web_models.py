"""The tables of the verify page: one-time links, browser sessions, proofs that wait for a code."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.challenges import ProofKind
from bot.domain.networks import Network
from bot.store.models import NO_ID_TWICE, Base, Key, Snowflake
from bot.store.types import Id


class WebLinkRow(Base):
    """A link to the verify page. Of its token only the SHA-256 digest is kept."""

    __tablename__ = "web_links"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "expires_at"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[Snowflake]
    username: Mapped[str]
    guild_id: Mapped[Snowflake]
    locale: Mapped[str] = mapped_column(String(16))
    challenge_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSessionRow(Base):
    """A browser that opened a link. Of its cookie only the SHA-256 digest is kept."""

    __tablename__ = "web_sessions"
    __table_args__ = (Index(None, "expires_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[Snowflake]
    username: Mapped[str]
    guild_id: Mapped[Snowflake]
    locale: Mapped[str] = mapped_column(String(16))
    is_confirmed: Mapped[bool]
    challenge_id: Mapped[int | None] = mapped_column(Id)
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PendingProofRow(Base):
    """A proof that waits for its code, of which only the SHA-256 digest is kept."""

    __tablename__ = "pending_proofs"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"), NO_ID_TWICE)

    id: Mapped[Key]
    session: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[Snowflake]
    username: Mapped[str]
    guild_id: Mapped[Snowflake]
    network: Mapped[Network]
    address: Mapped[str] = mapped_column(String(128))
    proof: Mapped[ProofKind]
    evidence_digest: Mapped[str | None] = mapped_column(String(64))
    evidence_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    code: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

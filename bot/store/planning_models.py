"""The tables of the fetch planner: passes over collections, what they confirmed, and the shared pace of providers."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.networks import Network
from bot.store.models import Base


class ReadScopeRow(Base):
    """A set of collections and NFTs that passes confirmed wallets for."""

    __tablename__ = "read_scopes"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    items: Mapped[list[str]] = mapped_column(JSON)


class PassRecordRow(Base):
    """What is known of a collection that was counted or passed over."""

    __tablename__ = "pass_records"

    network: Mapped[Network] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(128), primary_key=True)
    size: Mapped[int | None] = mapped_column(BigInteger)
    """How many NFTs, or holders, it had; NULL when that was never told."""
    tried_at: Mapped[datetime]
    obstacle: Mapped[str]
    """Why the latest attempt failed; empty when it did not."""


class ProviderPaceRow(Base):
    """When a provider may be called next, for processes that share its pace."""

    __tablename__ = "provider_paces"

    provider: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[datetime]

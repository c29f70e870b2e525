"""Protected members, dated notices, and readings that a canary speaks against.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NETWORK = sa.String(length=32)
REASONS_BEFORE = (
    "network",
    "server",
    "rate",
    "quota",
    "auth",
    "bad_request",
    "not_found",
    "schema",
    "incomplete",
    "loop",
    "too_many",
    "too_large",
    "redirect",
    "config",
    "retired",
    "no_provider",
)
REASONS = (*REASONS_BEFORE, "canary")
IS_UNTOLD = sa.text("lapsed_at IS NOT NULL AND notified_at IS NULL")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _change_reasons(REASONS_BEFORE, REASONS)
    op.create_table(
        "protections",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("protected_by", sa.BigInteger(), nullable=False),
        sa.Column("protected_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "role_id", name=op.f("pk_protections")),
    )
    op.create_index(op.f("ix_protections_user_id"), "protections", ["user_id"])
    op.create_index(op.f("ix_protections_until"), "protections", ["until"])
    op.add_column("guild_settings", sa.Column("notice_channel_id", sa.BigInteger(), nullable=True))
    op.add_column("guild_settings", sa.Column("notice_failed_at", TIME, nullable=True))
    op.add_column("ledger", sa.Column("posted_for", TIME, nullable=True))
    op.create_index("ix_ledger_untold", "ledger", ["lapsed_at"], sqlite_where=IS_UNTOLD, postgresql_where=IS_UNTOLD)


def downgrade() -> None:
    op.drop_index("ix_ledger_untold", "ledger")
    op.drop_column("ledger", "posted_for")
    op.drop_column("guild_settings", "notice_failed_at")
    op.drop_column("guild_settings", "notice_channel_id")
    op.drop_table("protections")
    # What the older version has no word for becomes the nearest word that it has.
    op.execute("UPDATE wallets SET \"unknown\" = 'incomplete' WHERE \"unknown\" = 'canary'")
    _change_reasons(REASONS, REASONS_BEFORE)


def _change_reasons(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("wallets", copy_from=_wallets(before), recreate="auto") as wallets:
        wallets.alter_column(
            "unknown",
            existing_type=_word("unknownreason", *before),
            type_=_word("unknownreason", *after),
            nullable=True,
        )


# SQLite can only change a constraint by building the table anew, and does not tell all there is to copy.


def _wallets(reasons: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "wallets",
        sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"}),
        sa.Column("id", ID, nullable=False),
        sa.Column("network", NETWORK, nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tried_at", TIME, nullable=True),
        sa.Column("unknown", _word("unknownreason", *reasons), nullable=True),
        sa.Column("unknown_detail", sa.Text(), nullable=False),
        sa.Column("unknown_since", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("emptied_at", TIME, nullable=True),
        sa.Column("holdings_digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wallets"),
        sa.UniqueConstraint("network", "address", name="uq_wallets_network_address"),
        sa.Index("ix_wallets_network_due_at", "network", "due_at"),
        sqlite_autoincrement=True,
    )

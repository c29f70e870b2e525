"""Calls that our own database did not count, wallets whose neighbour was unlinked, and two indexes less.

Nothing was ever looked up by the indexes on what wallets hold, and every new NFT had to be put into both.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
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
    "canary",
)
REASONS = (*REASONS_BEFORE[:4], "store", *REASONS_BEFORE[4:], "outdated")


def upgrade() -> None:
    _change_reasons(REASONS_BEFORE, REASONS)
    for column in ("asset", "collection"):
        op.drop_index(op.f(f"ix_holdings_{column}"), table_name="holdings")


def downgrade() -> None:
    for column in ("asset", "collection"):
        op.create_index(op.f(f"ix_holdings_{column}"), "holdings", [column])
    # What the older version has no word for becomes the nearest word that it has.
    op.execute("UPDATE wallets SET \"unknown\" = 'quota' WHERE \"unknown\" = 'store'")
    op.execute("UPDATE wallets SET \"unknown\" = 'incomplete' WHERE \"unknown\" = 'outdated'")
    _change_reasons(REASONS, REASONS_BEFORE)


def _reason(reasons: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*reasons, name="unknownreason", native_enum=False, create_constraint=True, length=32)


# SQLite can only change a constraint by building the table anew, and does not tell all there is to copy.


def _change_reasons(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("wallets", copy_from=_wallets(before), recreate="auto") as wallets:
        wallets.alter_column("unknown", existing_type=_reason(before), type_=_reason(after), nullable=True)


def _wallets(reasons: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "wallets",
        sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"}),
        sa.Column("id", ID, nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tried_at", TIME, nullable=True),
        sa.Column("unknown", _reason(reasons), nullable=True),
        sa.Column("unknown_detail", sa.Text(), nullable=False),
        sa.Column("unknown_since", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("emptied_at", TIME, nullable=True),
        sa.Column("holdings_digest", sa.String(length=32), nullable=False),
        sa.Column("own_read_at", TIME, nullable=True),
        sa.Column("scope", sa.String(length=32), nullable=True),
        sa.Column("due_before", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_wallets"),
        sa.UniqueConstraint("network", "address", name="uq_wallets_network_address"),
        sa.Index("ix_wallets_network_due_at", "network", "due_at"),
        sqlite_autoincrement=True,
    )

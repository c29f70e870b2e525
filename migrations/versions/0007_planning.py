"""What the fetch planner remembers: passes over collections, what they confirmed, and the shared pace of providers.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "read_scopes",
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_read_scopes")),
    )
    op.create_table(
        "pass_records",
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("item", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("tried_at", TIME, nullable=False),
        sa.Column("obstacle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("network", "item", name=op.f("pk_pass_records")),
    )
    op.create_table(
        "provider_paces",
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("free_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_paces")),
    )
    op.add_column("wallets", sa.Column("own_read_at", TIME, nullable=True))
    op.add_column("wallets", sa.Column("scope", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("wallets", "scope")
    # What a pass confirmed counts as read then only as far back as the wallet's own reading.
    op.execute("UPDATE wallets SET read_at = own_read_at WHERE own_read_at IS NOT NULL")
    op.drop_column("wallets", "own_read_at")
    for table in ("provider_paces", "pass_records", "read_scopes"):
        op.drop_table(table)

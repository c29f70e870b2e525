"""Opt-outs, requested deletions, and what the cleaning up of old data goes by.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_opt_outs")),
    )
    op.create_index(op.f("ix_opt_outs_user_id"), "opt_outs", ["user_id"])
    op.create_table(
        "deletions",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column(
            "asked_by",
            sa.Enum("member", "host", name="askedby", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("obstacle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_deletions")),
    )
    op.create_index(op.f("ix_deletions_due_at"), "deletions", ["due_at"])
    op.create_table(
        "departures",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_departures")),
    )
    op.add_column("memberships", sa.Column("left_at", TIME, nullable=True))
    op.create_index(op.f("ix_journal_user_id"), "journal", ["user_id"])
    op.create_index(op.f("ix_audit_lines_at"), "audit_lines", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_lines_at"), "audit_lines")
    op.drop_index(op.f("ix_journal_user_id"), "journal")
    op.drop_column("memberships", "left_at")
    for table in ("departures", "deletions", "opt_outs"):
        op.drop_table(table)

"""Sweeps that can be undone, and rule changes that wait for a confirmation.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
KINDS = ("requested", "scheduled", "undo")
SKIPS = (
    "left",
    "role_gone",
    "changed_since",
    "has_it",
    "lacks_it",
    "not_ours",
    "protected",
    "opted_out",
    "forbidden",
    "did_not_stick",
)


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    with op.batch_alter_table("sweeps", copy_from=_sweeps(), recreate="auto") as sweeps:
        sweeps.add_column(sa.Column("kind", sa.String(length=32), server_default="requested", nullable=False))
        sweeps.add_column(sa.Column("undoes", ID, nullable=True))
        sweeps.create_check_constraint(op.f("ck_sweeps_sweepkind"), sa.column("kind").in_(KINDS))
    op.add_column("journal", sa.Column("sweep_id", ID, nullable=True))
    op.create_index(op.f("ix_journal_sweep_id"), "journal", ["sweep_id"])
    op.create_table(
        "undo_steps",
        sa.Column("sweep_id", ID, autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action", _word("undoaction", "give", "take"), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("state", _word("undostate", "waiting", "written", "done", "skipped"), nullable=False),
        sa.Column("skipped", _word("skipreason", *SKIPS), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sweep_id", "user_id", "role_id", name=op.f("pk_undo_steps")),
    )
    op.create_index(op.f("ix_undo_steps_guild_id_user_id_state"), "undo_steps", ["guild_id", "user_id", "state"])
    op.create_table(
        "rule_drafts",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _word("draftkind", "add", "edit", "remove"), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=True),
        sa.Column("grace", sa.BigInteger(), nullable=True),
        sa.Column("take_roles", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("state", _word("draftstate", "open", "confirmed", "cancelled"), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_drafts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rule_drafts_expires_at"), "rule_drafts", ["expires_at"])


def downgrade() -> None:
    op.drop_table("rule_drafts")
    op.drop_table("undo_steps")
    op.drop_index(op.f("ix_journal_sweep_id"), "journal")
    op.drop_column("journal", "sweep_id")
    # The older version takes every row for a sweep that somebody asked for, and would wait for its end.
    op.execute("DELETE FROM sweeps WHERE kind != 'requested'")
    with op.batch_alter_table("sweeps", copy_from=_sweeps(with_kinds=True), recreate="auto") as sweeps:
        sweeps.drop_constraint(op.f("ck_sweeps_sweepkind"), type_="check")
        sweeps.drop_column("undoes")
        sweeps.drop_column("kind")


def _sweeps(*, with_kinds: bool = False) -> sa.Table:
    """The table as it is before, or after, this migration; SQLite rebuilds it, and reads no constraints by itself."""
    table = sa.Table(
        "sweeps",
        sa.MetaData(),
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
        sa.Index(op.f("ix_sweeps_guild_id_id"), "guild_id", "id"),
    )
    if with_kinds:
        table.append_column(sa.Column("kind", sa.String(length=32), server_default="requested", nullable=False))
        table.append_column(sa.Column("undoes", ID, nullable=True))
        table.append_constraint(sa.CheckConstraint(sa.column("kind").in_(KINDS), name=op.f("ck_sweeps_sweepkind")))
    return table

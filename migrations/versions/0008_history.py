"""Figures over time for the charts of a server, and sweeps that are called off.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
ACTIONS_BEFORE = (
    "collection_added",
    "collection_removed",
    "rule_added",
    "rule_edited",
    "rule_removed",
    "rule_paused",
    "rule_resumed",
    "rule_stopped",
    "setting_changed",
    "sweep_requested",
    "wallet_linked",
    "wallet_unlinked",
    "wallet_transferred",
    "wallet_released",
    "wallet_invalidated",
    "member_protected",
    "member_unprotected",
    "role_adopted",
    "removals_held",
    "removals_approved",
    "removals_kept",
    "rival_found",
    "sweep_undone",
    "holders_exported",
    "member_opted_out",
    "member_opted_in",
    "member_forgotten",
)
ACTIONS = (*ACTIONS_BEFORE, "sweep_cancelled")


def upgrade() -> None:
    _change_actions(ACTIONS_BEFORE, ACTIONS)
    op.add_column("wallets", sa.Column("due_before", TIME, nullable=True))
    op.add_column("sweeps", sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sweeps", sa.Column("cancelled_by", sa.BigInteger(), nullable=True))
    op.add_column("sweeps", sa.Column("calls", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "history_points",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "at", name=op.f("pk_history_points")),
    )
    op.create_table(
        "history_holders",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "role_id", "at", name=op.f("pk_history_holders")),
    )


def downgrade() -> None:
    for table in ("history_holders", "history_points"):
        op.drop_table(table)
    for column in ("calls", "cancelled_by", "cancelled"):
        op.drop_column("sweeps", column)
    op.drop_column("wallets", "due_before")
    # What the older version has no word for becomes the nearest word that it has.
    action = sa.column("action", sa.String())
    lines = sa.table("audit_lines", action)
    op.execute(sa.update(lines).where(action.not_in(ACTIONS_BEFORE)).values(action="sweep_requested"))
    _change_actions(ACTIONS, ACTIONS_BEFORE)


# SQLite can only change a constraint by building the table anew, and does not tell all there is to copy.


def _change_actions(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("audit_lines", copy_from=_audit_lines(before), recreate="auto") as lines:
        lines.alter_column("action", existing_type=_action(*before), type_=_action(*after), nullable=False)


def _action(*actions: str) -> sa.Enum:
    return sa.Enum(*actions, name="auditaction", native_enum=False, create_constraint=True, length=32)


def _audit_lines(actions: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "audit_lines",
        sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"}),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", _action(*actions), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_lines"),
        sa.Index("ix_audit_lines_guild_id_at", "guild_id", "at"),
        sa.Index("ix_audit_lines_at", "at"),
    )

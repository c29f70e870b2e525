"""The brake's decisions, adopted roles, rivals and paused servers.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
DECISIONS = ("approved", "kept", "emptied")
ROLE_ACTIONS_BEFORE = ("give", "take", "forget")
ROLE_ACTIONS = ("give", "take", "adopt", "forget")
OUTCOMES = ("done", "member_gone", "role_gone", "forbidden", "unreachable")
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
)
ACTIONS = (
    *ACTIONS_BEFORE,
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
IS_OPEN = sa.text("decided_at IS NULL")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _change_actions(ACTIONS_BEFORE, ACTIONS)
    _change_role_actions(ROLE_ACTIONS_BEFORE, ROLE_ACTIONS)
    for column in ("kept_at", "notified_at", "adopted_until"):
        op.add_column("ledger", sa.Column(column, TIME, nullable=True))
    op.add_column("guild_settings", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))
    _brake()
    op.create_table(
        "role_flips",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("undone", _word("roleaction", *ROLE_ACTIONS), nullable=False),
        sa.Column("is_rivalry", sa.Boolean(), nullable=False),
        sa.Column("reported_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_flips")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_role_flips_guild_id_user_id_role_id"), "role_flips", ["guild_id", "user_id", "role_id"])
    op.create_index(op.f("ix_role_flips_at"), "role_flips", ["at"])


def _brake() -> None:
    op.create_table(
        "brake_holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("decision", _word("holddecision", *DECISIONS), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("show_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brake_holds")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_brake_holds_show_at"), "brake_holds", ["show_at"])
    op.create_index(op.f("ix_brake_holds_decided_at"), "brake_holds", ["decided_at"])
    op.create_index(
        "uq_brake_holds_open_guild_id_role_id",
        "brake_holds",
        ["guild_id", "role_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    op.create_table(
        "brake_waits",
        sa.Column("id", ID, nullable=False),
        sa.Column("hold_id", ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("lapsed_at", TIME, nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["brake_holds.id"], name=op.f("fk_brake_waits_hold_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brake_waits")),
        sa.UniqueConstraint("hold_id", "user_id", name=op.f("uq_brake_waits_hold_id_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_brake_waits_user_id"), "brake_waits", ["user_id"])


def downgrade() -> None:
    for table in ("role_flips", "brake_waits", "brake_holds"):
        op.drop_table(table)
    op.drop_column("guild_settings", "paused")
    for column in ("adopted_until", "notified_at", "kept_at"):
        op.drop_column("ledger", column)
    # What the older version has no word for becomes the nearest word that it has.
    op.execute("UPDATE journal SET action = 'give' WHERE action = 'adopt'")
    _change_role_actions(ROLE_ACTIONS, ROLE_ACTIONS_BEFORE)
    action = sa.column("action", sa.String())
    lines = sa.table("audit_lines", action)
    op.execute(sa.update(lines).where(action.not_in(ACTIONS_BEFORE)).values(action="setting_changed"))
    _change_actions(ACTIONS, ACTIONS_BEFORE)


# SQLite can only change a constraint by building the table anew, and does not tell all there is to copy.


def _change_actions(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("audit_lines", copy_from=_audit_lines(before), recreate="auto") as lines:
        lines.alter_column(
            "action",
            existing_type=_word("auditaction", *before),
            type_=_word("auditaction", *after),
            nullable=False,
        )


def _change_role_actions(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("journal", copy_from=_journal(before), recreate="auto") as lines:
        lines.alter_column(
            "action",
            existing_type=_word("roleaction", *before),
            type_=_word("roleaction", *after),
            nullable=False,
        )


def _audit_lines(actions: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "audit_lines",
        _naming(),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", _word("auditaction", *actions), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_lines"),
        sa.Index("ix_audit_lines_guild_id_at", "guild_id", "at"),
    )


def _journal(actions: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "journal",
        _naming(),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("action", _word("roleaction", *actions), nullable=False),
        sa.Column("outcome", _word("roleoutcome", *OUTCOMES), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sa.Index("ix_journal_guild_id_user_id_role_id", "guild_id", "user_id", "role_id"),
        sa.Index("ix_journal_guild_id_at", "guild_id", "at"),
        sa.Index("ix_journal_at", "at"),
    )


def _naming() -> sa.MetaData:
    return sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})

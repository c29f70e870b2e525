"""The verify page, and what contract wallets are asked again.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NETWORK = sa.String(length=32)
PROOFS = ("chip-0002", "eoa", "eip-1271", "eip-6492")
ENDS_BEFORE = ("unlinked", "transferred")
ENDS = (*ENDS_BEFORE, "released", "invalidated")
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
)
ACTIONS = (*ACTIONS_BEFORE, "wallet_released", "wallet_invalidated")
IS_LIVE = sa.text("ended_at IS NULL")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    with op.batch_alter_table("links", copy_from=_links(ENDS_BEFORE), recreate="auto") as links:
        links.alter_column(
            "end_reason", existing_type=_word("linkend", *ENDS_BEFORE), type_=_word("linkend", *ENDS), nullable=True
        )
        links.add_column(sa.Column("evidence_digest", sa.String(length=64), nullable=True))
        links.add_column(sa.Column("evidence_signature", sa.LargeBinary(), nullable=True))
        links.add_column(sa.Column("reproof_due_at", TIME, nullable=True))
        links.add_column(sa.Column("reproof_failed_at", TIME, nullable=True))
        links.create_index(op.f("ix_links_reproof_due_at"), ["reproof_due_at"])
    with op.batch_alter_table("audit_lines", copy_from=_audit_lines(ACTIONS_BEFORE), recreate="auto") as lines:
        lines.alter_column(
            "action",
            existing_type=_word("auditaction", *ACTIONS_BEFORE),
            type_=_word("auditaction", *ACTIONS),
            nullable=False,
        )
    op.add_column("challenges", sa.Column("holder", sa.String(length=64), nullable=True))
    _web()


def _web() -> None:
    op.create_table(
        "web_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("challenge_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_links")),
    )
    op.create_index(op.f("ix_web_links_user_id_created_at"), "web_links", ["user_id", "created_at"])
    op.create_index(op.f("ix_web_links_expires_at"), "web_links", ["expires_at"])
    op.create_table(
        "web_sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("challenge_id", ID, nullable=True),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_expires_at"), "web_sessions", ["expires_at"])
    op.create_table(
        "pending_proofs",
        sa.Column("id", ID, nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("network", NETWORK, nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("proof", _word("proofkind", *PROOFS), nullable=False),
        sa.Column("evidence_digest", sa.String(length=64), nullable=True),
        sa.Column("evidence_signature", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_proofs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_pending_proofs_user_id"), "pending_proofs", ["user_id"])
    op.create_index(op.f("ix_pending_proofs_expires_at"), "pending_proofs", ["expires_at"])


def downgrade() -> None:
    for table in ("pending_proofs", "web_sessions", "web_links"):
        op.drop_table(table)
    op.drop_column("challenges", "holder")
    # What the older version has no word for becomes the nearest word that it has.
    op.execute("UPDATE links SET end_reason = 'unlinked' WHERE end_reason IN ('released', 'invalidated')")
    op.execute(
        "UPDATE audit_lines SET action = 'wallet_unlinked' WHERE action IN ('wallet_released', 'wallet_invalidated')"
    )
    with op.batch_alter_table("audit_lines", copy_from=_audit_lines(ACTIONS), recreate="auto") as lines:
        lines.alter_column(
            "action",
            existing_type=_word("auditaction", *ACTIONS),
            type_=_word("auditaction", *ACTIONS_BEFORE),
            nullable=False,
        )
    with op.batch_alter_table("links", copy_from=_links(ENDS, with_evidence=True), recreate="auto") as links:
        links.drop_index(op.f("ix_links_reproof_due_at"))
        for column in ("reproof_failed_at", "reproof_due_at", "evidence_signature", "evidence_digest"):
            links.drop_column(column)
        links.alter_column(
            "end_reason", existing_type=_word("linkend", *ENDS), type_=_word("linkend", *ENDS_BEFORE), nullable=True
        )


# SQLite can only change a constraint by building the table anew, and does not tell all there is to copy.


def _links(ends: tuple[str, ...], *, with_evidence: bool = False) -> sa.Table:
    evidence: list[sa.Column[object] | sa.Index] = []
    if with_evidence:
        evidence = [
            sa.Column("evidence_digest", sa.String(length=64), nullable=True),
            sa.Column("evidence_signature", sa.LargeBinary(), nullable=True),
            sa.Column("reproof_due_at", TIME, nullable=True),
            sa.Column("reproof_failed_at", TIME, nullable=True),
            sa.Index("ix_links_reproof_due_at", "reproof_due_at"),
        ]
    return sa.Table(
        "links",
        _naming(),
        sa.Column("id", ID, nullable=False),
        sa.Column("wallet_id", ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("proof", _word("proofkind", *PROOFS), nullable=False),
        sa.Column("proven_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("end_reason", _word("linkend", *ends), nullable=True),
        *evidence,
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name="fk_links_wallet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.Index("ix_links_user_id", "user_id"),
        sa.Index("ix_links_wallet_id_ended_at", "wallet_id", "ended_at"),
        sa.Index("uq_links_live_wallet_id", "wallet_id", unique=True, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
        sqlite_autoincrement=True,
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


def _naming() -> sa.MetaData:
    return sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})

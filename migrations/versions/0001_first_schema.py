"""The first schema.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

# A migration describes the schema of its day, so it borrows nothing from the models of today.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NETWORK = sa.String(length=32)


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _wallets()
    _servers()
    _records()


def _wallets() -> None:
    op.create_table(
        "wallets",
        sa.Column("id", ID, nullable=False),
        sa.Column("network", NETWORK, nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tried_at", TIME, nullable=True),
        sa.Column(
            "unknown",
            _word(
                "unknownreason",
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
            ),
            nullable=True,
        ),
        sa.Column("unknown_detail", sa.Text(), nullable=False),
        sa.Column("unknown_since", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("emptied_at", TIME, nullable=True),
        sa.Column("holdings_digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("network", "address", name=op.f("uq_wallets_network_address")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_wallets_network_due_at"), "wallets", ["network", "due_at"])
    op.create_table(
        "holdings",
        sa.Column("wallet_id", ID, autoincrement=False, nullable=False),
        sa.Column("asset", sa.String(length=128), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=True),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.CheckConstraint("substr(amount, 1, 1) BETWEEN '1' AND '9'", name=op.f("ck_holdings_positive_amount")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_holdings_wallet_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wallet_id", "asset", name=op.f("pk_holdings")),
    )
    op.create_index(op.f("ix_holdings_asset"), "holdings", ["asset"])
    op.create_index(op.f("ix_holdings_collection"), "holdings", ["collection"])
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("wallet_id", ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("proof", _word("proofkind", "chip-0002", "eoa", "eip-1271", "eip-6492"), nullable=False),
        sa.Column("proven_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("end_reason", _word("linkend", "unlinked", "transferred"), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_links_ended_with_reason")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_links_wallet_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_links_user_id"), "links", ["user_id"])
    op.create_index(op.f("ix_links_wallet_id_ended_at"), "links", ["wallet_id", "ended_at"])
    op.create_index(
        "uq_links_live_wallet_id",
        "links",
        ["wallet_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "challenges",
        sa.Column("id", ID, nullable=False),
        sa.Column("network", NETWORK, nullable=False),
        sa.Column("purpose", _word("purpose", "link", "unlink"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("address", sa.String(length=128), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
        sa.UniqueConstraint("nonce", name=op.f("uq_challenges_nonce")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_challenges_expires_at"), "challenges", ["expires_at"])
    op.create_index(op.f("ix_challenges_user_id"), "challenges", ["user_id"])
    op.create_table(
        "notes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notes")),
    )
    op.create_table(
        "provider_calls",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "month", name=op.f("pk_provider_calls")),
    )


def _servers() -> None:
    op.create_table(
        "collections",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("network", NETWORK, nullable=False),
        sa.Column("kind", _word("selectorkind", "chia-collection", "nft-set", "nft-data-set", "any"), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("guild_id", "name", name=op.f("uq_collections_guild_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("grace", sa.BigInteger(), nullable=False),
        sa.Column("state", _word("rulestate", "active", "paused", "role_gone", "blocked"), nullable=False),
        sa.Column("state_note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("guild_id", "role_id", name=op.f("uq_rules_guild_id_role_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("grace", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild_settings")),
    )
    op.create_table(
        "memberships",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("presence", _word("presence", "present", "left"), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.CheckConstraint("settled <= revision", name=op.f("ck_memberships_settled_not_ahead")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_due_at"), "memberships", ["due_at"])
    op.create_index(
        "ix_memberships_unsettled",
        "memberships",
        ["guild_id", "user_id"],
        sqlite_where=sa.text("settled < revision"),
        postgresql_where=sa.text("settled < revision"),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"])


def _records() -> None:
    op.create_table(
        "ledger",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", _word("ledgerstate", "giving", "held", "taking", "withheld"), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("verified_at", TIME, nullable=True),
        sa.Column("missing_since", TIME, nullable=True),
        sa.Column("lapsed_at", TIME, nullable=True),
        sa.Column("grace_waived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "role_id", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_guild_id_role_id"), "ledger", ["guild_id", "role_id"])
    op.create_table(
        "journal",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("action", _word("roleaction", "give", "take", "forget"), nullable=False),
        sa.Column(
            "outcome",
            _word("roleoutcome", "done", "member_gone", "role_gone", "forbidden", "unreachable"),
            nullable=False,
        ),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_at"), "journal", ["at"])
    op.create_index(op.f("ix_journal_guild_id_at"), "journal", ["guild_id", "at"])
    op.create_index(op.f("ix_journal_guild_id_user_id_role_id"), "journal", ["guild_id", "user_id", "role_id"])
    op.create_table(
        "audit_lines",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "action",
            _word(
                "auditaction",
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
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
    )
    op.create_index(op.f("ix_audit_lines_guild_id_at"), "audit_lines", ["guild_id", "at"])
    op.create_table(
        "sweeps",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index(op.f("ix_sweeps_guild_id_id"), "sweeps", ["guild_id", "id"])


def downgrade() -> None:
    for table in (
        "sweeps",
        "audit_lines",
        "journal",
        "ledger",
        "memberships",
        "guild_settings",
        "rules",
        "collections",
        "provider_calls",
        "notes",
        "challenges",
        "links",
        "holdings",
        "wallets",
    ):
        op.drop_table(table)

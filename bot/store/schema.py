"""All tables in one place, for whatever compares or creates the whole schema."""

from typing import Final

from sqlalchemy import MetaData

from bot.store import (
    change_models,
    guild_models,
    history_models,
    models,
    planning_models,
    privacy_models,
    protection_models,
    safety_models,
    web_models,
)

TABLES: Final = (
    models.WalletRow,
    models.HoldingRow,
    models.LinkRow,
    models.ChallengeRow,
    models.NoteRow,
    models.ProviderCallsRow,
    planning_models.ReadScopeRow,
    planning_models.PassRecordRow,
    planning_models.ProviderPaceRow,
    guild_models.CollectionRow,
    guild_models.RuleRow,
    guild_models.GuildSettingsRow,
    guild_models.MembershipRow,
    guild_models.LedgerRow,
    guild_models.JournalRow,
    guild_models.AuditRow,
    guild_models.SweepRow,
    history_models.HistoryPointRow,
    history_models.HistoryHoldersRow,
    safety_models.BrakeHoldRow,
    safety_models.BrakeWaitRow,
    safety_models.RoleFlipRow,
    protection_models.ProtectionRow,
    change_models.RuleDraftRow,
    change_models.UndoStepRow,
    web_models.WebLinkRow,
    web_models.WebSessionRow,
    web_models.PendingProofRow,
    privacy_models.OptOutRow,
    privacy_models.DeletionRow,
    privacy_models.DepartureRow,
)
"""Every table's row class."""

METADATA: Final[MetaData] = models.Base.metadata
"""The schema that the program expects; migrations must lead to exactly this one."""

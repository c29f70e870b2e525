"""How lines of the journal and their evidence are stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.domain.intervals import Interval
from bot.domain.ledger import Evidence, JournalEntry, ReadingUsed
from bot.store.guild_models import EvidenceJson, JournalRow


def line_of(row: JournalRow | Row[*tuple[Any, ...]]) -> JournalEntry:
    """Return the line of a row."""
    return JournalEntry(
        at=row.at,
        guild_id=row.guild_id,
        user_id=row.user_id,
        role_id=row.role_id,
        action=row.action,
        outcome=row.outcome,
        evidence=evidence_from_json(row.evidence),
        sweep_id=row.sweep_id,
    )


def evidence_to_json(evidence: Evidence) -> EvidenceJson:
    """Put evidence into the form in which it is stored."""
    return {
        "requirement": evidence.requirement,
        "counts": [(name, count.low, count.high) for name, count in evidence.counts],
        "readings": [
            {
                "wallet": used.wallet,
                "source": used.source,
                "read_at": None if used.read_at is None else used.read_at.isoformat(),
            }
            for used in evidence.readings
        ],
        "note": evidence.note,
    }


def evidence_from_json(stored: EvidenceJson) -> Evidence:
    """Read stored evidence back."""
    return Evidence(
        requirement=stored["requirement"],
        counts=tuple((name, Interval(low, high)) for name, low, high in stored["counts"]),
        readings=tuple(
            ReadingUsed(
                wallet=used["wallet"],
                source=used["source"],
                read_at=None if used["read_at"] is None else datetime.fromisoformat(used["read_at"]),
            )
            for used in stored["readings"]
        ),
        note=stored["note"],
    )

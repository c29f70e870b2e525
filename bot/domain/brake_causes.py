"""What may be behind an unbelievable number of removals, from what the removals have in common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.brakes import BRAKE_WINDOW, BrakeHold, Wait
from bot.domain.expressions import names
from bot.domain.rules import Rule

ALIKE_WITHIN = timedelta(minutes=30)
"""Readings this close together look like one event, such as a provider that answers wrongly."""
FEWEST_ALIKE = 2


class CauseKind(StrEnum):
    """The causes that can be told apart."""

    RULE_CHANGED = "rule_changed"
    """An admin edited or resumed the rule shortly before."""
    COLLECTION_CHANGED = "collection_changed"
    """An admin added or removed a collection shortly before; `detail` is its name."""
    UNREADABLE = "unreadable"
    """Other wallets of the server cannot be read at the moment: a provider is in trouble."""
    ONE_SOURCE = "one_source"
    """All rest on readings of one provider (`detail`), made shortly after one another."""
    NO_WALLET = "no_wallet"
    """None of these members has a wallet that the rule could count."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One likely cause, and how much speaks for it."""

    kind: CauseKind
    detail: str = ""
    count: int = 0
    """How many removals or wallets it is about."""
    span: timedelta = timedelta(0)
    """How far apart the readings are."""
    at: datetime | None = None
    by: int | None = None
    """Who changed something; None when the bot did."""


@dataclass(frozen=True, slots=True)
class HoldNotice:
    """A hold with all that an admin needs to decide about it."""

    hold: BrakeHold
    role_name: str
    """As the rule knows it; empty when the rule is gone."""
    waits: Sequence[Wait]
    """Who waits, oldest first; of a large hold only the first."""
    causes: Sequence[Cause]
    """The likely causes, the likeliest first."""


_ABOUT_RULES = (AuditAction.RULE_EDITED, AuditAction.RULE_RESUMED)
_ABOUT_COLLECTIONS = (AuditAction.COLLECTION_ADDED, AuditAction.COLLECTION_REMOVED)


def likely_causes(
    waits: Sequence[Wait], opened_at: datetime, rule: Rule | None, lines: Sequence[AuditLine], unreadable: int
) -> Sequence[Cause]:
    """Name the likely causes, the likeliest first.

    `lines` are the server's newest audit lines, newest first; `unreadable` is how many of its wallets cannot be read.
    """
    causes = [] if rule is None else _changes(rule, opened_at, lines)
    if unreadable:
        causes.append(Cause(CauseKind.UNREADABLE, count=unreadable))
    return [*causes, *_in_common(waits)]


def _changes(rule: Rule, opened_at: datetime, lines: Sequence[AuditLine]) -> list[Cause]:
    """What admins changed since the day before, but for what made the rule in the first place."""
    of_rule = [line for line in lines if line.subject == rule.role_name]
    made_at = next((line.at for line in of_rule if line.action is AuditAction.RULE_ADDED), opened_at - BRAKE_WINDOW)
    since = max(made_at, opened_at - BRAKE_WINDOW)
    counted = names(rule.expression)
    causes = [
        Cause(CauseKind.RULE_CHANGED, at=line.at, by=line.actor_id)
        for line in of_rule
        if line.action in _ABOUT_RULES and line.at >= since
    ][:1]
    return (
        causes
        + [
            Cause(CauseKind.COLLECTION_CHANGED, line.subject, at=line.at, by=line.actor_id)
            for line in lines
            if line.action in _ABOUT_COLLECTIONS and line.subject in counted and line.at >= since
        ][:1]
    )


def _in_common(waits: Sequence[Wait]) -> Sequence[Cause]:
    readings = [[used for used in wait.evidence.readings if used.source] for wait in waits]
    without = sum(1 for used in readings if not used)
    if without == len(waits) and waits:
        return [Cause(CauseKind.NO_WALLET, count=without)]
    sources = Counter(used.source for many in readings for used in many)
    times = [used.read_at for many in readings for used in many if used.read_at is not None]
    if without or len(sources) != 1 or len(waits) < FEWEST_ALIKE or not times:
        return []
    span = max(times) - min(times)
    return [Cause(CauseKind.ONE_SOURCE, next(iter(sources)), len(waits), span)] if span <= ALIKE_WITHIN else []

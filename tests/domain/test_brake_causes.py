from datetime import UTC, datetime, timedelta

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.brake_causes import CauseKind, likely_causes
from bot.domain.brakes import Wait
from bot.domain.grammar import parse
from bot.domain.ledger import Evidence, ReadingUsed
from bot.domain.rules import Rule

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = Rule(1, 1, 7, "Holder", parse("friends >= 2", None), timedelta(0))


def wait(number: int, *readings: tuple[str, datetime]) -> Wait:
    used = tuple(ReadingUsed("xch1…", source, read_at) for source, read_at in readings)
    return Wait(number, number, NOW, NOW, Evidence("friends", readings=used))


def line(action: AuditAction, subject: str, at: datetime = NOW - MINUTE, by: int | None = 7) -> AuditLine:
    return AuditLine(at, 1, by, action, subject)


def kinds(*waits: Wait, lines: tuple[AuditLine, ...] = (), unreadable: int = 0) -> list[CauseKind]:
    return [cause.kind for cause in likely_causes(waits, NOW, RULE, lines, unreadable)]


def test_readings_of_one_provider_shortly_after_one_another_look_like_one_event() -> None:
    alike = [wait(number, ("spacescan", NOW - number * MINUTE)) for number in range(3)]
    (cause,) = likely_causes(alike, NOW, RULE, (), 0)
    assert (cause.kind, cause.detail, cause.count, cause.span) == (CauseKind.ONE_SOURCE, "spacescan", 3, 2 * MINUTE)


def test_readings_of_several_providers_or_times_have_nothing_in_common() -> None:
    assert kinds(wait(1, ("spacescan", NOW)), wait(2, ("loopring", NOW))) == []
    assert kinds(wait(1, ("spacescan", NOW)), wait(2, ("spacescan", NOW - timedelta(hours=3)))) == []
    assert kinds(wait(1, ("spacescan", NOW))) == []


def test_members_without_any_wallet_are_named_as_such() -> None:
    assert kinds(wait(1), wait(2)) == [CauseKind.NO_WALLET]
    assert kinds(wait(1), wait(2, ("spacescan", NOW))) == []


def test_a_change_of_this_rule_or_of_a_collection_comes_first() -> None:
    lines = (line(AuditAction.RULE_EDITED, "Holder"), line(AuditAction.COLLECTION_REMOVED, "friends"))
    assert kinds(wait(1), lines=lines, unreadable=2) == [
        CauseKind.RULE_CHANGED,
        CauseKind.COLLECTION_CHANGED,
        CauseKind.UNREADABLE,
        CauseKind.NO_WALLET,
    ]


def test_changes_of_other_rules_and_of_the_day_before_are_no_cause() -> None:
    lines = (
        line(AuditAction.RULE_EDITED, "Other"),
        line(AuditAction.RULE_EDITED, "Holder", NOW - timedelta(days=2)),
        line(AuditAction.SETTING_CHANGED, "Holder"),
    )
    assert kinds(lines=lines) == []


def test_what_made_the_rule_and_what_it_does_not_count_is_no_cause() -> None:
    lines = (
        line(AuditAction.COLLECTION_ADDED, "others"),
        line(AuditAction.RULE_ADDED, "Holder", NOW - 2 * MINUTE),
        line(AuditAction.COLLECTION_ADDED, "friends", NOW - 3 * MINUTE),
    )
    assert kinds(lines=lines) == []


def test_without_its_rule_a_hold_has_the_readings_only() -> None:
    lines = (line(AuditAction.RULE_REMOVED, "Holder"), line(AuditAction.COLLECTION_REMOVED, "friends"))
    assert likely_causes((), NOW, None, lines, 0) == []

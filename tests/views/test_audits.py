from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audits import AuditAction, AuditLine
from bot.services.auditing import ANNOUNCED, LINES_SHOWN, MEMBERS_OWN, POST_MAX
from bot.views import audits
from bot.views.text import PAGE_MAX

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
ADMIN = 1_300_000_000_000_000_001
MEMBER = 1_300_000_000_000_000_002
TOLD_BY_WHOEVER_DOES_IT = {
    AuditAction.RULE_STOPPED,
    AuditAction.SWEEP_REQUESTED,
    AuditAction.WALLET_TRANSFERRED,
    AuditAction.WALLET_RELEASED,
    AuditAction.WALLET_INVALIDATED,
    AuditAction.REMOVALS_HELD,
    AuditAction.RIVAL_FOUND,
    AuditAction.MEMBER_FORGOTTEN,
}
"""Actions whose doer posts more than the audit line says, or that name nobody."""


def what(action: AuditAction, subject: str = "Holder", before: str = "", after: str = "") -> AuditLine:
    return AuditLine(NOW, 1, ADMIN, action, subject, before, after)


@pytest.mark.parametrize("action", AuditAction)
def test_every_action_has_words_that_people_read(action: AuditAction) -> None:
    words = audits.WORDS[action]
    assert words[0].isupper()
    assert "_" not in words
    assert words in audits.line(what(action))


def test_every_action_is_announced_or_told_otherwise_or_a_members_own() -> None:
    assert set(AuditAction) == ANNOUNCED | TOLD_BY_WHOEVER_DOES_IT | MEMBERS_OWN
    assert not ANNOUNCED & TOLD_BY_WHOEVER_DOES_IT
    assert not ANNOUNCED & MEMBERS_OWN


def test_a_line_says_who_when_what_and_from_what_to_what() -> None:
    shown = audits.line(what(AuditAction.RULE_EDITED, "Holder", "friends >= 2 (grace 1h)", "friends >= 3 (grace 2h)"))
    assert shown == (
        f"**Rule changed** · “Holder” · <@{ADMIN}>, <t:{int(NOW.timestamp())}:f>\n"
        "`friends >= 2 (grace 1h)` → `friends >= 3 (grace 2h)`"
    )


def test_what_holdfast_did_by_itself_says_so() -> None:
    line = AuditLine(NOW, 1, None, AuditAction.RULE_STOPPED, "Holder", "", "The role was deleted in Discord.")
    assert "· Holdfast, <t:" in audits.line(line)
    assert audits.line(line).endswith("\n`The role was deleted in Discord.`")


def test_what_was_there_and_is_gone_is_told_as_such() -> None:
    assert audits.line(what(AuditAction.COLLECTION_REMOVED, "friends", before="1 collection")).endswith(
        "\nwas `1 collection`"
    )


def test_channels_roles_and_members_are_shown_as_such() -> None:
    assert audits.line(what(AuditAction.SETTING_CHANGED, "log_channel", "none", "<#42>")).endswith("`none` → <#42>")
    assert f"· <@{MEMBER}> ·" in audits.line(what(AuditAction.MEMBER_PROTECTED, f"<@{MEMBER}>"))
    assert f"was <@{MEMBER}>" in audits.line(what(AuditAction.WALLET_UNLINKED, "xch1ab…cd", before=str(MEMBER)))


def test_somebody_whose_data_was_deleted_is_nobody_in_particular() -> None:
    for text in ("<@-7>", "<@!-7>"):
        assert "somebody whose data was deleted" in audits.line(what(AuditAction.MEMBER_PROTECTED, text))
    by_nobody = AuditLine(NOW, 1, -7, AuditAction.RULE_ADDED, "Holder")
    assert "somebody whose data was deleted, <t:" in audits.line(by_nobody)


def test_names_that_people_choose_have_no_effect() -> None:
    shown = audits.line(what(AuditAction.RULE_ADDED, "**@everyone** [x](https://e.example)", after="`a` *b*"))
    assert r"\*\*\@everyone\*\* \[x\]" in shown
    assert "`'a' *b*`" in shown


def test_the_longest_line_fits_into_a_post() -> None:
    assert len(audits.line(what(AuditAction.RULE_EDITED, "*" * 5000, "`" * 5000, "`" * 5000))) <= POST_MAX


def test_pages_hold_all_lines_in_their_order() -> None:
    lines = [
        AuditLine(NOW - timedelta(minutes=number), 1, ADMIN, AuditAction.RULE_ADDED, f"Role {number}")
        for number in range(100)
    ]
    pages = audits.pages(lines)
    assert all(len(page) <= PAGE_MAX for page in pages)
    together = "\n\n".join(pages)
    places = [together.index(f"“Role {number}”") for number in range(100)]
    assert places == sorted(places)


def test_a_list_that_is_cut_says_so() -> None:
    lines = [what(AuditAction.RULE_ADDED)] * LINES_SHOWN
    assert f"newest {LINES_SHOWN} lines" in audits.pages(lines)[-1]


def test_a_server_without_changes_says_so() -> None:
    assert audits.pages([]) == ["Nothing was changed in this server yet."]

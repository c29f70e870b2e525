"""Why a member has a role or not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ledger import Evidence, JournalEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.readings import UnknownReason
from bot.domain.rules import RuleState
from bot.services.explaining import Explanation
from bot.views import why
from bot.views.reasons import WORDS, in_words

from .samples import GUILD, HOUR, NOW, ROLE, STALE, USER, entry, link, reason, rule, stamp, unread, wallet

WITH_ROLE = why.Viewpoint(NOW, STALE, frozenset({ROLE}))
WITHOUT_ROLE = why.Viewpoint(NOW, STALE, frozenset())


def test_who_meets_the_requirement_reads_what_was_counted_where() -> None:
    text = why.about_role(reason(rule(), wallet(1), wallet(2), has=entry()), WITH_ROLE)
    assert f"<@&{ROLE}>" in text
    assert "You meet this, and you have the role." in text
    assert "`friends`: 4 counted, `>= 2` asked for" in text
    assert text.count(f"holds 2, read {stamp(NOW - HOUR)}") == 2


def test_a_role_from_somebody_else_is_left_alone_either_way() -> None:
    assert "Somebody else gave it" in why.about_role(reason(rule(), wallet()), WITH_ROLE)
    assert "takes back only what it gave" in why.about_role(reason(rule("friends >= 9"), wallet()), WITH_ROLE)


def test_a_role_that_is_yet_to_come_names_the_way_to_have_it_now() -> None:
    assert "`/wallet refresh` does it now" in why.about_role(reason(rule(), wallet()), WITHOUT_ROLE)


def test_a_role_missing_by_surprise_is_looked_at_twice() -> None:
    has = entry(missing_since=NOW)
    assert "looks once more" in why.about_role(reason(rule(), wallet(), has=has), WITHOUT_ROLE)


def test_a_running_grace_period_shows_its_end() -> None:
    lapsed = entry(lapsed_at=NOW - HOUR)
    text = why.about_role(reason(rule("friends >= 9", timedelta(days=2)), wallet(), has=lapsed), WITH_ROLE)
    end = NOW - HOUR + timedelta(days=2)
    assert f"You keep the role until {stamp(end, 'f')} ({stamp(end)})" in text


def test_a_grace_period_that_is_over_or_waived_says_so() -> None:
    over = entry(lapsed_at=NOW - HOUR, state=LedgerState.TAKING)
    assert "grace period is over" in why.about_role(reason(rule("friends >= 9"), wallet(), has=over), WITH_ROLE)
    waived = entry(grace_waived=True)
    assert "without grace" in why.about_role(reason(rule("friends >= 9"), wallet(), has=waived), WITH_ROLE)


def test_a_lapse_that_was_not_yet_noticed_announces_what_follows() -> None:
    text = why.about_role(reason(rule("friends >= 9", timedelta(days=2)), wallet(), has=entry()), WITH_ROLE)
    assert "after a grace period of 2d" in text


def test_a_role_taken_by_hand_is_not_fought_over() -> None:
    withheld = entry(state=LedgerState.WITHHELD)
    assert "does not fight over it" in why.about_role(reason(rule(), wallet(), has=withheld), WITHOUT_ROLE)


@pytest.mark.parametrize("cause", list(UnknownReason))
def test_every_reason_for_not_knowing_freezes_the_role_in_words(cause: UnknownReason) -> None:
    text = why.about_role(reason(rule(), unread(cause), has=entry()), WITH_ROLE)
    assert "Your role stays as it is" in text
    assert f"could not be read since {stamp(NOW - 2 * HOUR)}: {WORDS[cause]}" in text
    assert cause.value not in text.split() or cause.value in WORDS[cause].split()


def test_a_provider_that_was_shut_down_is_named_with_its_date() -> None:
    gone = unread(UnknownReason.RETIRED, "Loopring was shut down on 2026-06-29")
    assert in_words(gone) == "the balance service was shut down (Loopring was shut down on 2026-06-29)"


def test_details_for_the_host_are_not_for_members() -> None:
    assert in_words(unread(UnknownReason.AUTH, "HTTP 403 from host")) == WORDS[UnknownReason.AUTH]


def test_a_wallet_seen_empty_waits_for_a_second_reading() -> None:
    emptied = replace(wallet(), emptied_at=NOW - HOUR, due_at=NOW + HOUR)
    text = why.about_role(reason(rule(), emptied, has=entry()), WITH_ROLE)
    assert f"was first seen empty {stamp(NOW - HOUR)}" in text
    assert f"due {stamp(NOW + HOUR)}" in text


def test_a_wallet_never_read_and_one_read_long_ago_say_so() -> None:
    new = replace(wallet(), read_at=None, tried_at=None)
    assert "has not been read yet" in why.about_role(reason(rule(), new), WITHOUT_ROLE)
    old = replace(wallet(), read_at=NOW - STALE)
    assert "too long ago to count" in why.about_role(reason(rule(), old), WITHOUT_ROLE)


def test_the_other_wallets_may_decide_although_one_is_unknown() -> None:
    text = why.about_role(reason(rule(), wallet(2), replace(unread(UnknownReason.NETWORK), id=3)), WITHOUT_ROLE)
    assert "You meet this." in text
    assert "at least 2 counted" in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RuleState.PAUSED, "paused this rule"),
        (RuleState.ROLE_GONE, "deleted in Discord"),
        (RuleState.BLOCKED, "`/doctor`"),
    ],
)
def test_a_rule_that_does_not_run_says_why(state: RuleState, words: str) -> None:
    assert words in why.about_role(reason(rule(state=state), wallet()), WITHOUT_ROLE)


def test_a_collection_that_is_gone_and_wallets_elsewhere_are_told() -> None:
    assert "no collection of this server any more" in why.about_role(reason(rule("cards"), wallet()), WITHOUT_ROLE)
    assert "none of your linked wallets" in why.about_role(reason(rule()), WITHOUT_ROLE)


@pytest.mark.parametrize("outcome", list(RoleOutcome))
@pytest.mark.parametrize("action", list(RoleAction))
def test_the_last_write_is_told_with_how_it_ended(action: RoleAction, outcome: RoleOutcome) -> None:
    change = JournalEntry(NOW - HOUR, GUILD, USER, ROLE, action, outcome, Evidence("", note="the rule was removed"))
    text = why.about_role(replace(reason(rule(), wallet()), last_change=change), WITH_ROLE)
    assert f"{stamp(NOW - HOUR)}: the rule was removed." in text
    assert ("should have been" in text) is (outcome is not RoleOutcome.DONE)


def test_the_first_page_tells_of_wallets_and_the_next_reading() -> None:
    linked = Explanation([link(wallet())], [reason(rule(), wallet())])
    assert f"read again {stamp(NOW + HOUR)}" in why.pages(linked, WITHOUT_ROLE)[0]
    assert "You have no wallet linked" in why.pages(Explanation([], [reason(rule())]), WITHOUT_ROLE)[0]
    assert "no rules yet" in why.pages(Explanation([], []), WITHOUT_ROLE)[0]


def test_what_is_not_known_comes_first() -> None:
    known = reason(replace(rule(), role_id=1), wallet(), has=entry())
    unknown = reason(replace(rule(), role_id=2), unread(UnknownReason.SERVER), has=entry())
    page = why.pages(Explanation([link(wallet())], [known, unknown]), WITH_ROLE)[0]
    assert page.index("<@&2>") < page.index("<@&1>")


def test_hundreds_of_rules_stay_within_the_limits() -> None:
    reasons = [reason(rule("friends >= 2 and friends != 7 and cards"), *map(wallet, range(1, 8)))] * 250
    pages = why.pages(Explanation([link(wallet())], reasons), WITHOUT_ROLE)
    assert all(len(page) <= 4096 for page in pages)
    assert sum(page.count(f"<@&{ROLE}>") for page in pages) == 250

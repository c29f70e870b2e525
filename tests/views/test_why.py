"""Why a member has a role or not, in the words that its holder and that admins read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.brakes import BrakeHold
from bot.domain.intervals import Interval
from bot.domain.ledger import Evidence, JournalEntry, LedgerState, ReadingUsed, RoleAction, RoleOutcome
from bot.domain.links import Link
from bot.domain.privacy import Withdrawal
from bot.domain.protections import Protection
from bot.domain.reading_words import WORDS
from bot.domain.readings import UnknownReason
from bot.domain.role_plans import MOST_UNDONE
from bot.domain.rules import RuleState
from bot.domain.standings import Standing
from bot.sandbox.wallets import EthereumTestWallet
from bot.services.explaining import Explanation, RoleReason, Word
from bot.views import why
from bot.views.next_steps import next_step
from bot.views.reasons import in_words
from bot.views.standings import Reader, sentence

from .samples import GUILD, HOUR, NOW, ROLE, STALE, USER, entry, link, reason, rule, stamp, unread, wallet

HOLDER, ADMIN = Reader(is_admin=False, now=NOW), Reader(is_admin=True, now=NOW)
HOLD = BrakeHold(1, GUILD, ROLE, NOW - HOUR, 12, 12, 1)
SHORT = "friends >= 9"


def told(about: RoleReason, reader: Reader = HOLDER) -> str:
    """Explain a role in the words of one reader."""
    return why.about_role(about, reader)


def test_who_meets_the_requirement_reads_what_was_counted_where_when_and_from_whom() -> None:
    text = told(reason(rule(), wallet(1), wallet(2), has=entry()))
    assert f"<@&{ROLE}>" in text
    assert "You meet this, and you have the role." in text
    assert f"Nothing to do: your wallets are read again {stamp(NOW + HOUR)}." in text
    assert "`friends`: 4 counted, `>= 2` asked for" in text
    assert text.count(f"holds 2, read {stamp(NOW - HOUR)} from spacescan") == 2


def test_a_role_from_somebody_else_is_left_alone_either_way() -> None:
    assert "Somebody else gave it" in told(reason(rule(), wallet()))
    assert "takes back only what it gave" in told(reason(rule(SHORT), wallet()))


def test_a_role_that_is_yet_to_come_names_the_way_to_have_it_now() -> None:
    text = told(reason(rule(), wallet(), has_role=False))
    assert "The role comes with the next check" in text
    assert "`/wallet refresh` does it now" in text


def test_a_role_missing_by_surprise_is_looked_at_twice() -> None:
    assert "looks once more" in told(reason(rule(), wallet(), has=entry(missing_since=NOW), has_role=False))


def test_a_running_grace_period_shows_its_end() -> None:
    text = told(reason(rule(SHORT, timedelta(days=2)), wallet(), has=entry(lapsed_at=NOW - HOUR)))
    end = NOW - HOUR + timedelta(days=2)
    assert f"You keep the role until {stamp(end, 'f')} ({stamp(end)})" in text
    assert "If another wallet of yours holds what is missing" in text


def test_a_grace_period_that_is_over_or_waived_or_never_was_says_so() -> None:
    over = entry(lapsed_at=NOW - 2 * HOUR, state=LedgerState.TAKING)
    assert "grace period is over" in told(reason(rule(SHORT, HOUR), wallet(), has=over))
    assert "without grace" in told(reason(rule(SHORT), wallet(), has=entry(grace_waived=True)))
    assert "has no grace period" in told(reason(rule(SHORT), wallet(), has=over))


def test_a_lapse_that_was_not_yet_noticed_announces_what_follows() -> None:
    assert "after a grace period of 2d" in told(reason(rule(SHORT, timedelta(days=2)), wallet(), has=entry()))


def test_a_role_taken_by_hand_is_not_fought_over() -> None:
    text = told(reason(rule(), wallet(), has=entry(state=LedgerState.WITHHELD), has_role=False))
    assert "does not fight over it" in text
    assert "Ask an admin" in text


def test_a_role_that_a_rival_keeps_changing_is_not_fought_over_either() -> None:
    contested = reason(rule(), wallet(), has_role=False, undone=MOST_UNDONE)
    assert "keeps undoing what Holdfast does with this role of yours" in told(contested)
    assert "audit log" in told(contested, ADMIN)


def test_a_member_who_is_being_screened_learns_what_to_do() -> None:
    assert "Complete the screening" in told(reason(rule(), wallet(), has_role=False, pending=True))


@pytest.mark.parametrize("cause", list(UnknownReason))
def test_every_reason_for_not_knowing_freezes_the_role_in_words(cause: UnknownReason) -> None:
    text = told(reason(rule(), unread(cause), has=entry()))
    assert "Your role stays as it is" in text
    assert f"could not be read since {stamp(NOW - 2 * HOUR)}: {WORDS[cause]}" in text
    assert cause.value not in text.split() or cause.value in WORDS[cause].split()
    assert "Nothing to do" in text


def test_what_does_not_pass_by_itself_is_said_to_whom_it_concerns() -> None:
    assert "Nothing to do for you: the host of this bot must" in told(reason(rule(), unread(UnknownReason.AUTH)))
    assert "The host of this bot must" in told(reason(rule(), unread(UnknownReason.AUTH)), ADMIN)
    assert "is no more" in told(reason(rule(), unread(UnknownReason.RETIRED)))


def test_a_provider_that_was_shut_down_is_named_with_its_date() -> None:
    gone = unread(UnknownReason.RETIRED, "Loopring was shut down on 2026-06-29")
    assert in_words(gone) == "the balance service was shut down (Loopring was shut down on 2026-06-29)"


def test_details_for_the_host_are_not_for_members() -> None:
    assert in_words(unread(UnknownReason.AUTH, "HTTP 403 from host")) == WORDS[UnknownReason.AUTH]


def test_a_wallet_seen_empty_waits_for_a_second_reading() -> None:
    emptied = replace(wallet(), emptied_at=NOW - HOUR, due_at=NOW + HOUR)
    text = told(reason(rule(), emptied, has=entry()))
    assert f"was first seen empty {stamp(NOW - HOUR)}" in text
    assert f"due {stamp(NOW + HOUR)}" in text
    assert f"link that one with `/wallet link` before the next reading {stamp(NOW + HOUR)}" in text


def test_a_wallet_never_read_and_one_read_long_ago_say_so() -> None:
    new = replace(wallet(), read_at=None, tried_at=None, due_at=NOW)
    text = told(reason(rule(), new, has_role=False))
    assert "has not been read yet" in text
    assert "it is read again now, by itself" in text
    old = replace(wallet(), read_at=NOW - STALE)
    assert "too long ago to count" in told(reason(rule(), old, has_role=False))


def test_a_wallet_that_was_read_before_another_one_changed_waits_for_its_turn() -> None:
    behind = replace(wallet(1), due_at=NOW)
    changed = replace(wallet(2, 1), read_at=NOW, changed_at=NOW)
    text = told(reason(rule("friends >= 4"), behind, changed, has=entry()))
    assert "was read before something changed in another wallet of yours, so it is read again now" in text
    assert "holds 1" in text


def test_a_wallet_on_another_network_is_told_apart() -> None:
    other = replace(wallet(3), address=EthereumTestWallet.from_seed("lois").address)
    text = told(reason(rule(), other, has_role=False))
    assert "does not count here: `friends` is on Chia" in text
    assert "none of your linked wallets is on Chia" in text
    assert "Link your wallet on Chia with `/wallet link`" in text


def test_the_other_wallets_may_decide_although_one_is_unknown() -> None:
    text = told(reason(rule(), wallet(2), replace(unread(UnknownReason.NETWORK), id=3), has_role=False))
    assert "You meet this." in text
    assert "at least 2 counted" in text
    assert "`friends`: it is not known how many, `>= 2` asked for" in told(
        reason(rule(), unread(UnknownReason.NETWORK))
    )


def test_what_must_not_be_held_is_turned_round() -> None:
    text = told(reason(rule("not friends and not (friends < 1)"), wallet(), has_role=False))
    assert "❌ `friends`: 2 counted, `not >= 1` asked for" in text
    assert "✅ `friends`: 2 counted, `not < 1` asked for" in text


def test_who_holds_what_the_rule_forbids_is_not_told_to_hold_more() -> None:
    text = told(reason(rule("friends < 2"), wallet(), has_role=False))
    assert "What you hold rules this out" in text
    assert "another wallet" not in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RuleState.PAUSED, "paused this rule"),
        (RuleState.ROLE_GONE, "deleted in Discord"),
        (RuleState.BLOCKED, "`/doctor`"),
    ],
)
def test_a_rule_that_does_not_run_says_why(state: RuleState, words: str) -> None:
    assert words in told(reason(rule(state=state), wallet(), has_role=False))


def test_who_paused_and_when_is_for_admins_only() -> None:
    paused = reason(rule(), wallet(), paused=True, decided=Word(5, NOW - HOUR))
    assert "have paused Holdfast here: nobody" in told(paused)
    assert f"(by <@5>, {stamp(NOW - HOUR)})" in told(paused, ADMIN)


def test_a_decision_that_keeps_the_role_is_told_with_who_and_when() -> None:
    kept = entry(kept_at=NOW - HOUR)
    text = told(reason(rule(SHORT), wallet(), has=kept))
    assert f"an admin decided {stamp(NOW - HOUR)} that you keep the role" in text
    text = told(reason(rule(SHORT), wallet(), has=kept, decided=Word(5, NOW - HOUR)), ADMIN)
    assert f"an admin decided (by <@5>, {stamp(NOW - HOUR)}) that they keep the role" in text
    assert "`/member unprotect`" in text


def test_protection_and_adoption_name_their_dates() -> None:
    protected = told(reason(rule(SHORT), wallet(), has=entry(), protected=True))
    assert f"protects you: the role stays until {stamp(NOW + HOUR, 'f')}" in protected
    adopted = entry(adopted_until=NOW + 5 * HOUR)
    assert f"You keep the role until {stamp(NOW + 5 * HOUR, 'f')}" in told(reason(rule(SHORT), has=adopted))


def test_who_protects_and_why_is_for_admins_only() -> None:
    shield = Protection(GUILD, USER, None, None, "runs the *art* contest", 5, NOW - HOUR)
    about = replace(reason(rule(SHORT), wallet(), has=entry(), protected=True), protection=shield)
    assert f"Protected by <@5> {stamp(NOW - HOUR)}: runs the \\*art\\* contest." in told(about, ADMIN)
    assert "contest" not in told(about)
    unneeded = replace(reason(rule(), wallet(), has=entry()), protection=shield)
    assert "An admin protects this role until an admin ends it" in told(unneeded)


def test_a_removal_that_waits_for_an_admin_says_since_when_and_what_to_do() -> None:
    waiting = reason(rule(SHORT), wallet(), has=entry(lapsed_at=NOW - HOUR), hold=HOLD)
    text = told(waiting)
    assert f"wait for an admin's decision, since {stamp(NOW - HOUR)}. Until then you keep it." in text
    assert "Approve takes the role" in told(waiting, ADMIN)


def test_who_opted_out_learns_how_to_come_back() -> None:
    text = told(reason(rule(), has=entry(), withdrawal=Withdrawal.OPTED_OUT))
    assert "opted out" in text
    assert "being taken back" in text
    assert "`/privacy optin`" in text


def test_a_collection_that_is_gone_and_wallets_elsewhere_are_told() -> None:
    text = told(reason(rule("cards"), wallet(), has_role=False))
    assert "no collection of this server any more" in text
    assert "Ask an admin to mend the rule: it names `cards`" in text
    assert "none of your linked wallets" in told(reason(rule(), has_role=False))


@pytest.mark.parametrize("outcome", list(RoleOutcome))
@pytest.mark.parametrize("action", list(RoleAction))
def test_the_last_write_is_told_with_how_it_ended_and_on_what_it_rested(
    action: RoleAction, outcome: RoleOutcome
) -> None:
    evidence = Evidence(
        "friends >= 2",
        (("friends", Interval.exact(3)),),
        (ReadingUsed("xch1aa…bb", "spacescan", NOW - HOUR),),
        note="the rule was removed",
    )
    change = JournalEntry(NOW - HOUR, GUILD, USER, ROLE, action, outcome, evidence)
    text = why.about_role(replace(reason(rule(), wallet()), last_change=change), HOLDER)
    assert f"{stamp(NOW - HOUR)}: `friends` 3; read in `xch1aa…bb` from spacescan {stamp(NOW - HOUR)}; " in text
    assert text.endswith("the rule was removed.")
    assert ("should have been" in text) is (outcome is not RoleOutcome.DONE)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("reader", [HOLDER, ADMIN], ids=["holder", "admin"])
def test_every_standing_has_a_sentence_and_a_next_step_for_each_reader(standing: Standing, reader: Reader) -> None:
    about = replace(reason(rule(SHORT, HOUR), wallet(), has=entry(lapsed_at=NOW)), standing=standing)
    for text in (sentence(about, reader), next_step(about, reader)):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "  " not in text
        assert "None" not in text
    if reader.is_admin:
        assert "You " not in sentence(about, reader)


def explained(*links: Link, reasons: Sequence[RoleReason] = ()) -> Explanation:
    return Explanation(USER, True, links, reasons)


def test_the_first_page_tells_of_wallets_and_the_next_reading() -> None:
    linked = explained(link(wallet()), reasons=[reason(rule(), wallet())])
    assert f"read again {stamp(NOW + HOUR)}" in why.pages(linked, HOLDER)[0]
    assert "You have no wallet linked" in why.pages(explained(reasons=[reason(rule())]), HOLDER)[0]
    assert "no rules yet" in why.pages(explained(), HOLDER)[0]


def test_admins_see_how_each_wallet_was_proven_and_never_the_whole_address() -> None:
    page = why.pages(explained(link(wallet()), reasons=[reason(rule(), wallet())]), ADMIN)[0]
    assert f"<@{USER}> has 1 wallet linked" in page
    assert f"signed with the Chia wallet (CHIP-0002) {stamp(NOW - timedelta(days=3))}" in page
    assert wallet().address.text not in page


def test_admins_are_told_of_a_member_who_is_not_there() -> None:
    page = why.pages(replace(explained(), is_present=False), ADMIN)[0]
    assert "is not in this server now" in page


def test_what_is_not_known_comes_first() -> None:
    known = reason(replace(rule(), role_id=1), wallet(), has=entry())
    unknown = reason(replace(rule(), role_id=2), unread(UnknownReason.SERVER), has=entry())
    page = why.pages(explained(link(wallet()), reasons=[known, unknown]), HOLDER)[0]
    assert page.index("<@&2>") < page.index("<@&1>")


def test_hundreds_of_rules_stay_within_the_limits() -> None:
    reasons = [reason(rule("friends >= 2 and friends != 7 and cards"), *map(wallet, range(1, 8)))] * 250
    pages = why.pages(explained(link(wallet()), reasons=reasons), HOLDER)
    assert all(len(page) <= 4096 for page in pages)
    assert sum(page.count(f"<@&{ROLE}>") for page in pages) == 250

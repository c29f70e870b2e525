"""Everything else that is put into words, within Discord's limits."""

from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.challenges import ProofError, ProofFault
from bot.domain.errors import UserError
from bot.domain.expression_errors import ExpressionError
from bot.domain.guilds import GuildSettings
from bot.domain.ledger import RoleAction
from bot.domain.networks import Network
from bot.domain.readings import UnknownReason
from bot.domain.rules import RuleState
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.domain.wallets import ReadingPolicy
from bot.services.doctor import CheckResult, CheckStatus
from bot.services.linking import NewLink
from bot.services.onboarding import Refreshed, Unlinked, Welcome
from bot.services.previewing import Preview
from bot.services.reconciling import Reconciliation, RoleChange
from bot.services.rule_plans import RuleChange
from bot.services.rules import RuleUse
from bot.services.sweep_requests import SweepStatus
from bot.views import doctor, errors, ids, previews, rules, settings, sweep_progress, sweeps, wallets
from bot.views.answers import Answer
from bot.views.challenge import once_more, signing_request
from bot.views.completions import completions
from bot.views.link_items import answer_form
from bot.views.paging import paged
from bot.views.panel import panel
from bot.views.text import cut, joined, pages_of

from .samples import HOUR, NOW, ROLE, STALE, challenge, link, rule, stamp, unread, wallet

FIGURES = SweepFigures(
    wallets=10,
    wallets_due=2,
    wallets_unknown=tuple((cause, 3) for cause in UnknownReason),
    oldest_reading=NOW - HOUR,
    next_due=NOW + HOUR,
    members=7,
    members_waiting=1,
    roles_held=5,
    given_last_day=2,
    taken_last_day=1,
)
SWEEP = Sweep(1, 1, 1, NOW - HOUR)
GIVEN = Reconciliation((RoleChange(ROLE, RoleAction.GIVE),))


@given(st.lists(st.text(min_size=1, max_size=60), max_size=40))
def test_pages_hold_every_block_whole_and_in_order(blocks: list[str]) -> None:
    pages = pages_of(blocks, "\x00", longest=100)
    assert "\x00".join(pages) == "\x00".join(blocks)
    assert all(len(page) <= 100 for page in pages)


@given(st.text(max_size=50), st.integers(1, 50))
def test_a_text_that_is_cut_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert len(cut(text, longest)) == min(len(text), longest)


def test_what_is_left_out_of_a_line_is_counted() -> None:
    assert joined(["a", "b", "c"], 2) == "a, b and 1 more"
    assert joined(["a", "b"], 2) == "a, b"


@given(st.text(max_size=110), st.lists(st.from_regex(r"[a-z]{1,32}", fullmatch=True), max_size=40))
def test_completions_fit_into_discord_and_keep_what_was_typed(typed: str, names: list[str]) -> None:
    offered = completions(typed, names)
    assert len(offered) <= 25
    assert all(0 < len(text) <= 100 for text in offered)
    assert len(set(offered)) == len(offered)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["friends", "cards"]),
        ("friends >= 2 and ", ["friends >= 2 and friends", "friends >= 2 and cards"]),
        ("2 of (cards, ", ["2 of (cards, friends", "2 of (cards, cards"]),
        ("not ", ["not friends", "not cards"]),
        ("friends ", ["friends and", "friends or"]),
        ("(friends) o", ["(friends) or"]),
        ("friends >= 2", []),
        ("friends >= ", []),
        ("friends between ", []),
    ],
)
def test_an_expression_is_completed_where_a_word_can_stand(typed: str, offered: list[str]) -> None:
    assert completions(typed, ["friends", "cards"]) == offered


async def test_a_signing_request_fits_with_the_longest_names() -> None:
    for network in Network:
        for answer in (
            signing_request(challenge(network)),
            once_more(ProofError(ProofFault.WRONG_SIGNATURE, "x" * 900), challenge(network)),
        ):
            assert len(answer.text) <= 2000
            assert challenge(network).text in answer.text
            assert stamp(challenge(network).terms.expires_at) in answer.text
            assert _fits(answer)


async def test_the_panel_and_the_form_fit_and_hold_no_secret() -> None:
    assert _fits(Answer(embeds=(panel("x" * 100),)))
    form = answer_form(2**63)
    assert form.custom_id == ids.answer_form(2**63)
    assert len(form.title) <= 45


async def test_a_page_that_is_gone_shows_the_last_one() -> None:
    answer = paged("rule", "Rules", ["one", "two"], 9)
    assert answer.embeds[0].description == "two"
    assert answer.view is not None
    assert [item.to_component_dict()["custom_id"] for item in answer.view.children] == ["hf:v1:page:rule:0"]
    assert paged("rule", "Rules", ["one"]).view is None


def test_a_welcome_names_the_wallet_the_roles_and_what_comes_next() -> None:
    text = wallets.welcome(Welcome(NewLink(wallet(), None, is_repeat=False), wallet(), GIVEN), NOW)
    assert wallet().address.short in text
    assert wallet().address.text not in text
    assert f"You were given <@&{ROLE}>." in text
    assert f"read again {stamp(NOW + HOUR)}" in text


def test_a_welcome_without_roles_says_what_it_waits_for() -> None:
    again = NewLink(wallet(), None, is_repeat=True)
    nothing = wallets.welcome(Welcome(again, wallet(), Reconciliation()), NOW)
    assert "linked to you already" in nothing
    assert "`/roles why`" in nothing
    assert "within minutes" in wallets.welcome(Welcome(again, wallet(), None), NOW)
    postponed = Welcome(again, wallet(), Reconciliation(is_postponed=True))
    assert "Discord cannot be reached" in wallets.welcome(postponed, NOW)
    assert "screening" in wallets.welcome(Welcome(again, wallet(), Reconciliation()), NOW, is_pending=True)
    frozen = wallets.welcome(Welcome(again, unread(UnknownReason.QUOTA), Reconciliation()), NOW)
    assert "Your proof stands" in frozen
    moved = wallets.welcome(Welcome(replace(again, taken_from=5), wallet(), GIVEN), NOW)
    assert "another member" in moved


def test_twenty_unreadable_wallets_fit() -> None:
    gone = unread(UnknownReason.RETIRED, "Loopring was shut down on 2026-06-29")
    links = [link(replace(gone, id=number)) for number in range(20)]
    assert all(len(page) <= 4096 for page in wallets.pages(links, NOW, STALE))
    refreshed = wallets.refreshed(Refreshed(links, Reconciliation()), NOW, STALE)
    assert len(refreshed) <= 4096
    assert "and 8 more" in refreshed


def test_unlinking_tells_what_became_of_the_roles() -> None:
    taken = Reconciliation((RoleChange(ROLE, RoleAction.TAKE),))
    assert f"taken back: <@&{ROLE}>" in wallets.unlinked(Unlinked(link(wallet()), taken))
    assert "go by themselves" in wallets.unlinked(Unlinked(link(wallet()), None))
    assert "No role of yours" in wallets.unlinked(Unlinked(link(wallet()), Reconciliation()))


def test_a_rule_is_told_with_its_grace() -> None:
    text = rules.done(RuleChange(None, rule(grace=timedelta(days=2)), 0))
    assert "**Rule added:**" in text
    assert "```\nfriends >= 2\n```" in text
    assert "another 2d" in text
    assert "no grace period" in rules.done(RuleChange(rule(), rule(), 0))


def test_a_preview_is_told_with_its_risks() -> None:
    change = RuleChange(None, rule(), 0, ("Administrator",))
    shown = previews.of_change(change, Preview({}, {})).description or ""
    assert "⚠️ This role carries Administrator." in shown
    assert "Nobody has linked a wallet here yet" in shown


def test_250_rules_come_in_pages() -> None:
    stopped = replace(rule(" and ".join(["friends"] * 1 + ["cards"] * 1), state=RuleState.BLOCKED), state_note="Why.")
    pages = rules.pages([RuleUse(stopped, 1)] * 250)
    assert all(len(page) <= 4096 for page in pages)
    assert sum(page.count("stopped, Discord refuses") for page in pages) == 250
    assert "-# Why." in pages[0]


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_bar_is_full_only_at_the_end(done: int, total: int) -> None:
    bar = sweep_progress.bar(done, total)
    assert bar.count("█") + bar.count("░") == 20
    assert ("░" not in bar) is (done >= total)
    assert ("100 %" in bar) is (done >= total)


def test_a_sweep_is_told_from_start_to_end() -> None:
    progress = SweepProgress(10, 4, 1)
    assert "4 of 10 wallets read" in sweep_progress.running(SWEEP, progress, NOW, was_running=False)
    assert "already" in sweep_progress.running(SWEEP, progress, NOW, was_running=True)
    assert "<#5>" in sweep_progress.outlasted(SWEEP, progress, NOW, 5)
    assert "/sweep status" in sweep_progress.outlasted(SWEEP, progress, NOW, None)
    finished = sweeps.finished(progress, FIGURES)
    assert "stay as they are" in finished
    assert len(finished) <= 2000


def test_the_status_fits_however_much_is_wrong() -> None:
    for sweep in (None, SWEEP, replace(SWEEP, finished_at=NOW)):
        text = sweeps.status(SweepStatus(FIGURES, sweep, None if sweep is None else SweepProgress(10, 4, 1)), NOW)
        assert len(text) <= 2000
        assert "5 roles are held from Holdfast" in text


def test_settings_show_the_default_as_one() -> None:
    policy = ReadingPolicy(timedelta(hours=6), timedelta(minutes=30), STALE)
    text = settings.overview(GuildSettings(1), policy, timedelta(days=1))
    assert "`grace`: 1d (the default of this bot)" in text
    assert "every 6h" in text


def test_the_doctor_counts_what_is_wrong() -> None:
    good = CheckResult("Readings", CheckStatus.GOOD, "None unreadable.")
    assert "All is well" in doctor.pages([good])[0]
    bad = CheckResult("Rule", CheckStatus.BAD, "Refused.", "Move the role.")
    page = doctor.pages([good, bad])[0]
    assert "1 thing needs" in page
    assert page.index("Rule") < page.index("Readings")
    assert "-# Move the role." in page


def test_errors_are_shown_as_they_are_and_expressions_in_a_code_block() -> None:
    assert errors.in_words(UserError("Do this.")) == "Do this."
    text = errors.in_words(ExpressionError("friends = 2", 9, "“=” stands here", "Write ==."))
    assert text.endswith("\n```")
    assert "        ^" in text
    assert "`AB12CD`" in errors.unexpected("AB12CD")


def test_refusals_of_the_command_tree_have_words() -> None:
    assert "server only" in (errors.refused(app_commands.NoPrivateMessage()) or "")
    assert "Integrations" in (errors.refused(app_commands.CheckFailure()) or "")
    assert "reload" in (errors.refused(app_commands.CommandNotFound("x", [])) or "").lower()
    assert errors.refused(app_commands.AppCommandError()) is None


def _fits(answer: Answer) -> bool:
    """Within Discord's limits for embeds: field values of 1,024, 6,000 in all."""
    fields = [field for embed in answer.embeds for field in embed.fields]
    values = [field.value or "" for field in fields]
    whole: int = sum(len(embed) for embed in answer.embeds)
    return (
        all(0 < len(value) <= 1024 for value in values)
        and whole <= 6000
        and isinstance(answer.embeds[0], discord.Embed)
    )

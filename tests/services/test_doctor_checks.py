"""What the doctor says of one server, check by check."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.brakes import BrakeHold
from bot.domain.budgets import RefusalFigures
from bot.domain.diagnosis import FrozenMember, FrozenWallets
from bot.domain.grammar import parse
from bot.domain.guilds import ChannelState, GuildSettings, GuildSnapshot, RoleSnapshot
from bot.domain.ledger import RoleAction
from bot.domain.members import Unreachable
from bot.domain.networks import Network
from bot.domain.reading_words import WORDS
from bot.domain.readings import UnknownReason
from bot.domain.rivals import Flip
from bot.domain.rules import Collection, Rule, RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.sweeps import SweepFigures
from bot.domain.wallets import Gap
from bot.services.doctor import CheckResult, CheckStatus
from bot.services.doctor.discord_checks import (
    check_budget,
    check_channel,
    check_permissions,
    check_role_order,
    check_rules,
)
from bot.services.doctor.facts import GuildFacts
from bot.services.doctor.holding_checks import check_evidence, check_holds, check_pause, check_rivals, check_sweep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUILD, ROLE, OWN = 1, 10, 20
MANAGE_ROLES = 1 << 28
FIGURES = SweepFigures(
    wallets=3,
    wallets_due=0,
    wallets_unknown=(),
    oldest_reading=NOW - HOUR,
    next_due=NOW + HOUR,
    members=2,
    members_waiting=0,
    roles_held=2,
    given_last_day=1,
    taken_last_day=0,
)
RULE = Rule(1, GUILD, ROLE, "Holder", parse("friends", ["friends"]), HOUR)
FACTS = GuildFacts(
    guild_id=GUILD,
    now=NOW,
    rules=[RULE],
    collections=[Collection(1, GUILD, "friends", Selector(Network.CHIA_MAINNET, SelectorKind.ANY))],
    settings=GuildSettings(GUILD),
    figures=FIGURES,
    frozen=(),
    sweep=None,
    holds=(),
    rivalries=(),
)


def guild(*, position: int = 5, permissions: int = MANAGE_ROLES, role_permissions: int = 0) -> GuildSnapshot:
    """A server with the rule's role, and the bot's role at position 9."""
    roles = (
        RoleSnapshot(GUILD, "@everyone", 0, 0, managed=False),
        RoleSnapshot(ROLE, "Holder", position, role_permissions, managed=False),
        RoleSnapshot(OWN, "holdfast", 9, permissions, managed=True),
    )
    return GuildSnapshot(GUILD, "Friends", 99, roles, frozenset({GUILD, OWN}), mfa_blocks_bot=False)


def rules(of: GuildSnapshot, facts: GuildFacts = FACTS) -> list[CheckResult]:
    return list(check_rules(of, facts))


def test_a_server_in_order_is_good_throughout() -> None:
    found = [check_permissions(guild()), check_role_order(guild(), [RULE]), *rules(guild()), *check_evidence(FACTS)]
    assert {result.status for result in [*found, check_sweep(FACTS, HOUR)]} == {CheckStatus.GOOD}


def test_a_role_above_the_bots_is_a_matter_of_the_order_alone() -> None:
    above = guild(position=9)
    assert check_role_order(above, [RULE]).status is CheckStatus.BAD
    assert rules(above) == []
    stopped = replace(RULE, state=RuleState.BLOCKED, state_note="Discord refused it.")
    (result,) = rules(above, replace(FACTS, rules=[stopped]))
    assert "`/rule resume`" in result.fix


def test_a_bot_without_a_role_of_its_own_is_told_to_be_invited_again() -> None:
    assert "Invite it again" in check_role_order(replace(guild(), bot_role_ids=frozenset({GUILD})), [RULE]).fix


def test_missing_permission_and_two_factor_are_named_once() -> None:
    assert "Manage Roles" in check_permissions(guild(permissions=0)).reason
    locked = replace(guild(), mfa_blocks_bot=True)
    assert "two-factor" in check_permissions(locked).reason
    assert rules(locked) == []


@pytest.mark.parametrize(
    ("rule", "status", "words"),
    [
        (replace(RULE, role_id=404), CheckStatus.BAD, "does not exist any more"),
        (replace(RULE, state=RuleState.PAUSED, state_note="paused by <@5>"), CheckStatus.WARNING, "paused by <@5>"),
        (replace(RULE, state=RuleState.BLOCKED, state_note="Refused."), CheckStatus.BAD, "It was stopped: Refused."),
        (replace(RULE, expression=parse("cards", ["cards"])), CheckStatus.BAD, "`cards`"),
    ],
)
def test_each_trouble_of_a_rule_is_told_with_what_to_do(rule: Rule, status: CheckStatus, words: str) -> None:
    (result,) = rules(guild(), replace(FACTS, rules=[rule]))
    assert result.status is status
    assert words in result.reason
    assert result.fix


def test_a_role_that_carries_dangerous_permissions_is_worth_a_look() -> None:
    (result,) = rules(guild(role_permissions=1 << 2))
    assert result.status is CheckStatus.WARNING
    assert "Ban Members" in result.reason


@pytest.mark.parametrize("state", [*ChannelState, Unreachable("HTTP 500")], ids=str)
def test_a_channel_is_good_only_when_posts_arrive(state: ChannelState | Unreachable) -> None:
    result = check_channel("Log channel", 7, state, "so nobody is told")
    assert (result.status is CheckStatus.GOOD) is (state is ChannelState.OPEN)
    assert bool(result.fix) is (state is not ChannelState.OPEN)


def frozen(gap: Gap, reason: UnknownReason | None = None, network: Network = Network.CHIA_MAINNET) -> GuildFacts:
    return replace(FACTS, frozen=[FrozenWallets(network, gap, reason, 3, 2, NOW - HOUR)])


@pytest.mark.parametrize("reason", list(UnknownReason))
def test_frozen_members_are_told_with_network_reason_and_since(reason: UnknownReason) -> None:
    (result,) = check_evidence(frozen(Gap.UNREADABLE, reason))
    assert result.status is CheckStatus.WARNING
    assert result.label == "Frozen on Chia"
    assert WORDS[reason] in result.reason
    assert f"3 wallets of 2 members could not be read since <t:{int((NOW - HOUR).timestamp())}:R>" in result.reason


def test_a_few_frozen_members_are_named_with_since_when() -> None:
    facts = frozen(Gap.UNREADABLE, UnknownReason.AUTH)
    group = replace(facts.frozen[0], members=3, longest=(FrozenMember(5, NOW - HOUR), FrozenMember(6, None)))
    (result,) = check_evidence(replace(facts, frozen=[group]))
    assert f"That is <@5> since <t:{int((NOW - HOUR).timestamp())}:R>, <@6> and 1 member more." in result.reason


def test_what_passes_by_itself_is_no_warning() -> None:
    assert [result.status for result in check_evidence(frozen(Gap.EMPTIED))] == [CheckStatus.GOOD]
    assert [result.status for result in check_evidence(frozen(Gap.STALE))] == [CheckStatus.WARNING]


def test_wallets_on_a_network_that_no_rule_counts_freeze_nobody() -> None:
    (result,) = check_evidence(frozen(Gap.UNREADABLE, UnknownReason.AUTH, Network.LOOPRING))
    assert result.status is CheckStatus.GOOD


def test_a_sweep_that_lags_behind_is_bad() -> None:
    late = replace(FACTS, figures=replace(FIGURES, next_due=NOW - 3 * HOUR, wallets_due=3))
    assert check_sweep(late, timedelta(hours=2)).status is CheckStatus.BAD
    assert check_sweep(late, timedelta(hours=4)).status is CheckStatus.GOOD


def test_pauses_holds_and_rivals_are_worth_a_look() -> None:
    assert list(check_pause(FACTS)) == list(check_holds(FACTS)) == list(check_rivals(FACTS)) == []
    busy = replace(
        FACTS,
        settings=GuildSettings(GUILD, paused=True),
        holds=[BrakeHold(1, GUILD, ROLE, NOW - HOUR, 12, 12, 1)],
        rivalries=[Flip(NOW, GUILD, user, ROLE, RoleAction.GIVE, is_rivalry=True) for user in (5, 6)],
    )
    (pause,), (hold,), (rival,) = check_pause(busy), check_holds(busy), check_rivals(busy)
    assert {pause.status, hold.status, rival.status} == {CheckStatus.WARNING}
    assert "12 removals wait" in hold.reason
    assert "2 members" in rival.reason


def test_refused_requests_are_told_before_discord_bans_the_host() -> None:
    assert check_budget(RefusalFigures(3, 500, 10 * timedelta(minutes=1))) == ()
    (near,) = check_budget(RefusalFigures(200, 500, 10 * timedelta(minutes=1)))
    assert near.status is CheckStatus.WARNING
    (over,) = check_budget(RefusalFigures(500, 500, 10 * timedelta(minutes=1)))
    assert over.status is CheckStatus.BAD
    assert "within 10m" in over.reason

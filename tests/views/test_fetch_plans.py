"""How wallets are read, in words for admins."""

from datetime import UTC, datetime, timedelta

from bot.domain.budgets import CallBudget, cadence
from bot.domain.fetch_plans import FetchPlan, PlannedPass, Why
from bot.domain.networks import Network
from bot.domain.wallets import ReadingPolicy
from bot.services.spending import NetworkStanding
from bot.views.fetch_plans import in_status

CHIA = Network.CHIA_MAINNET
NOW = datetime(2025, 3, 11, tzinfo=UTC)
NEXT_MONTH = datetime(2025, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=HOUR / 2, stale_after=48 * HOUR)


def standing(
    wallets: int,
    *,
    spent: int = 0,
    quota: int | None = None,
    lively: int = 0,
    spacing: float = 12.0,
    paused_for: float = 0.0,
    plan: FetchPlan | None = None,
) -> NetworkStanding:
    budget = CallBudget("spacescan", spacing, spent, quota, NEXT_MONTH, paused_for)
    found = cadence(wallets, lively, budget.spacing_of_sweeps(NOW), POLICY.interval, POLICY.stale_after)
    return NetworkStanding(CHIA, wallets, budget, found, plan)


def told(one: NetworkStanding) -> str:
    return in_status([one], POLICY, NOW)


def test_nothing_is_said_where_no_wallet_is_linked() -> None:
    assert in_status([], POLICY, NOW) == ""


def test_a_budget_that_suffices_is_told_in_a_line() -> None:
    assert told(standing(1_000)).splitlines()[1] == f"{CHIA.label}: each wallet every 6h, from spacescan."


def test_the_honest_cadence_at_a_quota() -> None:
    text = told(standing(1_000, spent=10_000, quota=33_000))
    assert "each wallet every 26h at this quota (spacescan, 1000 wallets)" in text.replace("1d2h", "26h")
    assert "10,000 of 33,000 calls to spacescan are used this month; one in 10 is kept for members who wait" in text


def test_those_that_changed_lately_are_read_more_often() -> None:
    text = told(standing(1_000, spent=10_000, quota=33_000, lively=50))
    assert "every 6h where something changed within a week" in text


def test_a_quota_that_cannot_keep_readings_fresh_is_a_warning_with_what_it_means() -> None:
    text = told(standing(5_000, spent=10_000, quota=33_000))
    assert "⚠️ Readings get older than" in text
    assert "roles that rest on them stay as they are in between" in text


def test_a_quota_that_is_spent_says_so() -> None:
    text = told(standing(5, spent=30_000, quota=33_000))
    assert "no call to spacescan is left for sweeps this month, so 5 wallets cannot be re-checked" in text


def test_a_pause_that_the_service_asked_for_is_told_with_its_end() -> None:
    assert f"it goes on <t:{int(NOW.timestamp()) + 90}:R>" in told(standing(5, paused_for=90))


def test_a_plan_tells_calls_minutes_and_why() -> None:
    plan = FetchPlan(
        CHIA,
        NOW,
        due=1_000,
        passes=(PlannedPass("col1a", 20), PlannedPass("col1b", 24)),
        confirmed=880,
        alone=((Why.SINGLE, 100), (Why.FIRST, 20)),
        spacing=12.0,
    )
    text = told(standing(1_000, plan=plan))
    assert "164 calls for 1000 wallets, about 33m." in text
    assert "2 collections are listed in 44 calls, which confirms up to 880." in text
    assert "Read one by one: 100 (rules ask for single NFTs, or for any NFT at all); 20 (never read" in text

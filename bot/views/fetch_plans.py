"""How wallets are read: the newest plan, what may be spent, and how often that lets each wallet be read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.domain.budgets import RESERVED_PART
from bot.domain.durations import format_duration
from bot.domain.fetch_plans import FetchPlan, Why
from bot.domain.wallets import ReadingPolicy
from bot.services.spending import NetworkStanding
from bot.views.text import counted, relative

_WHY: Final = {
    Why.FIRST: "never read completely so far, or in doubt",
    Why.SINGLE: "rules ask for single NFTs, or for any NFT at all",
    Why.UNASKED: "no rule asks about them",
    Why.NO_READER: "the service does not list whole collections",
    Why.UNCOUNTED: "the size of a collection is not known, or listing it failed lately",
    Why.DEARER: "listing their collections would take more calls",
}


def in_status(standings: Iterable[NetworkStanding], policy: ReadingPolicy, now: datetime) -> str:
    """How wallets are read on all networks, in the whole installation."""
    lines = [line for standing in standings for line in _lines(standing, policy, now)]
    return "\n".join(["**How wallets are read** (by this bot, in all its servers)", *lines]) if lines else ""


def _lines(standing: NetworkStanding, policy: ReadingPolicy, now: datetime) -> Iterable[str]:
    budget, found = standing.budget, standing.cadence
    yield f"{standing.network.label}: {_cadence(standing, policy)}"
    if found.is_too_slow:
        yield (
            f"⚠️ Readings get older than {format_duration(policy.stale_after)}, after which they do not count: roles "
            "that rest on them stay as they are in between. The bot's host can raise the quota, or get a faster plan."
        )
    if budget.quota is not None:
        yield (
            f"-# {budget.spent:,} of {budget.quota:,} calls to {budget.provider} are used this month; one in "
            f"{RESERVED_PART} is kept for members who wait. It starts again {relative(budget.resets_at)}."
        )
    if budget.paused_for > 0:
        goes_on = relative(now + timedelta(seconds=budget.paused_for))
        yield f"-# {budget.provider} asked us to pause; it goes on {goes_on}."
    if standing.plan is not None and standing.plan.due:
        yield f"-# {_plan(standing.plan)}"


def _cadence(standing: NetworkStanding, policy: ReadingPolicy) -> str:
    budget, found = standing.budget, standing.cadence
    wallets = counted(standing.wallets, "wallet", "wallets")
    if found.quiet is None:
        return f"no call to {budget.provider} is left for sweeps this month, so {wallets} cannot be re-checked."
    if not found.is_stretched:
        return f"each wallet every {format_duration(policy.interval)}, from {budget.provider}."
    cause = "quota" if budget.quota is not None else "pace"
    if found.quiet == found.lively:
        return f"each wallet every {_hours(found.quiet)} at this {cause} ({budget.provider}, {wallets})."
    return (
        f"each wallet every {_hours(found.quiet)} at this {cause} ({budget.provider}, {wallets}); every "
        f"{_hours(found.lively)} where something changed within a week."
    )


def _plan(plan: FetchPlan) -> str:
    takes = f", about {_hours(plan.takes)}" if plan.takes >= timedelta(minutes=1) else ""
    text = (
        f"Plan from {relative(plan.made_at)}: {counted(plan.calls, 'call', 'calls')} for "
        f"{counted(plan.due, 'wallet', 'wallets')}{takes}."
    )
    if plan.passes:
        lists = counted(len(plan.passes), "collection is", "collections are")
        text += (
            f" {lists} listed in {counted(plan.pass_calls, 'call', 'calls')}, which confirms up to {plan.confirmed}."
        )
    if plan.alone:
        each = "; ".join(f"{count} ({_WHY[why]})" for why, count in plan.alone)
        text += f" Read one by one: {each}."
    return text


def _hours(span: timedelta) -> str:
    """A span to the full minute or, when it is long, to the full hour."""
    unit = 3600 if span >= timedelta(hours=10) else 60
    return format_duration(timedelta(seconds=max(unit, round(span.total_seconds() / unit) * unit)))

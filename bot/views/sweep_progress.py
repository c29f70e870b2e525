"""How a sweep that somebody asked for is going, and how it ended."""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.durations import format_duration
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.views.text import counted, person, relative

_CELLS: Final = 20
_SURE_AFTER: Final = 10
"""Wallets read before it is said how long the rest may take."""
_STATUS: Final = "`/sweep status` shows how far it is."


def bar(done: int, total: int) -> str:
    """Draw how much of a whole is done; full only when all of it is."""
    share = 1.0 if total <= 0 else min(max(done / total, 0.0), 1.0)
    cells = int(share * _CELLS)
    return f"`{'█' * cells}{'░' * (_CELLS - cells)}` {int(share * 100)} %"


def how_far(sweep: Sweep, progress: SweepProgress, now: datetime) -> str:
    """The bar, and in numbers what is done, what it cost, and when it may end."""
    lines = [
        bar(progress.wallets_done, progress.wallets_total),
        f"{progress.wallets_done} of {counted(progress.wallets_total, 'wallet', 'wallets')} read{_unknown(progress)}",
        f"{progress.members_done} of {counted(progress.members_total, 'member', 'members')} up to date, "
        f"{progress.members_waiting} to have their roles checked",
        f"{counted(progress.calls, 'call', 'calls')} to balance services since it began",
    ]
    remaining = progress.remaining(now - sweep.started_at) if progress.wallets_done >= _SURE_AFTER else None
    if progress.wallets_done < progress.wallets_total and remaining is not None:
        lines.append(f"All wallets are read about {relative(now + remaining)}, if it goes on as it went.")
    return "\n".join(lines)


def running(sweep: Sweep, progress: SweepProgress, now: datetime, *, was_running: bool) -> str:
    """A sweep under way."""
    head = "**The sweep is running.**"
    if was_running:
        asked = "" if sweep.requested_by is None else f" {person(sweep.requested_by)} asked for it"
        head = f"**A sweep is running here already**, so this shows that one.{asked} {relative(sweep.started_at)}."
    return "\n".join(
        [
            head,
            how_far(sweep, progress, now),
            f"-# It goes on when you close this, and when the bot restarts; {_STATUS} Roles change only on complete "
            "readings.",
        ]
    )


def finished(progress: SweepProgress, roles: str, unknown: str) -> str:
    """A sweep that has come to its end. `roles` and `unknown` say how things stand now."""
    checked = counted(progress.wallets_total, "wallet was", "wallets were")
    spent = counted(progress.calls, "call", "calls")
    lines = ["**The sweep is finished.**", bar(1, 1), f"{checked} checked with {spent} to balance services. {roles}"]
    return "\n".join([*lines, unknown] if unknown else lines)


def cancelled(sweep: Sweep, progress: SweepProgress) -> str:
    """A sweep that was called off."""
    left = progress.wallets_total - progress.wallets_done
    rest = f"{counted(left, 'wallet was', 'wallets were')} not read and will be when it is their turn anyway."
    lines = [
        f"**The sweep {cancelled_by(sweep)}.**",
        bar(progress.wallets_done, progress.wallets_total),
        f"{progress.wallets_done} of {counted(progress.wallets_total, 'wallet', 'wallets')} had been read"
        f"{_unknown(progress)}. That counts, and the roles that follow from it are still brought into line.",
        rest if left > 0 else "",
        "-# No role changes because of what was not read. `/sweep now` reads all wallets again.",
    ]
    return "\n".join(line for line in lines if line)


def cancelled_by(sweep: Sweep) -> str:
    """That, and by whom a sweep was called off."""
    return "was cancelled" if sweep.cancelled_by is None else f"was cancelled by {person(sweep.cancelled_by)}"


def outlasted(sweep: Sweep, progress: SweepProgress, now: datetime, log_channel_id: int | None) -> str:
    """A sweep that takes longer than Discord lets an answer be edited."""
    rest = _STATUS if log_channel_id is None else f"Its end is reported in <#{log_channel_id}>; {_STATUS}"
    return "\n".join(
        [
            "**The sweep goes on**, longer than this message can be kept up to date.",
            how_far(sweep, progress, now),
            rest,
        ]
    )


def reported(sweep: Sweep, progress: SweepProgress, figures: SweepFigures, now: datetime) -> str:
    """The end of a sweep, for the log channel."""
    took = max(now - sweep.started_at, timedelta(seconds=1))
    unknown = sum(count for _, count in figures.wallets_unknown)
    frozen = f" {unknown} could not be read; roles that rest on these stay as they are." if unknown else ""
    checked = counted(progress.wallets_total, "wallet was", "wallets were")
    calls = counted(progress.calls, "call", "calls")
    spent = f"in {format_duration(_rounded(took))}, with {calls} to balance services"
    return f"**Sweep finished.** {checked} checked {spent}.{frozen}"


def _rounded(took: timedelta) -> timedelta:
    seconds = int(took.total_seconds())
    return timedelta(seconds=seconds if seconds < 3600 else seconds - seconds % 60)


def _unknown(progress: SweepProgress) -> str:
    return f", {progress.wallets_unknown} of them unknown" if progress.wallets_unknown else ""

"""How a sweep, and re-verification as a whole, is going."""

from datetime import datetime
from typing import Final

from bot.domain.reading_words import WORDS
from bot.domain.sweeps import SweepFigures, SweepProgress
from bot.services.sweep_requests import SweepStatus
from bot.views import sweep_progress
from bot.views.text import counted, relative

_MOST_CAUSES: Final = 5


def finished(progress: SweepProgress, figures: SweepFigures) -> str:
    """A sweep that has come to its end, and how things stand now."""
    return sweep_progress.finished(progress, _roles(figures), _unknown(figures) if figures.wallets_unknown else "")


def status(current: SweepStatus, now: datetime) -> str:
    """How re-verification stands in a server."""
    figures = current.figures
    lines = [
        "**Re-verification in this server**",
        f"{counted(figures.wallets, 'linked wallet', 'linked wallets')} of "
        f"{counted(figures.members, 'member', 'members')}; {figures.wallets_due} due now.",
    ]
    if figures.oldest_reading is not None:
        lines.append(f"The oldest reading was made {relative(figures.oldest_reading)}.")
    if figures.next_due is not None:
        when = "now" if figures.next_due <= now else relative(figures.next_due)
        lines.append(f"The next wallet is due {when}.")
    if figures.wallets_unknown:
        lines.append(_unknown(figures))
    waiting = counted(figures.members_waiting, "member waits", "members wait")
    lines.append(f"{_roles(figures)} {waiting} to have their roles checked.")
    lines.append(_last_sweep(current, now))
    return "\n".join(lines)


def _last_sweep(current: SweepStatus, now: datetime) -> str:
    sweep, progress = current.sweep, current.progress
    if sweep is None or progress is None:
        return (
            "Nobody has asked for a sweep yet; wallets are read by themselves, one after the other, around the clock."
        )
    asked = f"The last sweep was asked for {relative(sweep.started_at)}"
    if sweep.cancelled and sweep.finished_at is not None:
        return f"{asked} and {sweep_progress.cancelled_by(sweep)} {relative(sweep.finished_at)}."
    if sweep.finished_at is not None:
        return f"{asked} and ended {relative(sweep.finished_at)}."
    return f"{asked} and is running.\n{sweep_progress.how_far(sweep, progress, now)}"


def _roles(figures: SweepFigures) -> str:
    return (
        f"{counted(figures.roles_held, 'role is', 'roles are')} held from Holdfast; {figures.given_last_day} given and "
        f"{figures.taken_last_day} taken back within a day."
    )


def _unknown(figures: SweepFigures) -> str:
    total = sum(count for _, count in figures.wallets_unknown)
    worst = sorted(figures.wallets_unknown, key=lambda cause: -cause[1])[:_MOST_CAUSES]
    causes = "\n".join(f"-# {count} × {WORDS[reason]}" for reason, count in worst)
    return (
        f"⚠️ {counted(total, 'wallet', 'wallets')} could not be read; roles that rest on that stay as they are.\n"
        f"{causes}"
    )

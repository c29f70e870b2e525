"""How a sweep, and re-verification as a whole, is going."""

from datetime import datetime
from typing import Final

from bot.domain.reading_words import WORDS
from bot.domain.sweeps import SweepFigures, SweepProgress
from bot.services.sweeping import SweepStatus
from bot.views.text import counted, relative

_CELLS: Final = 20
_MOST_CAUSES: Final = 5


def bar(done: int, total: int) -> str:
    """Draw how much of a whole is done; full only when all of it is."""
    share = 1.0 if total <= 0 else min(max(done / total, 0.0), 1.0)
    cells = int(share * _CELLS)
    return f"`{'█' * cells}{'░' * (_CELLS - cells)}` {int(share * 100)} %"


def running(progress: SweepProgress, *, was_running: bool) -> str:
    """A sweep under way."""
    head = (
        "**A sweep is running here already**, so this shows that one." if was_running else "**The sweep is running.**"
    )
    waiting = counted(progress.members_waiting, "member waits", "members wait")
    return "\n".join(
        [
            head,
            bar(progress.wallets_done, progress.wallets_total),
            f"{progress.wallets_done} of {counted(progress.wallets_total, 'wallet', 'wallets')} read, {waiting} to "
            "have their roles checked.",
            "-# It goes on when you close this. Roles change only on complete readings.",
        ]
    )


def finished(progress: SweepProgress, figures: SweepFigures) -> str:
    """A sweep that has come to its end."""
    lines = [
        "**The sweep is finished.**",
        bar(1, 1),
        f"{counted(progress.wallets_total, 'wallet was', 'wallets were')} checked. {_roles(figures)}",
    ]
    if figures.wallets_unknown:
        lines.append(_unknown(figures))
    return "\n".join(lines)


def outlasted(progress: SweepProgress, log_channel_id: int | None) -> str:
    """A sweep that takes longer than Discord lets an answer be edited."""
    rest = (
        "`/sweep status` shows how far it is."
        if log_channel_id is None
        else f"Its end is reported in <#{log_channel_id}>; `/sweep status` shows how far it is."
    )
    return "\n".join(
        [
            "**The sweep goes on**, longer than this message can be kept up to date.",
            bar(progress.wallets_done, progress.wallets_total),
            rest,
        ]
    )


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
    lines.append(_last_sweep(current))
    return "\n".join(lines)


def _last_sweep(current: SweepStatus) -> str:
    sweep, progress = current.sweep, current.progress
    if sweep is None or progress is None:
        return (
            "Nobody has asked for a sweep yet; wallets are read by themselves, one after the other, around the clock."
        )
    asked = f"The last sweep was asked for {relative(sweep.started_at)}"
    if sweep.finished_at is not None:
        return f"{asked} and ended {relative(sweep.finished_at)}."
    return f"{asked} and is running.\n{bar(progress.wallets_done, progress.wallets_total)}"


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

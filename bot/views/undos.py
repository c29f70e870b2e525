"""Undoing a sweep, as its admin sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import discord

from bot.domain.sweeps import Sweep, SweepChanges, SweepKind
from bot.domain.undos import SkipReason, UndoAction, UndoStep
from bot.services.undoing import UndoOutline, UndoProgress
from bot.views.sweep_progress import bar
from bot.views.text import CHOICE_MAX, PAGE_MAX, counted, cut, exact, relative, role

_MOST_NAMED: Final = 30
_SKIPPED: Final[Mapping[SkipReason, str]] = {
    SkipReason.LEFT: "left the server since then",
    SkipReason.ROLE_GONE: "the role was deleted",
    SkipReason.CHANGED_SINCE: "changed again since then, on newer evidence or by another undo",
    SkipReason.HAS_IT: "has the role already",
    SkipReason.LACKS_IT: "does not have the role any more",
    SkipReason.NOT_OURS: "somebody else gave the role since then",
    SkipReason.PROTECTED: "is protected",
    SkipReason.OPTED_OUT: "does not want to count in this server",
    SkipReason.FORBIDDEN: "Discord does not let Holdfast change the role",
    SkipReason.DID_NOT_STICK: "Discord confirmed it, but the role was changed back each time",
}
CANCELLED: Final = "**Cancelled.** The sweep stays as it is."
STARTING: Final = "Starting…"
CHANGED: Final = "⚠️ Roles have changed since that was shown, so nothing was done. This is what the undo would do now:"


def choice(changes: SweepChanges, now: datetime, name: str | None) -> str:
    """A sweep in a list to choose from, where markup does not work. Times are UTC."""
    sweep = changes.sweep
    parts = [
        f"{changes.taken} taken" if changes.taken else "",
        f"{changes.given} given" if changes.given else "",
        "undone" if changes.undone_at else "",
    ]
    return cut(
        f"{_day(sweep.started_at, now)} UTC, {_cause(sweep, name)}: {', '.join(filter(None, parts))}", CHOICE_MAX
    )


def outlined(outline: UndoOutline, warning: str = "") -> discord.Embed:
    """What undoing a sweep would do, before it is confirmed."""
    sweep = outline.sweep
    who = "by itself" if sweep.requested_by is None else f"asked for by <@{sweep.requested_by}>"
    kind = "The undo" if sweep.kind is SweepKind.UNDO else "The sweep"
    give, take = outline.to_do(UndoAction.GIVE), outline.to_do(UndoAction.TAKE)
    lines = [warning, f"**{kind} of {exact(sweep.started_at)}**, {who}."]
    if give:
        lines.append(f"🟢 **{counted(len(give), 'role is', 'roles are')} given back:** {_named(give)}")
        lines.append("-# Who gets a role back keeps it, whatever the rule says, until they meet the rule again.")
    if take:
        lines.append(f"🔴 **{counted(len(take), 'role is', 'roles are')} taken back:** {_named(take)}")
        lines.append("-# They are not given again until their holders stop meeting the rule and then meet it anew.")
    if not give and not take:
        lines.append("There is nothing left that could be undone.")
    lines += _skips(outline.skipped)
    if give or take:
        lines.append("Nothing happens until you confirm. It works while rules or the whole server are paused, too.")
    text = "\n".join(line for line in lines if line)
    return discord.Embed(title="Undo a sweep", description=cut(text, PAGE_MAX), colour=discord.Colour.dark_teal())


def running(progress: UndoProgress) -> str:
    """An undo under way."""
    done = progress.total - progress.waiting
    return "\n".join(
        [
            "**The sweep is being undone.**",
            bar(done, progress.total),
            f"{done} of {counted(progress.total, 'role', 'roles')} seen to, about one per second.",
            "-# It goes on when you close this.",
        ]
    )


def finished(progress: UndoProgress) -> str:
    """An undo that has come to its end."""
    return "\n".join(
        [
            "**The sweep is undone.**",
            f"{counted(progress.given, 'role was', 'roles were')} given back, {progress.taken} taken back.",
            *_skips(progress.skipped),
        ]
    )


def reported(progress: UndoProgress) -> str:
    """The same for the log channel."""
    undo = progress.undo
    asked = "" if undo.requested_by is None else f", as <@{undo.requested_by}> asked {relative(undo.started_at)}"
    return "\n".join(
        [
            f"**A sweep was undone{asked}:** {counted(progress.given, 'role was', 'roles were')} given back, "
            f"{progress.taken} taken back.",
            *_skips(progress.skipped),
        ]
    )


def outlasted(progress: UndoProgress, log_channel_id: int | None) -> str:
    """An undo that takes longer than Discord lets an answer be edited."""
    end = "" if log_channel_id is None else f" Its end is reported in <#{log_channel_id}>."
    return f"**The undo goes on**, longer than this message can be kept up to date.{end}\n" + bar(
        progress.total - progress.waiting, progress.total
    )


def _named(steps: Sequence[UndoStep]) -> str:
    by_role: dict[int, list[int]] = {}
    for step in steps[:_MOST_NAMED]:
        by_role.setdefault(step.role_id, []).append(step.user_id)
    texts = [
        f"{role(role_id)} of {', '.join(f'<@{user_id}>' for user_id in user_ids)}"
        for role_id, user_ids in by_role.items()
    ]
    more = len(steps) - _MOST_NAMED
    return "; ".join(texts) + (f" and {more} more" if more > 0 else "")


def _skips(skipped: Mapping[SkipReason, int]) -> list[str]:
    if not skipped:
        return []
    total = sum(skipped.values())
    return [
        f"{counted(total, 'role stays as it is', 'roles stay as they are')}:",
        *(f"-# {number} × {_SKIPPED[reason]}" for reason, number in sorted(skipped.items(), key=lambda one: -one[1])),
    ]


def _cause(sweep: Sweep, name: str | None) -> str:
    match sweep.kind:
        case SweepKind.SCHEDULED:
            return "by itself"
        case SweepKind.UNDO:
            return f"undo by {name or 'an admin'}"
        case SweepKind.REQUESTED:
            return f"asked for by {name or 'an admin'}"


def _day(at: datetime, now: datetime) -> str:
    days = (now.date() - at.date()) // timedelta(days=1)
    day = {0: "today", 1: "yesterday"}.get(days, f"{at:%Y-%m-%d}")
    return f"{day} {at:%H:%M}"

"""The picture below `/sweep status`: how holders, role changes and readings went."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import discord
import structlog

from bot.domain.errors import StoreBusyError
from bot.domain.history import History, Series, changes_of, series_of
from bot.services.history import Histories
from bot.views.answers import AnswerFile
from bot.views.text import cut

log = structlog.get_logger(__name__)

NAME: Final = "holdfast.png"
SERIES: Final = 5
"""Lines in the picture, that of all others together included."""
DESCRIPTION_MAX: Final = 1024
"""Characters that Discord takes as a picture's description."""
_PATIENCE: Final = 20.0
"""Seconds that an answer waits for its picture."""


class SweepCharts:
    """Draws one picture at a time, away from the event loop."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._turn = asyncio.Lock()

    async def files(self, interaction: discord.Interaction) -> tuple[AnswerFile, ...]:
        """The picture of a server. None where it cannot be drawn: an answer is worth more than its picture."""
        if interaction.guild_id is None:
            return ()
        names = {} if interaction.guild is None else {role.id: role.name for role in interaction.guild.roles}
        try:
            history = await self._histories.of(interaction.guild_id)
            async with asyncio.timeout(_PATIENCE), self._turn:
                return (await asyncio.to_thread(picture, history, names),)
        except (StoreBusyError, TimeoutError) as error:
            log.info("chart.left_out", guild_id=interaction.guild_id, error=type(error).__name__)
        except (ImportError, OSError, RuntimeError, ValueError):
            log.exception("chart.failed", guild_id=interaction.guild_id)
        return ()


def picture(history: History, names: Mapping[int, str]) -> AnswerFile:
    """Draw the picture. Blocks; the first time for as long as it takes to load the plotting library."""
    from bot.views import chart_drawing

    series = series_of(history, SERIES)
    named = [(one, chart_drawing.readable(_name(one, names), _unnamed(one))) for one in series]
    return AnswerFile(NAME, chart_drawing.draw(history, named), described(history, series, names))


def described(history: History, series: Sequence[Series], names: Mapping[int, str]) -> str:
    """What the picture shows, in words."""
    days = max(round((history.until - history.since).total_seconds() / 86_400), 1)
    span = "the last day" if days == 1 else f"the last {days} days"
    held = ", ".join(f"{_name(one, names)} from {one.values[0]} to {one.last}" for one in series)
    changes = changes_of(history, history.until - history.since)
    given, taken = sum(each.given for each in changes), sum(each.taken for each in changes)
    last = history.points[-1] if history.points else None
    text = (
        f"Charts of {span}. Holders: {held or 'nobody holds a role from Holdfast'}. "
        f"Roles given: {given}, taken: {taken}. Wallets with a complete last reading: {last.complete if last else 0}, "
        f"unknown: {last.unknown if last else 0}."
    )
    return cut(text, DESCRIPTION_MAX)


def _name(series: Series, names: Mapping[int, str]) -> str:
    if series.role_id is None:
        return f"{series.roles} others"
    return names.get(series.role_id, "a deleted role")


def _unnamed(series: Series) -> str:
    return f"Role …{(series.role_id or 0) % 10_000:04}"

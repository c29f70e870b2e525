"""From `/sweep undo`, over what it would do, to the confirmation and the end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import discord

from bot.domain.errors import StoreBusyError, UserError
from bot.domain.sweeps import SweepChanges
from bot.services.admins import Admin
from bot.services.ports import Clock
from bot.services.settings import SettingsAdmin
from bot.services.undoing import OutlineChangedError, Undoing, UndoOutline
from bot.views import undos
from bot.views.answers import Answer, deliver, take
from bot.views.errors import in_words
from bot.views.undo_items import undo_buttons

_TICK: Final = 2.0
"""Seconds between two looks at a running undo."""
_EDITABLE: Final = timedelta(minutes=13)
"""How long an answer is kept up to date; Discord allows 15 minutes from the press."""
_NAMES_WITHIN: Final = 1.5
"""Seconds that looking up names may take; an autocompletion must be answered within three."""


class UndoFlow:
    """Shows what undoing a sweep would do, and how it goes."""

    def __init__(
        self, undoing: Undoing, settings: SettingsAdmin, clock: Clock, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._undoing = undoing
        self._settings = settings
        self._clock = clock
        self._sleep = sleep

    async def choices(self, interaction: discord.Interaction, guild_id: int) -> Sequence[tuple[str, int]]:
        """The sweeps that can be undone, newest first, with their ids."""
        recent = await self._undoing.recent(guild_id)
        names = await _names(interaction, recent)
        now = self._clock.now()
        return [
            (undos.choice(changes, now, names.get(changes.sweep.requested_by or 0)), changes.sweep.id)
            for changes in recent
        ]

    async def begin(self, interaction: discord.Interaction, admin: Admin, sweep_id: int) -> None:
        """Show what undoing a sweep would do, with the buttons that decide about it."""
        await deliver(interaction, _asked(await self._undoing.outline(admin, sweep_id)))

    async def confirm(
        self, interaction: discord.Interaction, admin: Admin, sweep_id: int, shown: tuple[int, int]
    ) -> None:
        """Undo a sweep as it was shown, and show how it goes."""
        if not (interaction.permissions.manage_guild or interaction.permissions.administrator):
            raise UserError("Only people with the permission Manage Server can undo a sweep. Nothing was changed.")
        await take(interaction, undos.STARTING)
        try:
            undo = await self._undoing.start(admin, sweep_id, shown)
        except OutlineChangedError as error:
            await deliver(interaction, _asked(error.outline, undos.CHANGED))
        except StoreBusyError as error:
            await deliver(interaction, Answer(in_words(error), view=undo_buttons(sweep_id, shown)))
        else:
            await self._watch(interaction, admin.guild_id, undo.id)

    async def _watch(self, interaction: discord.Interaction, guild_id: int, undo_id: int) -> None:
        ends_at = self._clock.now() + _EDITABLE
        text = ""
        while True:
            try:
                progress = await self._undoing.progress(guild_id, undo_id)
            except StoreBusyError:
                await self._sleep(_TICK)
                continue
            if progress is None:
                return
            is_over = not progress.waiting
            shown, text = text, undos.finished(progress) if is_over else undos.running(progress)
            if not is_over and self._clock.now() >= ends_at:
                channel_id = (await self._settings.show(guild_id)).log_channel_id
                text, is_over = undos.outlasted(progress, channel_id), True
            if text != shown:
                await deliver(interaction, Answer(text))
            if is_over:
                return
            await self._sleep(_TICK)


def _asked(outline: UndoOutline, warning: str = "") -> Answer:
    view = undo_buttons(outline.sweep.id, outline.size) if any(outline.size) else None
    return Answer(embeds=(undos.outlined(outline, warning),), view=view)


async def _names(interaction: discord.Interaction, recent: Sequence[SweepChanges]) -> dict[int, str]:
    """Who asked for the sweeps, as far as that is known in time."""
    names = {interaction.user.id: f"@{interaction.user.display_name}"}
    guild = interaction.guild
    wanted = {changes.sweep.requested_by for changes in recent} - {None, interaction.user.id}
    if guild is None or not wanted:
        return names

    async def look_up(user_id: int) -> None:
        member = guild.get_member(user_id) or await guild.fetch_member(user_id)
        names[user_id] = f"@{member.display_name}"

    lookups = [asyncio.ensure_future(look_up(user_id)) for user_id in wanted if user_id is not None]
    _, late = await asyncio.wait(lookups, timeout=_NAMES_WITHIN)
    for lookup in late:
        lookup.cancel()
    await asyncio.gather(*lookups, return_exceptions=True)
    return names

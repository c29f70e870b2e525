"""From `/sweep now`, over how it goes, to its end or to calling it off."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import discord
import structlog

from bot.domain.errors import StoreBusyError, UserError
from bot.domain.sweeps import Sweep
from bot.services.admins import Admin
from bot.services.ports import Clock
from bot.services.settings import SettingsAdmin
from bot.services.sweep_requests import SweepRequests, SweepStatus
from bot.views import sweep_progress, sweeps
from bot.views.answers import Answer, deliver, take
from bot.views.errors import in_words
from bot.views.sweep_items import cancel_button

log = structlog.get_logger(__name__)

_TICK: Final = 4.0
"""Seconds between two looks at a running sweep, and so at least between two edits of its message."""
_FIRST_TICK: Final = 1.5
"""Seconds to the second look: a small sweep is over by then."""
_EDITABLE: Final = timedelta(minutes=13)
"""How long an answer is kept up to date; Discord allows 15 minutes from the command."""
_NOT_ALLOWED: Final = "Only people with the permission Manage Server can cancel a sweep. It goes on."
_CANCELLING: Final = "Cancelling the sweep…"


class SweepFlow:
    """Shows how a requested sweep goes, and calls it off."""

    def __init__(
        self, requests: SweepRequests, settings: SettingsAdmin, clock: Clock, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._requests = requests
        self._settings = settings
        self._clock = clock
        self._sleep = sleep

    async def watch(self, interaction: discord.Interaction, sweep: Sweep, *, was_running: bool) -> None:
        """Keep an answer up to date until the sweep is over, or Discord lets nobody edit it any more."""
        ends_at = self._clock.now() + _EDITABLE
        shown, tick = "", _FIRST_TICK
        while True:
            try:
                status = await self._requests.status(sweep.guild_id or 0)
                answer, is_over = await self._answer(sweep, status, ends_at, was_running=was_running)
            except StoreBusyError:
                await self._sleep(_TICK)
                continue
            if answer.text != shown:
                if not await _is_shown(interaction, answer):
                    return
                shown = answer.text
            if is_over:
                return
            await self._sleep(tick)
            tick = _TICK

    async def cancel(self, interaction: discord.Interaction, admin: Admin, sweep_id: int) -> None:
        """Call a sweep off, and say what that means."""
        if not (interaction.permissions.manage_guild or interaction.permissions.administrator):
            raise UserError(_NOT_ALLOWED)
        await take(interaction, _CANCELLING)
        try:
            sweep, progress = await self._requests.cancel(admin.guild_id, sweep_id, admin.user_id)
        except StoreBusyError as error:
            await deliver(interaction, Answer(in_words(error), view=cancel_button(sweep_id)))
        else:
            await deliver(interaction, Answer(sweep_progress.cancelled(sweep, progress)))

    async def _answer(
        self, sweep: Sweep, status: SweepStatus, ends_at: datetime, *, was_running: bool
    ) -> tuple[Answer, bool]:
        now, progress = self._clock.now(), status.progress
        if progress is None or status.sweep is None or status.sweep.id != sweep.id:
            return Answer(sweeps.status(status, now)), True
        if status.sweep.cancelled:
            return Answer(sweep_progress.cancelled(status.sweep, progress)), True
        if status.sweep.finished_at is not None or progress.is_finished:
            return Answer(sweeps.finished(progress, status.figures)), True
        if now >= ends_at:
            channel_id = (await self._settings.show(sweep.guild_id or 0)).log_channel_id
            text = sweep_progress.outlasted(status.sweep, progress, now, channel_id)
            return Answer(text, view=cancel_button(sweep.id)), True
        text = sweep_progress.running(status.sweep, progress, now, was_running=was_running)
        return Answer(text, view=cancel_button(sweep.id)), False


async def _is_shown(interaction: discord.Interaction, answer: Answer) -> bool:
    """Show how it goes. False when there is no message any more to show it in; the sweep does not depend on it."""
    try:
        await deliver(interaction, answer)
    except discord.NotFound:
        return False
    except (discord.HTTPException, OSError) as error:
        log.info("sweep.not_shown", error=type(error).__name__)
        return not (isinstance(error, discord.HTTPException) and error.status == 401)  # the token has expired
    return True

"""From a command that changes a rule, over its preview, to the confirmation."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import discord

from bot.domain.drafts import Proposal
from bot.domain.errors import StoreBusyError
from bot.domain.expressions import Expression, render
from bot.domain.rules import Rule
from bot.services.admins import Admin
from bot.services.drafting import Drafting, Proposed
from bot.services.guild_log import GuildLog
from bot.services.ports import Clock
from bot.services.previewing import Preview, Previewing
from bot.services.rule_plans import DangerousRoleError, RuleChange
from bot.views import previews, rules
from bot.views.answers import Answer, deliver, take
from bot.views.draft_items import (
    ACCEPT,
    CANCEL,
    SHOW,
    accept,
    danger_buttons,
    decision_buttons,
    decision_row,
    waiting_buttons,
)
from bot.views.errors import in_words

_EDITABLE: Final = timedelta(minutes=13)
"""How long an answer is kept up to date; Discord allows 15 minutes from the command."""


class DraftFlow:
    """Shows previews and carries out what is decided about them."""

    def __init__(self, drafting: Drafting, previewing: Previewing, guild_log: GuildLog, clock: Clock) -> None:
        self._drafting = drafting
        self._previewing = previewing
        self._guild_log = guild_log
        self._clock = clock

    async def propose(self, interaction: discord.Interaction, admin: Admin, proposal: Proposal) -> None:
        """Show what a change would do, with the buttons that decide about it."""
        proposed = await self._drafting.propose(admin, proposal)
        draft_id, change = proposed.draft.id, proposed.change

        async def still_open() -> bool:
            return await self._drafting.is_open(draft_id)

        await self._look(
            interaction,
            admin,
            lambda: self._previewing.of_change(change),
            lambda preview: _decision(proposed, preview),
            previews.headline(change),
            draft_id,
            still_open,
        )

    async def show_rule(self, interaction: discord.Interaction, admin: Admin, rule: Rule) -> None:
        """Show what a rule would do with the next check of everybody."""
        await self._look(
            interaction,
            admin,
            lambda: self._previewing.of_rule(rule),
            lambda preview: Answer(embeds=(previews.of_rule(rule, preview),)),
            previews.headline(RuleChange(rule, rule, 0)),
        )

    async def show_expression(self, interaction: discord.Interaction, admin: Admin, expression: Expression) -> None:
        """Show who would meet an expression."""
        text = render(expression)
        await self._look(
            interaction,
            admin,
            lambda: self._previewing.of_expression(admin.guild_id, expression),
            lambda preview: Answer(embeds=(previews.of_expression(text, preview),)),
            f"`{text}`:",
        )

    async def decide(self, interaction: discord.Interaction, admin: Admin, draft_id: int, choice: str) -> None:
        """A button below a preview was pressed."""
        await take(interaction, previews.LOOKING if choice == SHOW else previews.SAVING)
        try:
            await deliver(interaction, await self._decided(admin, draft_id, choice))
        except StoreBusyError as error:
            await deliver(interaction, Answer(in_words(error), view=decision_buttons(draft_id)))

    async def _decided(self, admin: Admin, draft_id: int, choice: str) -> Answer:
        if choice == CANCEL:
            await self._drafting.cancel(admin, draft_id)
            return Answer(previews.CANCELLED)
        if choice == SHOW:
            proposed = await self._drafting.look(admin, draft_id)
            return _decision(proposed, await self._previewing.of_change(proposed.change))
        accepted: tuple[str, ...] = ()
        if choice.startswith(ACCEPT):
            shown = (await self._drafting.look(admin, draft_id)).change
            accepted = shown.dangers if accept(shown.dangers) == choice else ()
        try:
            change = await self._drafting.confirm(admin, draft_id, accepted)
        except DangerousRoleError as error:
            dangers, rule = error.change.dangers, error.change.rule
            buttons = danger_buttons(draft_id, dangers, render(rule.expression))
            return Answer(previews.dangerous(dangers, rule), view=buttons)
        return Answer(rules.done(change))

    async def _look(
        self,
        interaction: discord.Interaction,
        admin: Admin,
        survey: Callable[[], Awaitable[Preview]],
        shown: Callable[[Preview], Answer],
        head: str,
        draft_id: int | None = None,
        is_wanted: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """Survey, read what is missing with the progress shown, and survey again."""
        ends_at = self._clock.now() + _EDITABLE
        preview = await survey()

        async def progress(done: int, total: int) -> None:
            if self._clock.now() < ends_at and (is_wanted is None or await is_wanted()):
                view = None if draft_id is None else waiting_buttons(draft_id)
                await deliver(interaction, Answer(previews.reading(done, total), view=view))

        if await self._previewing.read(preview, progress):
            preview = await survey()
            if is_wanted is not None and not await is_wanted():
                return  # decided meanwhile, and the answer says so
        await self._tell(interaction, admin, shown(preview), ends_at, head, preview, draft_id)

    async def _tell(
        self,
        interaction: discord.Interaction,
        admin: Admin,
        answer: Answer,
        ends_at: datetime,
        head: str,
        preview: Preview,
        draft_id: int | None,
    ) -> None:
        if self._clock.now() < ends_at:
            await deliver(interaction, answer)
            return
        text = previews.outlasted(head, preview, is_draft=draft_id is not None)
        await self._guild_log.post(admin.guild_id, text, () if draft_id is None else decision_row(draft_id))


def _decision(proposed: Proposed, preview: Preview) -> Answer:
    return Answer(embeds=(previews.of_change(proposed.change, preview),), view=decision_buttons(proposed.draft.id))

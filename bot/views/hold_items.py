"""The buttons that decide about held removals, and the board in the log channel that carries them."""

import re
from collections.abc import Sequence
from typing import Protocol, Self

import discord

from bot.domain.brake_causes import HoldNotice
from bot.domain.brakes import HoldDecision, HoldPost
from bot.domain.errors import UserError
from bot.domain.members import Unreachable
from bot.views import holds, ids
from bot.views.answers import untracked
from bot.views.desk import hold_desk
from bot.views.failures import answering
from bot.views.text import cut

HOLDS_IN_STATUS = 3
"""All embeds of a message together hold 6,000 characters, and it has five rows of buttons."""
_LABEL_MAX = 80
_CHOICES = {"approve": HoldDecision.APPROVED, "keep": HoldDecision.KEPT}
_STYLES = {"approve": discord.ButtonStyle.danger, "keep": discord.ButtonStyle.success}


class HoldButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.HOLD):
    """Approve or Keep, for those with Manage Server. It decides about what its message shows, and nothing newer."""

    def __init__(self, choice: str, hold_id: int, through: int, about: str = "", row: int | None = None) -> None:
        label = choice.capitalize() + (f": {about}" if about else "")
        super().__init__(
            discord.ui.Button(
                label=cut(label, _LABEL_MAX),
                style=_STYLES[choice],
                custom_id=ids.hold(choice, hold_id, through),
                row=row,
            )
        )
        self._decision = _CHOICES[choice]
        self._hold_id = hold_id
        self._through = through

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(match["choice"], int(match["hold"]), int(match["through"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Decide, if the person may."""
        async with answering(interaction):
            if not interaction.permissions.manage_guild:
                raise UserError(holds.NOT_ALLOWED)
            await hold_desk(interaction).decide(interaction, self._hold_id, self._decision, self._through)


def buttons(notice: HoldNotice, about: str = "", row: int | None = None) -> Sequence[HoldButton]:
    """The buttons below a hold; none once it is decided."""
    hold = notice.hold
    if not hold.is_open:
        return ()
    return [HoldButton(choice, hold.id, hold.newest, about, row) for choice in _CHOICES]


def in_status(notices: Sequence[HoldNotice]) -> Sequence[HoldNotice]:
    """The holds that `/sweep status` has room for. The next ones follow when these are decided."""
    return notices[:HOLDS_IN_STATUS]


def status_view(notices: Sequence[HoldNotice]) -> discord.ui.View | None:
    """The buttons below `/sweep status`: a row for each hold, with the role's name where there are several."""
    shown = in_status(notices)
    named = len(shown) > 1
    items = [
        item for row, notice in enumerate(shown) for item in buttons(notice, notice.role_name if named else "", row)
    ]
    return untracked(*items) if items else None


class Publisher(Protocol):
    """Posts with buttons, in a server's channels."""

    async def publish(
        self, channel_id: int, post: HoldPost | None, embed: discord.Embed, view: discord.ui.View
    ) -> HoldPost | Unreachable | None:
        """Edit a post, or write a new one where there is none (any more). None when Discord does not take it."""


class LogChannelBoard:
    """Shows holds in servers' log channels."""

    def __init__(self, posts: Publisher) -> None:
        self._posts = posts

    async def show(self, notice: HoldNotice, channel_id: int) -> HoldPost | Unreachable | None:
        """Post a hold, or edit its post. None when Discord does not take it there."""
        view = untracked(*buttons(notice))
        return await self._posts.publish(channel_id, notice.hold.post, holds.embed(notice), view)

"""The buttons below the preview of a rule's change. They are understood from their ids alone (see `ids`)."""

import hashlib
import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.domain.posts import PostButton, Weight
from bot.views import ids
from bot.views.answers import untracked
from bot.views.desk import rule_desk
from bot.views.failures import answering
from bot.views.text import BUTTON_MAX, cut

CONFIRM, CANCEL, SHOW, ACCEPT = "confirm", "cancel", "show", "accept"
_LABELS = {CONFIRM: "Confirm", CANCEL: "Cancel", SHOW: "Show what is known"}
_STYLES = {
    CONFIRM: discord.ButtonStyle.success,
    CANCEL: discord.ButtonStyle.secondary,
    SHOW: discord.ButtonStyle.secondary,
}


class DraftButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ids.DRAFT):
    """Decides about a change that was previewed."""

    def __init__(self, draft_id: int, choice: str, label: str = "") -> None:
        super().__init__(
            discord.ui.Button(
                label=cut(label or _LABELS.get(choice, choice), BUTTON_MAX),
                style=_STYLES.get(choice, discord.ButtonStyle.danger),
                custom_id=ids.draft(draft_id, choice),
            )
        )
        self._draft_id = draft_id
        self._choice = choice

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Build the button that was pressed."""
        return cls(int(match["draft"]), match["choice"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Decide."""
        async with answering(interaction):
            await rule_desk(interaction).decide(interaction, self._draft_id, self._choice)


def decision_buttons(draft_id: int) -> discord.ui.View:
    """Confirm or cancel."""
    return untracked(DraftButton(draft_id, CONFIRM), DraftButton(draft_id, CANCEL))


def decision_row(draft_id: int) -> tuple[PostButton, ...]:
    """The same below a post that everybody in its channel sees. Whoever else presses is told that it is not theirs."""
    return (
        PostButton(ids.draft(draft_id, SHOW), _LABELS[SHOW], Weight.LEAVE),
        PostButton(ids.draft(draft_id, CONFIRM), _LABELS[CONFIRM], Weight.DO),
        PostButton(ids.draft(draft_id, CANCEL), _LABELS[CANCEL], Weight.LEAVE),
    )


def waiting_buttons(draft_id: int) -> discord.ui.View:
    """What can be done while wallets are still being read."""
    return untracked(DraftButton(draft_id, SHOW), DraftButton(draft_id, CANCEL))


def danger_buttons(draft_id: int, dangers: Sequence[str], requirement: str) -> discord.ui.View:
    """The second confirmation, which names the permissions."""
    label = f"Yes, give {', '.join(dangers)} to everybody who holds {requirement}"
    return untracked(DraftButton(draft_id, accept(dangers), label), DraftButton(draft_id, CANCEL))


def accept(dangers: Sequence[str]) -> str:
    """The choice that accepts to hand out exactly these permissions."""
    return f"{ACCEPT}-{hashlib.sha256(', '.join(dangers).encode()).hexdigest()[:8]}"

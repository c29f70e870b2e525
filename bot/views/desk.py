"""How presses find their way: from an id to the cog that answers it."""

from typing import Final, Protocol, runtime_checkable

import discord
from discord.ext import commands

from bot.domain.brakes import HoldDecision
from bot.domain.errors import UserError
from bot.domain.networks import Network
from bot.services.holder_files import FileFormat

LINK_DESK: Final = "linking"
"""The name of the cog that is the `LinkDesk`."""
HOLD_DESK: Final = "holds"
"""The name of the cog that is the `HoldDesk`."""
ADOPTION_DESK: Final = "rule"
"""The name of the cog that is the `AdoptionDesk`."""


@runtime_checkable
class LinkDesk(Protocol):
    """Answers presses about linking a wallet."""

    async def begin(self, interaction: discord.Interaction) -> None:
        """The panel's button was pressed."""

    async def choose(self, interaction: discord.Interaction, network: Network) -> None:
        """A network was chosen."""

    async def by_paste(self, interaction: discord.Interaction, network: Network | None) -> None:
        """Pasting was chosen over the verify page; None asks for the network first."""

    async def ask_code(self, interaction: discord.Interaction) -> None:
        """The button for the verify page's code was pressed."""

    async def ask_answer(self, interaction: discord.Interaction, challenge_id: int) -> None:
        """The paste button of a challenge was pressed."""


RULE_DESK: Final = "rule"
"""The name of the cog that is the `RuleDesk`."""


@runtime_checkable
class RuleDesk(Protocol):
    """Answers presses about changes of rules that wait for a confirmation."""

    async def decide(self, interaction: discord.Interaction, draft_id: int, choice: str) -> None:
        """A button below a preview was pressed; `choice` is the last part of its id."""


PRIVACY_DESK: Final = "privacy"
"""The name of the cog that is the `PrivacyDesk`."""


@runtime_checkable
class PrivacyDesk(Protocol):
    """Answers presses about a person's data."""

    async def decide(self, interaction: discord.Interaction, choice: str, asked: int) -> None:
        """A button below the question whether to delete was pressed; `asked` is when that was asked, in seconds."""


SWEEP_DESK: Final = "sweep"
"""The name of the cog that is the `SweepDesk`."""


@runtime_checkable
class SweepDesk(Protocol):
    """Answers presses about sweeps that run, or may be undone."""

    async def undo_as_shown(self, interaction: discord.Interaction, sweep_id: int, shown: tuple[int, int]) -> None:
        """The undoing of a sweep was confirmed, with so many roles to give back and to take back."""

    async def leave_as_is(self, interaction: discord.Interaction) -> None:
        """The sweep is not to be undone."""

    async def cancel_sweep(self, interaction: discord.Interaction, sweep_id: int) -> None:
        """A sweep that runs is to be called off."""


_NOTICE: Final = "holdfast.notices"
NOTICE_DESK: Final = "notices"
"""The name of the cog that is the `NoticeDesk`."""


@runtime_checkable
class NoticeDesk(Protocol):
    """Adds to an answer what its reader should know besides."""

    async def follow_up(self, interaction: discord.Interaction) -> None:
        """An answer was given, and more may follow it. Never raises."""


def needs_no_notice(interaction: discord.Interaction) -> bool:
    """Note that nothing is to be added to what is answered here. False when that was noted before."""
    is_news = _NOTICE not in interaction.extras
    interaction.extras[_NOTICE] = True
    return is_news


@runtime_checkable
class Book(Protocol):
    """A cog with a list that is too long for one message."""

    async def open_at(self, interaction: discord.Interaction, number: int) -> None:
        """Show a page, counted from 0, in place of the one shown now."""


@runtime_checkable
class HoldDesk(Protocol):
    """Answers presses about removals that wait for an admin."""

    async def decide(
        self, interaction: discord.Interaction, hold_id: int, decision: HoldDecision, through: int
    ) -> None:
        """Approve or Keep was pressed below a list that showed the waits up to `through`."""


@runtime_checkable
class AdoptionDesk(Protocol):
    """Answers presses about adopted roles."""

    async def open_report(self, interaction: discord.Interaction, role_id: int, number: int) -> None:
        """Show a page of a role's report, counted from 0, in place of the one shown now."""


MEMBER_DESK: Final = "member"
"""The name of the cog that is the `MemberDesk`."""


@runtime_checkable
class MemberDesk(Protocol):
    """Answers presses of admins about one member."""

    async def open_why(self, interaction: discord.Interaction, user_id: int, number: int) -> None:
        """Show a page of a member's explanation, counted from 0, in place of the one shown now."""


HOLDER_DESK: Final = "holders"
"""The name of the cog that is the `HolderDesk`."""


@runtime_checkable
class HolderDesk(Protocol):
    """Answers presses about exports of holders."""

    async def export_addresses(
        self, interaction: discord.Interaction, role_id: int, kind: FileFormat, asked: int
    ) -> None:
        """An export with full addresses was confirmed; `asked` is when the question was, in seconds since 1970."""


def holder_desk(interaction: discord.Interaction) -> HolderDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, HOLDER_DESK)
    if not isinstance(cog, HolderDesk):
        raise _not_ready()
    return cog


def notice_desk(interaction: discord.Interaction) -> NoticeDesk | None:
    """Find the desk; None while the bot is starting."""
    cog = _cog(interaction, NOTICE_DESK)
    return cog if isinstance(cog, NoticeDesk) else None


def member_desk(interaction: discord.Interaction) -> MemberDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, MEMBER_DESK)
    if not isinstance(cog, MemberDesk):
        raise _not_ready()
    return cog


def hold_desk(interaction: discord.Interaction) -> HoldDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, HOLD_DESK)
    if not isinstance(cog, HoldDesk):
        raise _not_ready()
    return cog


def adoption_desk(interaction: discord.Interaction) -> AdoptionDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, ADOPTION_DESK)
    if not isinstance(cog, AdoptionDesk):
        raise _not_ready()
    return cog


def link_desk(interaction: discord.Interaction) -> LinkDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, LINK_DESK)
    if not isinstance(cog, LinkDesk):
        raise _not_ready()
    return cog


def rule_desk(interaction: discord.Interaction) -> RuleDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, RULE_DESK)
    if not isinstance(cog, RuleDesk):
        raise _not_ready()
    return cog


def privacy_desk(interaction: discord.Interaction) -> PrivacyDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, PRIVACY_DESK)
    if not isinstance(cog, PrivacyDesk):
        raise _not_ready()
    return cog


def sweep_desk(interaction: discord.Interaction) -> SweepDesk:
    """Find the desk. Raises `UserError` while the bot is starting."""
    cog = _cog(interaction, SWEEP_DESK)
    if not isinstance(cog, SweepDesk):
        raise _not_ready()
    return cog


def book(interaction: discord.Interaction, name: str) -> Book:
    """Find a book. Raises `UserError` for one that is not there."""
    cog = _cog(interaction, name)
    if not isinstance(cog, Book):
        raise _not_ready()
    return cog


def _cog(interaction: discord.Interaction, name: str) -> object:
    client = interaction.client
    return client.get_cog(name) if isinstance(client, commands.Bot | commands.AutoShardedBot) else None


def _not_ready() -> UserError:
    return UserError("Holdfast is starting, and this is not ready yet. Nothing was changed. Try again in a minute.")

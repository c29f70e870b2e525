"""Who is using a command, and where, in the words of the services."""

import discord
from discord import app_commands

from bot.domain.errors import UserError
from bot.domain.links import Applicant
from bot.domain.members import MemberSnapshot
from bot.domain.networks import Network
from bot.services.admins import Admin
from bot.services.toolbox import Services
from bot.views.desk import needs_no_notice
from bot.views.text import CHOICE_MAX, CHOICES_MAX, cut


def guild_id_of(interaction: discord.Interaction) -> int:
    """The server. Raises `UserError` in direct messages."""
    if interaction.guild_id is None:
        raise UserError("This works in a server only, not in direct messages.")
    return interaction.guild_id


def applicant(interaction: discord.Interaction) -> Applicant:
    """The member who links a wallet."""
    return Applicant(interaction.user.id, interaction.user.name, guild_id_of(interaction))


def admin(interaction: discord.Interaction) -> Admin:
    """The admin at work; Discord has checked that they may use the command. Raises `UserError` while starting."""
    return Admin(guild_id_of(interaction), interaction.user.id, role_ids(interaction))


def role_ids(interaction: discord.Interaction) -> frozenset[int]:
    """The roles that the person has, as Discord sent them along. Raises `UserError` while the bot is starting."""
    shown = shown_role_ids(interaction)
    if shown is None:
        raise UserError(
            "Holdfast is starting and does not know this server's roles yet. Nothing was changed. "
            "Try again in a minute."
        )
    return shown


def shown_role_ids(interaction: discord.Interaction) -> frozenset[int] | None:
    """The roles that Discord sent along with what somebody did; None while the bot does not know the server yet."""
    guild, user = interaction.guild, interaction.user
    if guild is None or guild.unavailable or not isinstance(user, discord.Member):
        return None
    return frozenset(role.id for role in user.roles)


def snapshot(interaction: discord.Interaction) -> MemberSnapshot:
    """The person as Discord showed them with what they did. Raises `UserError` while the bot is starting."""
    user = interaction.user
    roles = role_ids(interaction)
    if not isinstance(user, discord.Member):
        return MemberSnapshot(user.id, roles, None, pending=False)
    return MemberSnapshot(user.id, roles, user.joined_at, user.pending)


async def meet(services: Services, interaction: discord.Interaction) -> tuple[int, int]:
    """Remember that the person is in the server; return (server id, user id)."""
    guild_id = guild_id_of(interaction)
    await services.memberships.met(guild_id, interaction.user.id, shown_role_ids(interaction))
    return guild_id, interaction.user.id


async def meet_reader(services: Services, interaction: discord.Interaction) -> tuple[int, int]:
    """Like `meet`, for a command that changes nothing: who is owed no notice now is owed none afterwards."""
    guild_id = guild_id_of(interaction)
    if not await services.memberships.met(guild_id, interaction.user.id, shown_role_ids(interaction)):
        needs_no_notice(interaction)
    return guild_id, interaction.user.id


def read_network(text: str, offered: list[Network]) -> Network:
    """Read the network option. Raises `UserError` that lists what there is."""
    wanted = text.strip().lower()
    for network in Network:
        if wanted in (network.value, network.label.lower()):
            return network
    listed = ", ".join(f"`{network.value}`" for network in offered) or "none at the moment"
    raise UserError(f"“{cut(text, 40)}” is not a network. Choose one of: {listed}.")


def network_choices(typed: str, offered: list[Network]) -> list[app_commands.Choice[str]]:
    """The networks to choose from."""
    wanted = typed.strip().lower()
    return [
        app_commands.Choice(name=network.label, value=network.value)
        for network in offered
        if wanted in network.value or wanted in network.label.lower()
    ]


def text_choices(texts: list[str]) -> list[app_commands.Choice[str]]:
    """Choices that show just what they mean."""
    return [app_commands.Choice(name=text, value=text) for text in texts if 0 < len(text) <= CHOICE_MAX][:CHOICES_MAX]

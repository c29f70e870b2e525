"""Discord's REST API before the log-in is done."""

import time

import discord
import pytest

from bot.domain.ledger import RoleOutcome
from bot.domain.members import Unreachable
from bot.gateway.budget import RequestBudget
from bot.gateway.rest import DiscordRest
from bot.gateway.role_lanes import RoleLanes


@pytest.fixture
def rest() -> DiscordRest:
    client = discord.Client(intents=discord.Intents.none())
    return DiscordRest(client, RequestBudget(time.monotonic), RoleLanes(), time.monotonic)


async def test_before_the_log_in_nobody_is_taken_for_absent(rest: DiscordRest) -> None:
    assert await rest.member(1, 2) == Unreachable("NotLoggedInError")
    assert isinstance(await rest.guild(1), Unreachable)


async def test_before_the_log_in_roles_are_neither_given_nor_taken(rest: DiscordRest) -> None:
    assert await rest.give_role(1, 2, 3, "why") is RoleOutcome.UNREACHABLE
    assert await rest.take_role(1, 2, 3, "why") is RoleOutcome.UNREACHABLE

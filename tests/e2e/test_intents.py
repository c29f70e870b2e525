"""With and without the members intent: the same roles, only sooner or later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.demo.stage import QUICK
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from bot.serve import serve
from tests.e2e.acting import LeapClock, Server, friend

ALICE = ChiaTestWallet.from_seed("alice")
WITH, WITHOUT = "true", "false"


@pytest.fixture
def intent() -> str:
    return WITH


@pytest.fixture
def settings(intent: str) -> dict[str, str]:
    return {"HOLDFAST_DISCORD__MEMBERS_INTENT": intent}


async def linked(server: Server) -> tuple[User, Role]:
    """A member with the role, by the rule that asks for one NFT."""
    alice, role = server.joined("alice"), server.role("Holder")
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    assert "Linked" in (await server.link(alice, ALICE)).text
    await server.gives(alice, role)
    return alice, role


@asynccontextmanager
async def served(server: Server, clock: LeapClock) -> AsyncIterator[None]:
    """Run the bot as `holdfast run` does."""
    await server.stage.stop_bot()
    bot = asyncio.create_task(serve(server.stage.settings, clock, pace=QUICK))
    try:
        await server.stage.discord.until(lambda: bool(server.stage.discord.gateway.sessions))
        yield
    finally:
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)


@pytest.mark.parametrize("intent", [WITH, WITHOUT])
async def test_a_role_is_given_and_taken_with_and_without_it(server: Server, clock: LeapClock) -> None:
    alice, role = await linked(server)
    server.balances_of(ALICE).set_holdings(ALICE.address)
    await server.sweep()
    clock.leap(timedelta(minutes=31))
    await server.takes(alice, role)


async def test_with_it_who_comes_back_has_the_role_without_doing_anything(server: Server) -> None:
    alice, role = await linked(server)
    server.guild.remove_member(alice)
    server.joined(alice)
    await server.gives(alice, role)


@pytest.mark.parametrize("intent", [WITHOUT])
@pytest.mark.parametrize("command", ["wallet list", "roles why", "wallet refresh"])
async def test_without_it_who_comes_back_has_the_role_after_any_command(server: Server, command: str) -> None:
    alice, role = await linked(server)
    server.guild.remove_member(alice)
    server.joined(alice)
    await server.use(alice, command)
    await server.gives(alice, role)


@pytest.mark.parametrize("intent", [WITHOUT])
async def test_without_it_who_comes_back_and_does_nothing_has_the_role_after_the_next_sweeps(
    server: Server, clock: LeapClock
) -> None:
    alice, role = await linked(server)
    server.guild.remove_member(alice)
    await server.sweep()
    server.joined(alice)
    for _ in range(6):
        clock.leap(timedelta(hours=7))
        await server.sweep()
        if server.has(alice, role):
            break
    await server.gives(alice, role)


@pytest.mark.parametrize("intent", [WITHOUT])
async def test_without_it_who_left_is_noticed_and_nothing_is_written(server: Server, clock: LeapClock) -> None:
    alice, _ = await linked(server)
    server.guild.remove_member(alice)
    writes = len(server.stage.discord.traffic.role_writes)
    server.balances_of(ALICE).set_holdings(ALICE.address)
    await server.sweep()
    clock.leap(timedelta(hours=7))
    await server.sweep()
    assert all(one.status in (204, 404) for one in server.stage.discord.traffic.role_writes[writes:])
    assert "0 roles are held" in (await server.use(server.owner, "sweep status")).text


@pytest.mark.parametrize("intent", [WITH, WITHOUT])
async def test_who_has_not_passed_the_screening_gets_the_role_afterwards(server: Server, clock: LeapClock) -> None:
    role, alice = server.role("Holder"), server.stage.discord.add_user("alice")
    server.guild.add_member(alice, pending=True)
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    answer = await server.link(alice, ALICE)
    assert "Complete this server's membership screening" in answer.text
    assert not server.has(alice, role)
    server.guild.edit_member(alice, pending=False)
    clock.leap(timedelta(hours=1))
    await server.gives(alice, role)


async def test_a_refused_intent_is_said_and_lived_without(server: Server, clock: LeapClock) -> None:
    server.stage.discord.members_intent_allowed = False
    with capture_logs() as lines:
        async with served(server, clock):
            alice, role = await linked(server)
            server.guild.remove_member(alice)
            server.joined(alice)
            await server.use(alice, "roles why")
            await server.gives(alice, role)
    refused = [line for line in lines if line["event"] == "discord.members_intent_refused"]
    assert len(refused) == 1
    assert "Server Members Intent" in refused[0]["fix"]

"""Discord shows a member without any role who has some. What other people gave stays theirs."""

from datetime import timedelta

import pytest

from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend

ALICE = ChiaTestWallet.from_seed("alice")
WITH, WITHOUT = "true", "false"
LISTS = "/guilds/{guild_id}/members"


@pytest.fixture
def intent() -> str:
    return WITH


@pytest.fixture
def settings(intent: str) -> dict[str, str]:
    return {"HOLDFAST_DISCORD__MEMBERS_INTENT": intent}


@pytest.fixture
async def role(server: Server) -> Role:
    role = server.role("Holder")
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends", grace="0")
    return role


@pytest.fixture
def alice(server: Server, role: Role, clock: LeapClock) -> User:
    """Has been there for a while, with the role and another one, both given by people."""
    alice = server.joined("alice")
    server.guild.give_role(alice, role)
    server.guild.give_role(alice, server.role("Regular"))
    clock.leap(timedelta(days=1))
    return alice


async def sells(server: Server, clock: LeapClock) -> None:
    """The wallet is emptied, and enough sweeps see it."""
    server.balances_of(ALICE).set_holdings(ALICE.address)
    for span in (timedelta(minutes=1), timedelta(minutes=31), timedelta(hours=1)):
        clock.leap(span)
        await server.sweep()


@pytest.mark.parametrize("intent", [WITH, WITHOUT])
async def test_one_empty_list_is_not_believed(server: Server, role: Role, alice: User, clock: LeapClock) -> None:
    fault = server.stage.discord.faults.empty_roles(user_id=alice.id)
    await server.link(alice, ALICE)
    assert fault.hits == 1
    assert server.stage.discord.traffic.role_writes == []
    await sells(server, clock)
    assert server.has(alice, role)
    assert server.stage.discord.traffic.role_writes == []


@pytest.mark.parametrize("intent", [WITH, WITHOUT])
async def test_nor_of_a_newcomer_who_has_a_role_from_the_bot_already(
    server: Server, role: Role, clock: LeapClock
) -> None:
    newcomer, regular = server.joined("newcomer"), server.role("Regular")
    server.guild.give_role(newcomer, regular)
    await server.link(newcomer, ALICE)
    await server.gives(newcomer, role)
    fault = server.stage.discord.faults.empty_roles(user_id=newcomer.id)
    await server.add_rule(regular, "friends", grace="0")
    clock.leap(timedelta(minutes=2))
    await server.use(newcomer, "wallet refresh")
    assert fault.hits == 1
    await sells(server, clock)
    await server.takes(newcomer, role)
    assert server.has(newcomer, regular), "people gave it"


@pytest.mark.parametrize("intent", [WITHOUT])
async def test_what_was_given_on_two_empty_lists_is_given_up_when_the_other_roles_show_again(
    server: Server, role: Role, alice: User, clock: LeapClock
) -> None:
    fault = server.stage.discord.faults.empty_roles(user_id=alice.id, times=None)
    await server.link(alice, ALICE)
    await server.stage.discord.until(lambda: bool(server.stage.discord.traffic.role_writes))
    await server.rests()
    fault.clear()
    clock.leap(timedelta(minutes=1))
    await server.sweep()
    assert "Somebody else gave it" in (await server.use(alice, "roles why")).text
    await sells(server, clock)
    assert server.has(alice, role)
    assert {write.method for write in server.stage.discord.traffic.role_writes} == {"PUT"}


@pytest.mark.parametrize("intent", [WITH, WITHOUT])
async def test_who_has_no_role_at_all_gets_the_role_and_loses_it_again(
    server: Server, role: Role, clock: LeapClock
) -> None:
    alice = server.joined("alice")
    clock.leap(timedelta(days=1))
    assert "Linked" in (await server.link(alice, ALICE)).text
    assert server.has(alice, role)
    await sells(server, clock)
    await server.takes(alice, role)


async def test_who_joined_just_now_needs_no_second_look(server: Server, role: Role) -> None:
    alice = server.joined("alice")
    await server.link(alice, ALICE)
    assert server.has(alice, role)
    assert server.stage.discord.traffic.to("GET", LISTS) == []


async def test_without_the_right_to_the_list_the_question_is_asked_again(
    server: Server, role: Role, alice: User
) -> None:
    server.stage.discord.members_intent_allowed = False
    server.stage.discord.faults.empty_roles(user_id=alice.id)
    await server.link(alice, ALICE)
    assert server.stage.discord.traffic.role_writes == []
    assert [listed.status for listed in server.stage.discord.traffic.to("GET", LISTS)] == [403]

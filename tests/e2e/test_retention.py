"""What nobody needs any more goes by itself: of people who left, of servers that removed the bot, old records."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")


@pytest.fixture
async def alice(server: Server) -> User:
    """A member with a wallet, and a role that rests on it."""
    alice = server.joined("alice")
    await server.add_friends()
    await server.add_rule(server.role("Holder"), "friends")
    server.hand(ALICE, friend(1))
    await server.link(alice, ALICE)
    await server.gives(alice, holder_of(server))
    return alice


def holder_of(server: Server) -> Role:
    return server.guild.role_named("Holder")


async def clean(server: Server) -> None:
    """Look and clean up as the clock would within an hour or so."""
    retention = server.stage.holdfast.services.privacy.retention
    await retention.look_at_servers()
    while await retention.clean():
        pass


async def is_known(server: Server, user: User) -> bool:
    return await server.stage.holdfast.services.privacy.forgetting.is_known(user.id)


async def has_left(server: Server, user: User) -> bool:
    async with server.stage.holdfast.store.unit() as unit:
        member = await unit.members.get(server.guild.id, user.id)
    return member is not None and member.presence.value == "left"


def left(server: Server, user: User) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return await has_left(server, user)

    return look


async def rules_of(server: Server) -> int:
    async with server.stage.holdfast.store.unit() as unit:
        return len(await unit.rules.of_guild(server.guild.id))


async def test_who_left_all_servers_is_forgotten_after_a_month(server: Server, alice: User, clock: LeapClock) -> None:
    other = Server.opened(server.stage, "Elsewhere")
    other.joined(alice)
    await other.use(alice, "wallet list")
    server.guild.remove_member(alice)
    await eventually(left(server, alice))
    await clean(server)
    clock.leap(timedelta(days=40))
    await clean(server)
    assert await is_known(server, alice)  # who is in one server still is in one
    other.guild.remove_member(alice)
    await eventually(left(other, alice))
    await clean(server)
    clock.leap(timedelta(days=29))
    await clean(server)
    assert await is_known(server, alice)
    clock.leap(timedelta(days=1, minutes=1))
    await clean(server)
    assert not await is_known(server, alice)
    server.joined(alice)
    assert "You have no wallet linked" in (await server.use(alice, "wallet list")).text


async def test_a_server_that_removed_the_bot_is_forgotten_after_a_month(
    server: Server, alice: User, clock: LeapClock
) -> None:
    server.guild.remove_bot()
    await eventually(left(server, alice))
    await clean(server)
    clock.leap(timedelta(days=29))
    await clean(server)
    assert await rules_of(server) == 1
    assert await is_known(server, alice)
    clock.leap(timedelta(days=1, minutes=1))
    await clean(server)
    assert await rules_of(server) == 0
    assert not await is_known(server, alice)
    assert server.has(alice, holder_of(server))


async def test_one_that_removed_it_while_it_was_not_running_is_found_out(
    server: Server, alice: User, clock: LeapClock
) -> None:
    await server.stage.stop_bot()
    server.guild.remove_bot()
    await server.stage.start_bot()
    await clean(server)
    assert await has_left(server, alice)
    clock.leap(timedelta(days=30, minutes=1))
    await clean(server)
    assert await rules_of(server) == 0


async def test_one_that_takes_it_back_in_time_loses_nothing_and_nobody_keeps_what_they_should_not(
    server: Server, alice: User, clock: LeapClock
) -> None:
    server.guild.remove_bot()
    await eventually(left(server, alice))
    clock.leap(timedelta(days=20))
    server.balances_of(ALICE).take(ALICE.address, friend(1))
    server.guild.add_bot()
    await eventually(lambda: _is_present(server, alice))
    clock.leap(timedelta(days=20))
    await clean(server)
    assert await rules_of(server) == 1
    await server.sweep()
    clock.leap(timedelta(minutes=31))
    await server.sweep()
    await server.takes(alice, holder_of(server))


async def _is_present(server: Server, user: User) -> bool:
    return not await has_left(server, user)


async def test_while_discord_does_not_answer_no_server_counts_as_gone(
    server: Server, alice: User, clock: LeapClock
) -> None:
    server.guild.remove_bot()
    await eventually(left(server, alice))
    server.stage.discord.faults.server_error("GET", "/guilds/{guild_id}", 503, times=None)
    clock.leap(timedelta(days=60))
    await clean(server)
    assert await rules_of(server) == 1


async def test_old_records_go_after_a_year(server: Server, alice: User, clock: LeapClock) -> None:
    async with server.stage.holdfast.store.unit() as unit:
        assert await unit.journal.recent(server.guild.id, 9)
    clock.leap(timedelta(days=366))
    await clean(server)
    async with server.stage.holdfast.store.unit() as unit:
        assert await unit.journal.recent(server.guild.id, 9) == []
        assert len(await unit.links.of_user(alice.id)) == 1

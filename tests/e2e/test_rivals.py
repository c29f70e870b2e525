"""Somebody else who keeps changing a role back: reported once, and not fought over."""

from datetime import timedelta

import pytest

from bot.sandbox.discord import Message, Permission, Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
VERIFIED = timedelta(seconds=31)
"""After this time the bot looks whether what it wrote is still there."""


@pytest.fixture
def rival(server: Server) -> User:
    return server.joined("other bot")


@pytest.fixture
def holder(server: Server) -> Role:
    return server.role("Holder")


@pytest.fixture
async def alice(server: Server, holder: Role) -> User:
    """A member who has just got the role, and at whom nobody looked since."""
    user = server.joined("alice")
    server.hand(ALICE, friend(1), friend(2))
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    await server.link(user, ALICE)

    async def is_settled() -> bool:
        async with server.stage.holdfast.store.unit() as unit:
            member = await unit.members.get(server.guild.id, user.id)
        return member is not None and member.settled == member.revision

    await eventually(is_settled)
    await server.add_rule(holder, "friends >= 2", grace="0")
    await server.gives(user, holder)
    return user


def reports(server: Server) -> list[Message]:
    return [message for message in server.log.messages if "fought over" in message_text(message)]


async def undone_until_reported(server: Server, clock: LeapClock, rival: User, alice: User, holder: Role) -> int:
    """Let the rival take the role whenever the bot gave it. Returns how many times that was."""
    times = 0
    while not reports(server):
        if server.has(alice, holder):
            await server.rests()
            server.guild.take_role(alice, holder, actor=rival)
            times += 1
            clock.leap(VERIFIED)
        await server.stage.discord.until(lambda: server.has(alice, holder) or bool(reports(server)))
    return times


async def test_a_role_that_is_taken_away_at_once_is_reported_once_and_given_up(
    server: Server, clock: LeapClock, rival: User, alice: User, holder: Role
) -> None:
    assert await undone_until_reported(server, clock, rival, alice, holder) == 3
    text = message_text(reports(server)[0])
    assert alice.mention in text
    assert "/doctor" not in text
    assert rival.mention not in text  # the bot may not read the audit log here

    for _ in range(3):
        clock.leap(timedelta(hours=7))
        await server.sweep()
    assert not server.has(alice, holder)
    assert len(reports(server)) == 1


async def test_the_audit_log_says_who_it_was_where_the_bot_may_read_it(
    server: Server, clock: LeapClock, rival: User, alice: User, holder: Role
) -> None:
    bot_role = server.guild.bot_role
    assert bot_role is not None
    server.guild.edit_role(bot_role, permissions=bot_role.permissions | Permission.VIEW_AUDIT_LOG)
    await undone_until_reported(server, clock, rival, alice, holder)
    assert rival.mention in message_text(reports(server)[0])


async def test_a_role_that_comes_back_whenever_it_is_taken_is_left_to_whoever_gives_it(
    server: Server, clock: LeapClock, rival: User, alice: User, holder: Role
) -> None:
    clock.leap(VERIFIED)
    await server.sweep()
    await server.change_rule(server.owner, "rule edit", role=holder, expression="friends >= 3")
    for _ in range(3):
        await server.takes(alice, holder)
        await server.rests()
        server.guild.give_role(alice, holder, actor=rival)
        clock.leap(VERIFIED)
    await server.stage.discord.until(lambda: len(reports(server)) == 1)

    clock.leap(timedelta(days=2))
    await server.sweep()
    assert server.has(alice, holder)
    assert len(reports(server)) == 1


async def test_one_removal_by_hand_is_no_rivalry(server: Server, clock: LeapClock, alice: User, holder: Role) -> None:
    clock.leap(VERIFIED)
    await server.sweep()
    server.guild.take_role(alice, holder)
    for _ in range(3):
        clock.leap(timedelta(hours=1))
        await server.sweep()
    assert not server.has(alice, holder)
    assert reports(server) == []

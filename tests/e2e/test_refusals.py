"""Discord's first refusal to change a role stops that role, with one post that says what to do."""

from collections.abc import Sequence

import pytest

from bot.sandbox.discord import MEMBER_ROLE, Message, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import Server, friend

NAMES = ("alice", "bob", "carol")


def posts(server: Server, words: str) -> list[Message]:
    return [message for message in server.log.messages if words in message.content]


@pytest.fixture
async def members(server: Server) -> Sequence[User]:
    """Three members with a linked wallet that holds two friends, and no rule yet."""
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    users = [server.joined(name) for name in NAMES]
    for number, (user, name) in enumerate(zip(users, NAMES, strict=True)):
        wallet = ChiaTestWallet.from_seed(name)
        server.hand(wallet, friend(10 * number), friend(10 * number + 1))
        assert "Linked" in (await server.link(user, wallet)).text
    return users


async def test_the_first_refusal_stops_the_rule_for_everybody_and_other_rules_go_on(
    server: Server, members: Sequence[User]
) -> None:
    refused, other = server.role("Refused"), server.role("Other")
    server.stage.discord.faults.fail("PUT", MEMBER_ROLE, 403, 50013, times=None)
    await server.add_rule(refused, "friends >= 2")
    await server.stage.discord.until(lambda: bool(posts(server, "is stopped")))
    server.stage.discord.faults.clear()
    await server.add_rule(other, "friends >= 1")
    for user in members:
        await server.gives(user, other)
    await server.sweep()

    tried = [write for write in server.stage.discord.traffic.role_writes if str(refused.id) in write.path]
    assert len(tried) == 1
    (post,) = posts(server, "is stopped")
    assert "The rule for “Refused” is stopped" in post.content
    assert "Manage Roles" in post.content
    assert "/rule resume" in post.content

    await server.use(server.owner, "rule resume", role=refused)
    for user in members:
        await server.gives(user, refused)


async def test_roles_that_cannot_be_taken_back_after_their_rule_are_told_of_once(
    server: Server, members: Sequence[User]
) -> None:
    role = server.role("Holder")
    await server.add_rule(role, "friends >= 2")
    for user in members:
        await server.gives(user, role)
    server.stage.discord.faults.fail("DELETE", MEMBER_ROLE, 403, 50013, times=None)
    await server.change_rule(server.owner, "rule remove", role=role, take_roles=True)
    await server.stage.discord.until(lambda: bool(posts(server, "could not take back")))
    await server.sweep()

    assert len([write for write in server.stage.discord.traffic.role_writes if write.method == "DELETE"]) == 1
    (post,) = posts(server, "could not take back")
    assert all(user.mention in post.content for user in members)
    assert "by hand" in post.content

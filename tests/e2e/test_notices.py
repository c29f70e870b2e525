"""The dated notice that a role ends: below the next answer, or in the server's notice channel, and once."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.sandbox.discord import Channel, Permission, Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE = ChiaTestWallet.from_seed("alice")
NOTICE = "Unless something changes"
POST = "/channels/{channel_id}/messages"


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


async def holding(server: Server, grace: str = "3d") -> tuple[User, Role]:
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(ALICE, friend(1), friend(2))
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2", grace=grace)
    await server.link(alice, ALICE)
    await server.gives(alice, holder)
    return alice, holder


async def lapsed(server: Server, user: User) -> bool:
    async with server.stage.holdfast.store.unit() as unit:
        return any(entry.lapsed_at for entry in await unit.ledger.of_member(server.guild.id, user.id))


async def told(server: Server, user: User) -> bool:
    async with server.stage.holdfast.store.unit() as unit:
        return any(entry.notified_at for entry in await unit.ledger.of_member(server.guild.id, user.id))


async def lapse(server: Server, user: User) -> None:
    server.balances_of(ALICE).take(ALICE.address, friend(1))
    await server.sweep()
    await eventually(lambda: lapsed(server, user))


async def notices_of(server: Server, user: User, command: str) -> list[str]:
    """Use a command, and return the notices below its answer once all is recorded."""
    answer = await server.use(user, command)
    async with server.stage.holdfast.store.unit() as unit:
        untold = await unit.notices.untold(server.guild.id, user.id, server.stage.holdfast.services.clock.now())
    if untold:
        await answer.until(lambda shown: any(NOTICE in message_text(one) for one in shown.followups))
        await eventually(lambda: told(server, user))
    texts = [message_text(one) for one in answer.followups if NOTICE in message_text(one)]
    assert all(one.ephemeral for one in answer.followups)
    return texts


def posts(channel: Channel) -> list[str]:
    return [message_text(one) for one in channel.messages if NOTICE in message_text(one)]


class TestBelowAnAnswer:
    async def test_a_holder_is_told_once_until_when_the_role_stays(self, server: Server) -> None:
        alice, holder = await holding(server)
        await lapse(server, alice)
        (text,) = await notices_of(server, alice, "wallet list")
        async with server.stage.holdfast.store.unit() as unit:
            (entry,) = await unit.ledger.of_member(server.guild.id, alice.id)
        assert entry.lapsed_at is not None
        ends_at = entry.lapsed_at + timedelta(days=3)
        assert f"<@&{holder.id}>" in text
        assert f"<t:{int(ends_at.timestamp())}:f>" in text
        assert "To keep it" in text
        assert server.has(alice, holder)
        assert await notices_of(server, alice, "wallet list") == []

    async def test_it_comes_with_a_press_too(self, server: Server) -> None:
        alice, _ = await holding(server)
        await server.use(server.owner, "panel post", channel=server.log)
        await lapse(server, alice)
        pressed = await server.guild.press(alice, server.log.messages[-1], "Link a wallet")
        await pressed.until(lambda shown: any(NOTICE in message_text(one) for one in shown.followups))

    async def test_a_new_lapse_is_told_anew(self, server: Server) -> None:
        alice, _ = await holding(server)
        await lapse(server, alice)
        assert len(await notices_of(server, alice, "wallet list")) == 1
        server.hand(ALICE, friend(1))
        await server.sweep()
        await eventually(lambda: _not(lapsed(server, alice)))
        await lapse(server, alice)
        assert len(await notices_of(server, alice, "wallet list")) == 1

    async def test_nobody_is_told_without_a_grace_period_or_while_protected(self, server: Server) -> None:
        alice, holder = await holding(server)
        await server.use(server.owner, "member protect", user=alice)
        server.balances_of(ALICE).take(ALICE.address, friend(1))
        await server.sweep()
        assert await notices_of(server, alice, "wallet list") == []
        await server.use(server.owner, "rule pause", role=holder)
        await server.use(server.owner, "member unprotect", user=alice)
        assert await notices_of(server, alice, "wallet list") == []


async def _not(condition: object) -> bool:
    assert hasattr(condition, "__await__")
    return not await condition


class TestInTheNoticeChannel:
    async def test_a_post_mentions_the_holder_alone_and_comes_once(self, server: Server, clock: LeapClock) -> None:
        alice, holder = await holding(server)
        channel = server.guild.add_channel("notices")
        saved = await server.use(server.owner, "settings set", notice_channel=channel)
        assert f"`notice_channel`: <#{channel.id}>" in saved.text
        await lapse(server, alice)
        await server.stage.discord.until(lambda: len(posts(channel)) == 1)
        await eventually(lambda: told(server, alice))
        (message,) = channel.messages
        assert alice.mention in posts(channel)[0]
        assert [user.id for user in message.mentions] == [alice.id]
        assert f"<@&{holder.id}>" in posts(channel)[0]
        await server.stage.restart_bot()
        clock.leap(timedelta(hours=1))
        await server.sweep()
        assert await notices_of(server, alice, "wallet list") == []
        assert len(posts(channel)) == 1

    async def test_a_post_whose_answer_was_lost_is_not_there_twice(self, server: Server) -> None:
        alice, _ = await holding(server)
        channel = server.guild.add_channel("notices")
        await server.use(server.owner, "settings set", notice_channel=channel)
        lost = server.stage.discord.faults.server_error("POST", POST, 502, after=True)
        await lapse(server, alice)
        await eventually(lambda: told(server, alice))
        sent = server.stage.discord.traffic.to("POST", POST)
        assert lost.hits == 1
        assert len(sent) == 2
        assert len(posts(channel)) == 1

    async def test_a_closed_channel_is_reported_once_and_the_holder_told_at_the_next_contact(
        self, server: Server, clock: LeapClock
    ) -> None:
        alice, _ = await holding(server)
        channel = server.guild.add_channel("notices")
        server.guild.deny(channel, server.guild.everyone, Permission.SEND_MESSAGES)
        await server.use(server.owner, "settings set", log_channel=server.log)
        saved = await server.use(server.owner, "settings set", notice_channel=channel)
        assert "may not post in the notice channel" in saved.text
        await lapse(server, alice)

        def reports() -> int:
            return sum("Holders cannot be told in" in one.content for one in server.log.messages)

        await server.stage.discord.until(lambda: reports() == 1)
        clock.leap(timedelta(hours=1))
        await server.sweep()
        assert len(await notices_of(server, alice, "wallet list")) == 1
        assert posts(channel) == []
        assert reports() == 1

    async def test_a_post_of_which_nobody_knows_whether_it_is_there_is_not_repeated(self, server: Server) -> None:
        alice, _ = await holding(server)
        channel = server.guild.add_channel("notices")
        await server.use(server.owner, "settings set", notice_channel=channel)
        fault = server.stage.discord.faults.drop("POST", "/channels/{channel_id}/messages", after=True, times=None)
        await lapse(server, alice)
        await server.stage.discord.until(lambda: fault.hits > 0)
        await server.stage.discord.until(lambda: len(posts(channel)) == 1)
        await server.stage.restart_bot()
        fault.clear()
        assert len(await notices_of(server, alice, "wallet list")) == 1
        assert len(posts(channel)) == 1

    async def test_unset_leaves_the_next_contact(self, server: Server) -> None:
        alice, _ = await holding(server)
        channel = server.guild.add_channel("notices")
        await server.use(server.owner, "settings set", notice_channel=channel)
        unset = await server.use(server.owner, "settings set", unset="notice_channel")
        assert "`notice_channel`: none" in unset.text
        await lapse(server, alice)
        assert len(await notices_of(server, alice, "wallet list")) == 1
        assert posts(channel) == []

"""Changes of rules are seen before they are made: who gains, who loses, who stays unknown, and what it costs."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.demo import moves
from bot.sandbox.balances import Fault
from bot.sandbox.discord import InteractionResult, Permission, Role, SandboxError, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LOOP_PASS, LeapClock, Server, eventually, friend

ALICE, BOB = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")
LOIS = EthereumTestWallet.from_seed("lois")


@pytest.fixture
def settings() -> Mapping[str, str]:
    return {"HOLDFAST_SWEEP__STALE_AFTER": "12h"}


async def linked(server: Server, name: str, wallet: ChiaTestWallet, friends: int) -> User:
    user = server.joined(name)
    for number in range(friends):
        server.hand(wallet, friend(10 * len(server.guild.members) + number))
    assert "Linked" in (await server.link(user, wallet)).text
    return user


def buttons(answer: InteractionResult) -> list[str]:
    return moves.button_labels(answer)


async def rules(server: Server) -> str:
    return (await server.use(server.owner, "rule list")).text


async def test_a_new_rule_waits_for_its_confirmation(server: Server) -> None:
    await server.add_friends()
    alice = await linked(server, "alice", ALICE, 2)
    bob = await linked(server, "bob", BOB, 1)
    role = server.role("Holder")

    asked = await server.use(server.owner, "rule add", role=role, expression="friends >= 2", grace="1d")

    assert "Preview: nothing is changed yet" in asked.text
    assert f"1 member gains the role:** {alice.mention} (friends 2)" in asked.text
    assert "1 more member does not have the role and would not get it" in asked.text
    assert bob.mention not in asked.text
    assert "no provider calls: 2 wallets have a fresh reading; 1 role change, about a minute at most" in asked.text
    assert buttons(asked) == ["Confirm", "Cancel"]
    assert asked.ephemeral
    assert "no rules yet" in await rules(server)
    assert not server.stage.discord.traffic.role_writes

    assert "Rule added" in (await moves.confirm(asked)).text
    await server.gives(alice, role)
    assert not server.has(bob, role)


async def test_a_cancelled_change_is_not_made(server: Server) -> None:
    await server.add_friends()
    asked = await server.use(server.owner, "rule add", role=server.role("Holder"), expression="friends")
    assert "Nobody has linked a wallet here yet" in asked.text
    await (await asked.press("Cancel")).settled()
    cancelled = await asked.until(lambda shown: "Cancelled" in shown.text)
    assert buttons(cancelled) == []
    assert "no rules yet" in await rules(server)


async def test_an_edit_names_who_loses_at_once_or_later_who_keeps_and_who_is_unknown(
    server: Server, clock: LeapClock
) -> None:
    await server.add_friends()
    await server.add_loop_pass()
    role = server.role("Holder")
    await server.add_rule(role, "friends or loop_pass", grace="0")
    alice = await linked(server, "alice", ALICE, 2)
    bob = await linked(server, "bob", BOB, 1)
    lois = server.joined("lois")
    server.hand(LOIS, LOOP_PASS)
    await server.link(lois, LOIS)
    for user in (alice, bob, lois):
        await server.gives(user, role)

    at_once = await server.use(server.owner, "rule edit", role=role, expression="friends >= 2")
    assert "2 members lose the role at once:**" in at_once.text
    assert f"{bob.mention} (friends 1)" in at_once.text
    assert f"{lois.mention} (friends 0)" in at_once.text
    assert f"1 member keeps the role:** {alice.mention} (friends 2)" in at_once.text
    assert "until now: `friends or loop_pass`" in at_once.text
    later = await server.use(server.owner, "rule edit", role=role, expression="friends >= 2", grace="2d")
    assert "2 members do not meet it and lose it 2d after that" in later.text

    server.balances_of(LOIS).fail(Fault.SERVER_ERROR, times=None)
    await server.sweep()
    unknown = await server.use(server.owner, "rule edit", role=role, expression="friends >= 2 or loop_pass >= 2")
    assert f"1 member stays unknown, and as it is:** {lois.mention} (Loopring" in unknown.text
    assert "cannot be read" in unknown.text
    assert "1 wallet of 3 without a fresh reading, so at least 1 provider call" in unknown.text
    assert all(server.has(user, role) for user in (alice, bob, lois))

    removal = await server.use(server.owner, "rule remove", role=role, take_roles=True)
    assert "3 members lose the role at once" in removal.text
    kept = await server.use(server.owner, "rule remove", role=role)
    assert "3 members keep the role" in kept.text
    assert "Rule removed" in (await moves.confirm(kept)).text
    assert all(server.has(user, role) for user in (alice, bob, lois))


async def test_a_preview_can_be_confirmed_after_a_restart_and_once(server: Server) -> None:
    await server.add_friends()
    asked = await server.use(server.owner, "rule add", role=server.role("Holder"), expression="friends")
    twin = await server.use(server.owner, "rule add", role=server.guild.role_named("Holder"), expression="friends >= 2")
    await server.stage.restart_bot()
    first, second = await asyncio.gather(asked.press("Confirm"), asked.press("Confirm"))
    await asyncio.gather(first.settled(), second.settled())

    async def one_rule() -> bool:
        return "Rules (1)" in await rules(server)

    await eventually(one_rule)
    refused = await moves.confirm(twin)
    assert "There is a rule for the role “Holder” already" in refused.text
    assert "Rules (1)" in await rules(server)


async def test_a_preview_is_confirmed_within_the_hour(server: Server, clock: LeapClock) -> None:
    await server.add_friends()
    asked = await server.use(server.owner, "rule add", role=server.role("Holder"), expression="friends")
    clock.leap(timedelta(minutes=61))
    assert "more than an hour old" in (await moves.confirm(asked)).text
    assert "no rules yet" in await rules(server)


async def test_a_rule_that_somebody_else_changed_meanwhile_is_shown_anew(server: Server) -> None:
    await server.add_friends()
    role = server.role("Holder")
    await server.add_rule(role, "friends")
    asked = await server.use(server.owner, "rule edit", role=role, expression="friends >= 2")
    await server.change_rule(server.owner, "rule edit", role=role, expression="friends >= 7")
    refused = await moves.confirm(asked)
    assert "was changed in the meantime" in refused.text
    assert "friends >= 7" in refused.text
    assert "friends >= 7" in await rules(server)


async def test_everything_is_checked_again_when_a_change_is_confirmed(server: Server) -> None:
    await server.add_friends()
    role = server.role("Holder")
    asked = await server.use(server.owner, "rule add", role=role, expression="friends")
    server.guild.move_role(role, 200)
    assert "not below Holdfast's own highest role" in (await moves.confirm(asked)).text
    server.guild.move_role(role, 1)
    asked = await server.use(server.owner, "rule add", role=role, expression="friends")
    await server.use(server.owner, "collection remove", name="friends")
    assert "no collections yet" in (await moves.confirm(asked)).text
    assert "no rules yet" in await rules(server)


async def test_nobody_presses_for_somebody_else(server: Server) -> None:
    await server.add_friends()
    other = server.joined("other")
    server.guild.give_role(other, server.guild.add_role("Admin", permissions=Permission.ADMINISTRATOR))
    asked = await server.use(server.owner, "rule add", role=server.role("Holder"), expression="friends")
    with pytest.raises(SandboxError):
        await asked.press("Confirm", by=other)


class TestDangerousRoles:
    @staticmethod
    def mod(server: Server, permissions: int = Permission.BAN_MEMBERS) -> Role:
        return server.guild.add_role("Mod", permissions=permissions)

    async def test_are_handed_out_only_after_a_second_confirmation_that_names_the_permissions(
        self, server: Server
    ) -> None:
        await server.add_friends()
        asked = await server.use(server.owner, "rule add", role=self.mod(server), expression="friends")
        assert "This role carries Ban Members" in asked.text
        question = await moves.confirm(asked)
        assert "- Ban Members" in question.text
        assert buttons(question) == ["Yes, give Ban Members to everybody who holds friends", "Cancel"]
        assert "no rules yet" in await rules(server)
        await server.stage.restart_bot()
        await (await asked.press("Yes, give Ban Members to everybody who holds friends")).settled()
        await asked.until(lambda shown: "Rule added" in shown.text)
        assert "Rules (1)" in await rules(server)

    async def test_are_asked_about_again_when_they_carry_more_meanwhile(self, server: Server) -> None:
        await server.add_friends()
        role = self.mod(server)
        asked = await server.use(server.owner, "rule add", role=role, expression="friends")
        await moves.confirm(asked)
        server.guild.edit_role(role, permissions=Permission.BAN_MEMBERS | Permission.KICK_MEMBERS)
        await (await asked.press("Yes, give Ban Members to everybody who holds friends")).settled()
        again = await asked.until(lambda shown: "- Kick Members" in shown.text)
        assert buttons(again)[0].startswith("Yes, give Kick Members, Ban Members")
        assert "no rules yet" in await rules(server)

    async def test_that_became_so_after_the_preview_are_asked_about_too(self, server: Server) -> None:
        await server.add_friends()
        role = self.mod(server, permissions=0)
        asked = await server.use(server.owner, "rule add", role=role, expression="friends")
        assert "carries" not in asked.text
        server.guild.edit_role(role, permissions=Permission.ADMINISTRATOR)
        assert "- Administrator" in (await moves.confirm(asked)).text
        await (await asked.press("Cancel")).settled()
        await asked.until(lambda shown: "Cancelled" in shown.text)
        assert "no rules yet" in await rules(server)


class TestReading:
    """Wallets without a fresh reading are read for the preview, at the provider's pace."""

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return {
            "HOLDFAST_SWEEP__STALE_AFTER": "12h",
            "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": "60",
        }

    @staticmethod
    async def asked_about_stale_wallets(server: Server, clock: LeapClock) -> InteractionResult:
        """The preview of a rule over three wallets that were last read a day ago, while they are being read."""
        await server.add_friends()
        for number in range(3):
            await linked(server, f"member {number}", ChiaTestWallet.from_seed(f"stale {number}"), 2)
        clock.leap(timedelta(days=1))
        asked = await server.guild.command(
            server.owner, "rule add", role=server.role("Holder"), expression="friends >= 2", in_channel=None
        )
        return await asked.until(lambda now: "**Reading " in now.text)

    async def test_shows_its_progress_and_then_the_preview(self, server: Server, clock: LeapClock) -> None:
        asked = await self.asked_about_stale_wallets(server, clock)
        assert "Nothing is changed meanwhile" in asked.text
        assert buttons(asked) == ["Show what is known", "Cancel"]
        await asked.press("Show what is known")
        known = await asked.until(lambda now: "Preview" in now.text)
        assert "has no fresh reading" in known.text
        assert "without a fresh reading, so at least" in known.text
        final = await asked.until(lambda now: "3 members gain the role" in now.text)
        assert "no provider calls: 3 wallets have a fresh reading" in final.text
        assert "Rule added" in (await moves.confirm(final)).text

    async def test_that_outlasts_the_answer_goes_on_in_the_log_channel(self, server: Server, clock: LeapClock) -> None:
        await server.use(server.owner, "settings set", log_channel=server.log)
        asked = await self.asked_about_stale_wallets(server, clock)
        clock.leap(timedelta(minutes=14))
        told = "The preview that took longer than Discord lets an answer be edited"
        await server.stage.discord.until(lambda: any(told in one.content for one in server.log.messages))
        assert "Reading" in asked.text
        post = next(one for one in server.log.messages if told in one.content)
        await server.stage.restart_bot()
        clerk = server.joined("clerk")
        may_manage = Permission.MANAGE_GUILD | Permission.MANAGE_ROLES
        server.guild.give_role(clerk, server.guild.add_role("Clerk", permissions=may_manage))
        somebody = await server.guild.press(clerk, post, "Confirm")
        assert "Only the admin who asked" in (await somebody.until(lambda now: now.text != "")).text
        done = await server.guild.press(server.owner, post, "Confirm")
        assert "Rule added" in (await done.until(lambda now: "Rule" in now.text)).text
        assert told in post.content, "what everybody sees is not changed by a press"

    async def test_ends_when_it_is_cancelled(self, server: Server, clock: LeapClock) -> None:
        asked = await self.asked_about_stale_wallets(server, clock)
        await asked.press("Cancel")
        await asked.until(lambda now: "Cancelled" in now.text)
        await server.sweep()
        assert "Cancelled" in asked.text
        assert "no rules yet" in await rules(server)

    async def test_can_be_looked_at_after_a_restart_in_the_middle(self, server: Server, clock: LeapClock) -> None:
        asked = await self.asked_about_stale_wallets(server, clock)
        await server.stage.restart_bot()
        await asked.press("Show what is known")
        shown = await asked.until(lambda now: "Preview" in now.text)
        assert buttons(shown) == ["Confirm", "Cancel"]


async def test_a_rule_an_expression_or_both_can_be_previewed_without_changing_anything(server: Server) -> None:
    await server.add_friends()
    alice = await linked(server, "alice", ALICE, 2)
    role = server.role("Holder")
    none = await server.use(server.owner, "rule preview")
    assert "nothing to preview" in none.text
    assert "There is no rule for" in (await server.use(server.owner, "rule preview", role=role)).text
    expression = await server.use(server.owner, "rule preview", expression="friends >= 2")
    assert f"1 member meets this:** {alice.mention} (friends 2)" in expression.text
    assert buttons(expression) == []
    await server.add_rule(role, "friends", grace="0")
    await server.gives(alice, role)
    as_it_is = await server.use(server.owner, "rule preview", role=role)
    assert "1 member keeps the role" in as_it_is.text
    both = await server.use(server.owner, "rule preview", role=role, expression="friends >= 3")
    assert "1 member loses the role at once" in both.text
    bad = await server.use(server.owner, "rule preview", expression="freinds")
    assert "Did you mean “friends”?" in bad.text
    assert "friends >= 3" not in await rules(server)
    assert server.has(alice, role)


async def test_a_paused_server_is_previewed_as_it_will_be(server: Server) -> None:
    await server.add_friends()
    alice = await linked(server, "alice", ALICE, 2)
    await server.use(server.owner, "settings set", paused=True)
    asked = await server.use(server.owner, "rule add", role=server.role("Holder"), expression="friends")
    assert f"1 member gains the role:** {alice.mention}" in asked.text
    assert "This server is paused" in asked.text

"""“Why do I have this role, or not?” where more than the wallets decides, and as an admin asks it."""

from datetime import timedelta

import pytest

from bot.domain.grammar import parse
from bot.domain.reading_words import WORDS
from bot.domain.readings import UnknownReason
from bot.domain.selectors import Selector, SelectorKind
from bot.sandbox.balances import Fault
from bot.sandbox.discord import Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend
from tests.e2e.why.asking import ALICE, DAY, holder, sells, why, why_of


class TestTheCanary:
    CANARY = ChiaTestWallet.from_seed("canary").address

    @pytest.fixture
    def settings(self) -> dict[str, str]:
        """Spacescan with a wallet that is known to hold something."""
        return {"HOLDFAST_PROVIDERS__SPACESCAN__CANARY": self.CANARY.text}

    async def test_that_reads_as_empty_freezes_roles_and_the_member_reads_why(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        server.stage.balances.spacescan.give(self.CANARY, friend(9))
        await holder(server, alice, role)
        server.balances_of(ALICE).fail(Fault.EMPTY_LIE, times=None)
        clock.leap(timedelta(minutes=10))
        await server.sweep()
        text = await why(server, alice)
        assert WORDS[UnknownReason.CANARY] in text
        assert "Your role stays as it is" in text
        assert self.CANARY.text not in text
        assert server.has(alice, role)


class TestWhatAdminsDecided:
    async def test_a_paused_server_says_so_and_to_admins_by_whom(self, server: Server, alice: User, role: Role) -> None:
        await holder(server, alice, role)
        await server.use(server.owner, "settings set", paused=True)
        text = await why(server, alice)
        assert "have paused Holdfast here: nobody gets or loses any role" in text
        assert "Nothing to do: what you hold is still read" in text
        assert f"(by <@{server.owner.id}>, <t:" in await why_of(server, alice)

    async def test_a_paused_rule_says_so_and_to_admins_by_whom(self, server: Server, alice: User, role: Role) -> None:
        await server.use(server.owner, "rule pause", role=role)
        assert "have paused this rule" in await why(server, alice)
        text = await why_of(server, alice)
        assert f"(by <@{server.owner.id}>, <t:" in text
        assert "`/rule resume`" in text

    async def test_a_rule_that_discord_stopped_says_so_and_to_admins_why(
        self, server: Server, alice: User, role: Role
    ) -> None:
        server.guild.move_role(role, 200)
        server.hand(ALICE, friend(1), friend(2))
        await server.link(alice, ALICE)
        text = await why(server, alice)
        assert "Discord does not let Holdfast change this role" in text
        assert "An admin must put that right" in text
        assert "Drag Holdfast's role above" in await why_of(server, alice)

    async def test_a_role_that_was_deleted_says_so(self, server: Server, alice: User, role: Role) -> None:
        server.guild.delete_role(role)
        assert "The role was deleted in Discord" in await why(server, alice)
        assert "option `deleted` of `/rule remove`" in await why_of(server, alice)

    async def test_a_protected_member_keeps_the_role_and_reads_until_when(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        await server.use(server.owner, "member protect", user=alice, until="30d", reason="runs the contest")
        assert "An admin protects this role until <t:" in await why(server, alice)
        await sells(server, clock, friend(1))
        text = await why(server, alice)
        assert "You do not meet this, but an admin protects you: the role stays until <t:" in text
        assert "contest" not in text
        text = await why_of(server, alice)
        assert f"Protected by <@{server.owner.id}> <t:" in text
        assert "runs the contest" in text

    async def test_an_adopted_role_says_until_when_it_stays(self, server: Server, alice: User, role: Role) -> None:
        server.guild.give_role(alice, role)
        answer = await server.use(server.owner, "rule adopt", role=role, until="14d")
        assert str(alice.id) in answer.text
        text = await why(server, alice)
        assert "You had this role before Holdfast looked after it" in text
        assert "You keep the role until <t:" in text
        assert "Link your wallet on Chia" in text


class TestTheBrake:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        """Every removal waits for an admin."""
        return {"HOLDFAST_SWEEP__BRAKE_MIN": "0", "HOLDFAST_SWEEP__BRAKE_PERCENT": "0"}

    async def test_that_holds_a_removal_back_says_what_it_waits_for(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await self.held_back(server, alice, role, clock)
        text = await why(server, alice)
        assert "the removals wait for an admin's decision, since <t:" in text
        assert "Until then you keep it." in text
        assert "Approve takes the role, Keep leaves it" in await why_of(server, alice)
        assert server.has(alice, role)

    async def test_whose_removal_an_admin_refused_says_who_let_the_member_keep_the_role(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await self.held_back(server, alice, role, clock)
        await server.stage.discord.until(lambda: any(post.components for post in server.log.messages))
        post = next(post for post in server.log.messages if post.components)
        assert f"<@{alice.id}>" in message_text(post)
        await (await server.guild.press(server.owner, post, "Keep")).settled()
        text = await why(server, alice)
        assert "but an admin decided <t:" in text
        assert "that you keep the role" in text
        text = await why_of(server, alice)
        assert f"an admin decided (by <@{server.owner.id}>, <t:" in text
        assert "`/member unprotect` ends it" in text

    async def held_back(self, server: Server, alice: User, role: Role, clock: LeapClock) -> None:
        """Let Alice's removal wait for an admin."""
        await server.use(server.owner, "settings set", log_channel=server.log)
        await holder(server, alice, role)
        await sells(server, clock, friend(1))
        clock.leap(timedelta(hours=3))
        await server.sweep()
        await server.use(alice, "wallet refresh")


class TestTheMembersOwnWish:
    async def test_not_to_count_here_is_told_with_the_way_back(self, server: Server, alice: User, role: Role) -> None:
        await holder(server, alice, role)
        await server.use(alice, "privacy optout")
        await server.takes(alice, role)
        text = await why(server, alice)
        assert "You opted out of Holdfast in this server" in text
        assert "`/privacy optin`" in text
        assert "0 counted" not in text
        assert "only they can change that" in await why_of(server, alice)


class TestAdmins:
    async def test_see_how_a_wallet_was_proven_but_never_its_whole_address(
        self, server: Server, alice: User, role: Role
    ) -> None:
        await holder(server, alice, role)
        text = await why_of(server, alice)
        assert f"<@{alice.id}> has 1 wallet linked" in text
        assert "signed with the Chia wallet (CHIP-0002) <t:" in text
        assert "They meet this, and they have the role." in text
        assert ALICE.address.text not in text

    async def test_may_ask_about_who_left(self, server: Server, alice: User, role: Role) -> None:
        await holder(server, alice, role)
        server.guild.remove_member(alice)
        text = await why_of(server, alice)
        assert f"<@{alice.id}> is not in this server now" in text
        assert "They meet this. They are not in the server" in text
        assert "when they come back, the rule decides at once" in text

    async def test_turn_pages_also_after_a_restart(self, server: Server, alice: User) -> None:
        await server.link(alice, ALICE)
        async with server.stage.holdfast.store.unit() as unit:
            now = server.stage.holdfast.services.clock.now()
            await unit.collections.add(server.guild.id, "any", Selector(ALICE.address.network, SelectorKind.ANY), now)
        for number in range(30):
            async with server.stage.holdfast.store.unit() as unit:
                rule_role = server.role(f"Role {number}")
                await unit.rules.add(server.guild.id, rule_role.id, rule_role.name, parse("any >= 2", ["any"]), DAY)
        first = await server.use(server.owner, "member why", user=alice)
        assert "Page 1 of" in first.text
        await server.stage.restart_bot()
        turned = await first.press("Next")
        await turned.settled()
        await first.until(lambda shown: "Page 2 of" in shown.text)

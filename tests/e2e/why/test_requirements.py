"""“Why do I have this role, or not?” by what the wallets hold, and by what is known of that."""

from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER_ROLE, Role, User
from tests.e2e.acting import LeapClock, Server, eventually, friend
from tests.e2e.why.asking import ALICE, DAY, LOIS, SECOND, holder, reads, sells, why, why_of


class TestWhoMeetsIt:
    async def test_reads_which_wallet_holds_what_read_when_and_from_whom(
        self, server: Server, alice: User, role: Role
    ) -> None:
        await holder(server, alice, role)
        text = await why(server, alice)
        assert "You meet this, and you have the role." in text
        assert "Nothing to do: your wallets are read again <t:" in text
        assert "`friends`: 2 counted, `>= 2` asked for" in text
        assert f"Chia `{ALICE.address.short}` holds 2, read <t:" in text
        assert "from spacescan" in text
        assert "Last change: the role was given <t:" in text
        assert f"read in `{ALICE.address.short}` from spacescan" in text

    async def test_and_has_the_role_from_somebody_else_is_left_alone(
        self, server: Server, alice: User, role: Role
    ) -> None:
        server.guild.give_role(alice, role)
        server.hand(ALICE, friend(1), friend(2))
        await server.link(alice, ALICE)
        assert "Somebody else gave it, so Holdfast leaves it alone" in await why(server, alice)
        assert "`/rule adopt`" in await why_of(server, alice)

    async def test_while_being_screened_is_told_to_finish_that(self, server: Server, role: Role) -> None:
        newcomer = server.stage.discord.add_user("newcomer")
        server.guild.add_member(newcomer, pending=True)
        server.hand(ALICE, friend(1), friend(2))
        await server.link(newcomer, ALICE)
        assert "Complete the screening" in await why(server, newcomer)

    async def test_and_lost_the_role_to_somebodys_hand_is_told_to_ask(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        clock.leap(timedelta(minutes=2))
        await server.sweep()
        server.guild.take_role(alice, role)
        for _ in range(2):
            clock.leap(timedelta(minutes=2))
            await server.use(alice, "wallet refresh")
        text = await why(server, alice)
        assert "Somebody took this role from you by hand" in text
        assert "Ask an admin" in text

    async def test_and_loses_the_role_to_a_rival_again_and_again_learns_that_holdfast_stopped(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        # Whoever takes the role away at once looks just like a write that never stuck.
        server.stage.discord.faults.accept_without_applying("PUT", MEMBER_ROLE, times=None)
        server.hand(ALICE, friend(1), friend(2))
        await server.link(alice, ALICE)
        for _ in range(3):
            clock.leap(timedelta(minutes=5))
            await server.use(alice, "wallet refresh")
        assert "keeps undoing what Holdfast does with this role of yours" in await why(server, alice)
        assert "audit log" in await why_of(server, alice)


class TestWhoDoesNotMeetIt:
    async def test_without_a_wallet_is_told_to_link_one(self, server: Server, alice: User, role: Role) -> None:
        text = await why(server, alice)
        assert "You have no wallet linked" in text
        assert "You do not meet this, so you do not have the role." in text
        assert "Link your wallet on Chia with `/wallet link`" in text

    async def test_as_the_wallet_is_on_another_network_is_told_which_one_counts(
        self, server: Server, role: Role
    ) -> None:
        lois = server.joined("lois")
        await server.link(lois, LOIS)
        text = await why(server, lois)
        assert f"Loopring L2 `{LOIS.address.short}` does not count here: `friends` is on Chia" in text
        assert "none of your linked wallets is on Chia" in text
        assert "Link your wallet on Chia" in text

    async def test_holding_too_few_reads_how_many_are_missing(self, server: Server, alice: User, role: Role) -> None:
        server.hand(ALICE, friend(1))
        await server.link(alice, ALICE)
        text = await why(server, alice)
        assert "`friends`: 1 counted, `>= 2` asked for" in text
        assert "If another wallet of yours holds what is missing" in text

    async def test_holding_what_the_rule_forbids_is_not_told_to_hold_more(self, server: Server, alice: User) -> None:
        role = server.role("Newcomer")
        await server.add_friends()
        await server.add_rule(role, "not friends")
        server.hand(ALICE, friend(1))
        await server.link(alice, ALICE)
        assert "What you hold rules this out" in await why(server, alice)

    async def test_but_has_the_role_from_somebody_else_keeps_it(self, server: Server, alice: User, role: Role) -> None:
        server.guild.give_role(alice, role)
        assert "Holdfast takes back only what it gave" in await why(server, alice)

    async def test_any_more_has_until_the_end_of_the_grace_period(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        await sells(server, clock, friend(1))
        text = await why(server, alice)
        assert "You do not meet this any more, since <t:" in text
        assert "You keep the role until <t:" in text
        assert "meet it again before then and nothing happens" in text

    async def test_and_lost_the_role_reads_on_what_evidence(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        await sells(server, clock, friend(1))
        clock.leap(timedelta(hours=3))
        await server.takes(alice, role)
        await server.sweep()
        text = await why(server, alice)
        assert "You do not meet this" in text
        assert "Last change: the role was taken back <t:" in text
        assert "`friends` 1; read in" in text


class TestWhatIsNotKnown:
    async def test_freezes_the_role_with_since_when_and_why(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        server.balances_of(ALICE).fail(Fault.UNAVAILABLE, times=None)
        clock.leap(timedelta(minutes=2))
        await server.sweep()
        text = await why(server, alice)
        assert "Your role stays as it is until it can." in text
        assert "could not be read since <t:" in text
        assert "the balance service has a fault of its own" in text
        assert "Nothing to do: it is read again" in text

    async def test_and_only_the_host_can_mend_says_so(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        server.balances_of(ALICE).fail(Fault.FORBIDDEN, times=None)
        clock.leap(timedelta(minutes=2))
        await server.sweep()
        assert "the host of this bot must put that right" in await why(server, alice)

    async def test_for_being_read_too_long_ago_is_told(
        self, server: Server, alice: User, role: Role, clock: LeapClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.1)
        await holder(server, alice, role)
        server.balances_of(ALICE).fail(Fault.HANG, times=None)
        clock.leap(3 * DAY)
        text = await why(server, alice)
        assert "which is too long ago to count" in text
        assert server.has(alice, role)

    async def test_until_a_second_reading_confirms_that_a_wallet_is_empty(
        self, server: Server, alice: User, role: Role, clock: LeapClock
    ) -> None:
        await holder(server, alice, role)
        await sells(server, clock)
        text = await why(server, alice)
        assert "was first seen empty <t:" in text
        assert "believed only once a second reading confirms it" in text
        assert "If you moved it to another wallet of yours, link that one" in text

    async def test_while_one_wallet_lags_behind_another(
        self, server: Server, alice: User, role: Role, clock: LeapClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.jobs.clockwork.PATIENCE", 0.1)
        await holder(server, alice, role)
        await server.link(alice, SECOND)
        server.balances_of(ALICE).fail(Fault.HANG, times=None, wallet=ALICE.address)
        server.balances_of(ALICE).move(friend(2), ALICE.address, SECOND.address)
        clock.leap(timedelta(hours=7))  # both are due; the second one is read, the first one hangs
        lags = "was read before something changed in another wallet of yours"
        await eventually(lambda: reads(server, alice, lags))
        assert server.has(alice, role)

    async def test_because_the_rule_names_a_collection_that_is_gone(
        self, server: Server, alice: User, role: Role
    ) -> None:
        await holder(server, alice, role)
        async with server.stage.holdfast.store.unit() as unit:
            (collection,) = await unit.collections.of_guild(server.guild.id)
            await unit.collections.remove(collection.id)
        text = await why(server, alice)
        assert "`friends` is no collection of this server any more" in text
        assert "Ask an admin to mend the rule" in text
        assert "change it with `/rule edit`" in await why_of(server, alice)

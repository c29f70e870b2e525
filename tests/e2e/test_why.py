"""“Why do I have this role, or not?” has an answer in every state, for its holder and for an admin."""

from datetime import timedelta

import pytest

from bot.domain.grammar import parse
from bot.domain.reading_words import WORDS
from bot.domain.readings import UnknownReason
from bot.domain.selectors import Selector, SelectorKind
from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER_ROLE, Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE, SECOND = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("alice's second")
LOIS = EthereumTestWallet.from_seed("lois")
DAY = timedelta(days=1)


@pytest.fixture
def settings() -> dict[str, str]:
    """A short confirmation, a reading that is soon stale, and a brake that lets a few removals pass."""
    return {"HOLDFAST_SWEEP__CONFIRM_AFTER": "30m", "HOLDFAST_SWEEP__STALE_AFTER": "2d"}


@pytest.fixture
def alice(server: Server) -> User:
    return server.joined("alice")


@pytest.fixture
async def role(server: Server) -> Role:
    """A role for which two friends are asked."""
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends >= 2", grace="2h")
    return role


async def why(server: Server, member: User) -> str:
    """What the member reads."""
    answer = await server.use(member, "roles why")
    assert answer.ephemeral
    return answer.text


async def why_of(server: Server, member: User) -> str:
    """What an admin reads about the member."""
    answer = await server.use(server.owner, "member why", user=member)
    assert answer.ephemeral
    return answer.text


async def _reads(server: Server, member: User, words: str) -> bool:
    return words in await why(server, member)


async def holder(server: Server, member: User, role: Role, wallet: ChiaTestWallet = ALICE) -> None:
    """Let the member hold what is asked for, and have the role."""
    server.hand(wallet, friend(1), friend(2))
    await server.link(member, wallet)
    await server.gives(member, role)


async def sells(server: Server, clock: LeapClock, *left: str, wallet: ChiaTestWallet = ALICE) -> None:
    """Let a wallet hold only what is left, and have that read."""
    server.balances_of(wallet).set_holdings(wallet.address)
    server.hand(wallet, *left)
    clock.leap(timedelta(minutes=2))
    await server.sweep()


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
        await eventually(lambda: _reads(server, alice, lags))
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

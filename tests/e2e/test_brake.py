"""Removals that wait for an admin: the post with its buttons, what each decides, and what may come between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.sandbox.discord import Message, Role, User, message_text
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

NAMES = ("alice", "bob", "carol", "dave")


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {
        "HOLDFAST_DATABASE__URL": database_url,
        "HOLDFAST_SWEEP__BRAKE_MIN": "1",
        "HOLDFAST_SWEEP__BRAKE_PERCENT": "0",
    }


@dataclass(frozen=True, slots=True)
class Crowd:
    """Members who all hold a role by the same rule, of whom one a day may lose it."""

    server: Server
    holder: Role
    people: Mapping[str, User]

    @classmethod
    async def gathered(cls, server: Server, *, log_channel: bool = True, names: Sequence[str] = NAMES) -> "Crowd":
        if log_channel:
            await server.use(server.owner, "settings set", log_channel=server.log)
        holder = server.role("Holder")
        await server.add_friends()
        await server.add_rule(holder, "friends >= 2", grace="0")
        crowd = cls(server, holder, {name: server.joined(name) for name in names})
        for number, (name, user) in enumerate(crowd.people.items()):
            server.hand(crowd.wallet(name), friend(10 * number), friend(10 * number + 1))
            await server.link(user, crowd.wallet(name))
            await server.gives(user, holder)
        return crowd

    def wallet(self, name: str) -> ChiaTestWallet:
        return ChiaTestWallet.from_seed(name)

    def sells(self, *names: str) -> None:
        """Let members hold one NFT less than the rule asks for."""
        for name in names:
            wallet = self.wallet(name)
            balances = self.server.balances_of(wallet)
            balances.set_holdings(wallet.address, balances.holdings(wallet.address)[:1])

    def buys(self, name: str, number: int) -> None:
        self.server.hand(self.wallet(name), friend(number))

    def holders(self) -> set[str]:
        return {name for name, user in self.people.items() if self.server.has(user, self.holder)}

    async def lose(self) -> set[str]:
        """All but one wait. Returns those who wait."""
        self.sells(*self.people)
        await self.server.sweep()
        # For a sweep a reading counts that was under way when it began, and that may show what was sold since.
        holdfast = self.server.stage.holdfast
        async with holdfast.store.unit() as unit:
            await unit.wallets.make_due(holdfast.services.clock.now(), guild_id=self.server.guild.id)
        await self.server.stage.discord.until(lambda: len(self.holders()) == len(self.people) - 1)
        return self.holders()

    def posts(self) -> list[Message]:
        """What the log channel shows of held removals."""
        return [message for message in self.server.log.messages if message.components or "Decided" in title(message)]

    async def post_with(self, *people: str) -> Message:
        """Wait until one post lists exactly these members."""

        def lists_them() -> bool:
            posts = self.posts()
            return bool(posts) and listed(posts[-1]) == {self.people[name].mention for name in people}

        await self.server.stage.discord.until(lists_them)
        return self.posts()[-1]


def title(message: Message) -> str:
    return message_text(message).split("\n", 1)[0]


def listed(message: Message) -> set[str]:
    who = message_text(message).partition("**Who:** ")[2].split("\n", 1)[0]
    return {part.strip() for part in who.split(",") if part.strip()}


async def test_approve_lets_exactly_the_listed_removals_pass(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = await crowd.lose()
    post = await crowd.post_with(*waiting)
    assert len(crowd.posts()) == 1
    text = message_text(post)
    assert "3 members" in text
    assert "spacescan" in text.lower()

    answer = await server.guild.press(server.owner, post, "Approve")
    await answer.settled()
    assert "Approved" in answer.text

    for name in waiting:
        await server.takes(crowd.people[name], crowd.holder)
    await server.stage.discord.until(lambda: "Decided: the removals pass" in message_text(crowd.posts()[-1]))
    assert len(crowd.posts()) == 1
    assert not crowd.posts()[-1].components
    assert server.owner.mention in message_text(crowd.posts()[-1])


async def test_keep_lets_the_members_keep_the_role_until_they_are_entitled_again(
    server: Server, clock: LeapClock
) -> None:
    crowd = await Crowd.gathered(server)
    waiting = await crowd.lose()
    post = await crowd.post_with(*waiting)

    answer = await server.guild.press(server.owner, post, "Keep")
    await answer.settled()
    assert "Kept" in answer.text
    clock.leap(timedelta(days=2))
    await server.sweep()
    assert crowd.holders() == waiting

    name = min(waiting)
    crowd.buys(name, 99)
    await server.sweep()
    crowd.sells(name)
    await server.sweep()
    await server.takes(crowd.people[name], crowd.holder)
    assert crowd.holders() == waiting - {name}


async def test_a_second_press_says_who_decided_and_when_and_changes_nothing(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = await crowd.lose()
    await crowd.post_with(*waiting)
    status = await server.use(server.owner, "sweep status")
    kept = await status.press("Keep")
    await kept.settled()

    late = await status.press("Approve")
    await late.settled()

    assert "decided already" in late.text
    assert "Kept" in late.text
    assert server.owner.mention in late.text
    await server.sweep()
    assert crowd.holders() == waiting


async def test_only_people_with_manage_server_decide(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    post = await crowd.post_with(*await crowd.lose())
    refused = await server.guild.press(crowd.people["alice"], post, "Approve")
    await refused.settled()
    assert "Manage Server" in refused.text
    assert refused.ephemeral
    await server.sweep()
    assert len(crowd.holders()) == 3


async def test_whoever_is_entitled_again_leaves_the_hold_and_an_empty_hold_closes(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = sorted(await crowd.lose())
    await crowd.post_with(*waiting)

    crowd.buys(waiting[0], 91)
    await server.sweep()
    await crowd.post_with(*waiting[1:])

    for number, name in enumerate(waiting[1:]):
        crowd.buys(name, 92 + number)
    await server.sweep()
    await server.stage.discord.until(
        lambda: (
            "Nothing to decide any more" in message_text(server.log.messages[-1])
            or any("Nothing to decide any more" in message_text(message) for message in server.log.messages)
        )
    )
    assert crowd.holders() == set(waiting)


async def test_whoever_joins_the_list_after_it_was_seen_is_not_part_of_the_decision(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    crowd.sells("alice", "bob", "carol")
    await server.sweep()
    await server.stage.discord.until(lambda: len(crowd.holders()) == 3)
    first = crowd.holders() - {"dave"}
    await crowd.post_with(*first)
    seen = await server.use(server.owner, "sweep status")

    crowd.sells("dave")
    await server.sweep()
    await crowd.post_with(*first, "dave")
    assert len(crowd.posts()) == 1

    await (await seen.press("Approve")).settled()
    for name in first:
        await server.takes(crowd.people[name], crowd.holder)
    await crowd.post_with("dave")
    assert crowd.holders() == {"dave"}
    await (await server.guild.press(server.owner, crowd.posts()[-1], "Approve")).settled()
    await server.takes(crowd.people["dave"], crowd.holder)


async def test_nothing_passes_by_itself_as_the_day_rolls_on(server: Server, clock: LeapClock) -> None:
    crowd = await Crowd.gathered(server)
    crowd.sells("alice", "bob", "carol")
    await server.sweep()
    await server.stage.discord.until(lambda: len(crowd.holders()) == 3)
    first = crowd.holders() - {"dave"}
    await crowd.post_with(*first)

    clock.leap(timedelta(hours=25))
    await server.sweep()
    assert crowd.holders() == first | {"dave"}
    crowd.sells("dave")
    await server.sweep()
    await crowd.post_with(*first, "dave")
    assert crowd.holders() == first | {"dave"}


async def test_the_post_and_its_buttons_survive_a_restart(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = await crowd.lose()
    post = await crowd.post_with(*waiting)
    await server.stage.restart_bot()
    await server.sweep()
    assert crowd.holders() == waiting

    await (await server.guild.press(server.owner, post, "Approve")).settled()

    for name in waiting:
        await server.takes(crowd.people[name], crowd.holder)
    assert len(crowd.posts()) == 1


async def test_without_a_log_channel_the_hold_waits_in_sweep_status_until_there_is_one(server: Server) -> None:
    crowd = await Crowd.gathered(server, log_channel=False)
    waiting = await crowd.lose()
    status = await server.use(server.owner, "sweep status")
    assert "3 removals wait" in status.text
    assert crowd.posts() == []

    await server.use(server.owner, "settings set", log_channel=server.log)
    await crowd.post_with(*waiting)


async def test_a_removal_that_was_asked_for_never_waits(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = sorted(await crowd.lose())
    await crowd.post_with(*waiting)
    name = waiting[0]
    await server.use(crowd.people[name], "wallet unlink", wallet=crowd.wallet(name).address.text)
    await server.takes(crowd.people[name], crowd.holder)
    await crowd.post_with(*waiting[1:])


async def test_a_post_that_somebody_deleted_comes_again(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = sorted(await crowd.lose())
    post = await crowd.post_with(*waiting)
    server.log.messages.remove(post)
    crowd.buys(waiting[0], 91)
    await server.sweep()
    assert (await crowd.post_with(*waiting[1:])).id != post.id


async def test_a_decision_about_a_role_whose_rule_was_changed_says_so(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    await server.change_rule(server.owner, "rule edit", role=crowd.holder, expression="friends >= 3")

    async def one_left() -> bool:
        return len(crowd.holders()) == 3

    await eventually(one_left)
    post = await crowd.post_with(*crowd.holders())
    assert "The rule was changed" in message_text(post)
    assert server.owner.mention in message_text(post)


async def test_a_kept_role_is_judged_anew_when_the_rule_asks_for_something_else(server: Server) -> None:
    crowd = await Crowd.gathered(server)
    waiting = sorted(await crowd.lose())
    post = await crowd.post_with(*waiting)
    await (await server.guild.press(server.owner, post, "Keep")).settled()
    await server.change_rule(server.owner, "rule edit", role=crowd.holder, grace="1s")
    await server.sweep()
    assert crowd.holders() == set(waiting)

    await server.change_rule(server.owner, "rule edit", role=crowd.holder, expression="friends >= 3")
    await server.stage.discord.until(lambda: len(crowd.posts()) == 2)
    assert (await crowd.post_with(*waiting)).id != post.id

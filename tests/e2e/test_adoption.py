"""Adopting a role that members have from elsewhere: kept until a date while its holders verify."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, eventually, friend

ALICE, BOB = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


@pytest.fixture
async def holder(server: Server) -> Role:
    role = server.role("Holder")
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.add_friends()
    await server.add_rule(role, "friends >= 2", grace="0")
    return role


@pytest.fixture
def people(server: Server, holder: Role) -> Mapping[str, User]:
    """Members who have the role from somebody else."""
    users = {name: server.joined(name) for name in ("alice", "bob", "carol")}
    for user in users.values():
        server.guild.give_role(user, holder)
    return users


async def adopted(server: Server, holder: Role, *parts: str, **options: str) -> None:
    answer = await server.use(server.owner, "rule adopt", role=holder, **options)
    for part in parts:
        assert part in answer.text, answer.text


async def test_holders_keep_an_adopted_role_until_the_date_and_who_verified_keeps_it_after(
    server: Server, clock: LeapClock, holder: Role, people: Mapping[str, User]
) -> None:
    alice, bob, carol = people.values()
    server.hand(ALICE, friend(1), friend(2))
    server.hand(BOB, friend(3))
    await adopted(server, holder, "3 members were adopted", "0 members have verified, 3 not yet", until="14d")

    await server.link(alice, ALICE)
    await server.link(bob, BOB)
    await server.sweep()
    await adopted(server, holder, "1 member has verified, 2 not yet", alice.mention, carol.mention)
    clock.leap(timedelta(days=13))
    await server.sweep()
    assert all(server.has(user, holder) for user in people.values())

    clock.leap(timedelta(days=1, minutes=1))
    await server.takes(bob, holder)
    await server.takes(carol, holder)
    assert server.has(alice, holder)

    # From now on it is a role like any other.
    server.balances_of(ALICE).take(ALICE.address, friend(1))
    await server.sweep()
    await server.takes(alice, holder)


async def test_the_date_can_be_changed_and_new_holders_join(
    server: Server, clock: LeapClock, holder: Role, people: Mapping[str, User]
) -> None:
    await adopted(server, holder, "3 members were adopted", until="2d")
    late = server.joined("late")
    server.guild.give_role(late, holder)
    await adopted(server, holder, "1 member was adopted", "4 not yet", until="20d")
    clock.leap(timedelta(days=19))
    await server.sweep()
    assert all(server.has(user, holder) for user in (*people.values(), late))


async def test_a_role_that_was_just_taken_and_is_given_back_by_hand_can_be_adopted_again(
    server: Server, clock: LeapClock, holder: Role, people: Mapping[str, User]
) -> None:
    await adopted(server, holder, until="2d")
    clock.leap(timedelta(days=2, minutes=1))

    async def are_gone() -> bool:
        return "3 adopted roles are gone" in (await server.use(server.owner, "rule adopt", role=holder)).text

    await eventually(are_gone)
    server.guild.give_role(people["carol"], holder)
    await adopted(server, holder, "1 member was adopted", "1 not yet", until="14d")
    for _ in range(2):
        clock.leap(timedelta(minutes=5))
        await server.sweep()
    assert server.has(people["carol"], holder)


async def test_an_adopted_role_freezes_after_its_date_while_nothing_can_be_read(
    server: Server, clock: LeapClock, holder: Role, people: Mapping[str, User]
) -> None:
    server.hand(BOB, friend(3))
    await adopted(server, holder, until="2d")
    await server.link(people["bob"], BOB)
    server.balances_of(BOB).fail(Fault.UNAVAILABLE)
    await server.sweep()
    clock.leap(timedelta(days=3))
    await server.takes(people["carol"], holder)
    await server.sweep()
    assert server.has(people["bob"], holder)


async def test_only_a_role_with_a_rule_can_be_adopted_and_only_into_the_future(server: Server, holder: Role) -> None:
    await adopted(server, server.role("Other"), "There is no rule", until="14d")
    await adopted(server, holder, "not in the future", until="2020-01-01")
    await adopted(server, holder, "neither a date nor a span", until="soon")
    await adopted(server, holder, "Nobody's role")


async def test_without_the_members_intent_it_says_what_to_switch_on(
    server: Server, holder: Role, people: Mapping[str, User]
) -> None:
    server.stage.discord.portal.members_intent_allowed = False
    await adopted(server, holder, "Server Members Intent", until="14d")
    assert all(server.has(user, holder) for user in people.values())


async def test_roles_from_the_bot_itself_are_not_adopted(server: Server, holder: Role) -> None:
    alice = server.joined("alice")
    server.hand(ALICE, friend(1), friend(2))
    await server.link(alice, ALICE)
    await server.gives(alice, holder)
    await adopted(server, holder, "nothing to adopt", until="14d")


async def test_a_removed_rule_leaves_an_adopted_role_to_whoever_gave_it(
    server: Server, clock: LeapClock, holder: Role, people: Mapping[str, User]
) -> None:
    await adopted(server, holder, until="14d")
    await server.change_rule(server.owner, "rule remove", role=holder, take_roles=True)
    clock.leap(timedelta(days=15))
    await server.sweep()
    assert all(server.has(user, holder) for user in people.values())

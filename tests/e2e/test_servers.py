"""Many members, several servers, and several people at once."""

import asyncio
from datetime import timedelta

from bot.demo import moves
from bot.sandbox.discord import MEMBER_ROLE, InteractionResult, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend

ALICE = ChiaTestWallet.from_seed("alice")


async def signed(server: Server, user: User) -> tuple[InteractionResult, str]:
    """A signing request for Alice's wallet, and the right answer to it."""
    request = await moves.ask_to_link(server.guild, user, ALICE)
    return request, ALICE.sign(moves.text_to_sign(request))


async def test_one_wallet_counts_in_every_server_by_its_own_rules(server: Server) -> None:
    other = Server.opened(server.stage, "Others")
    alice = server.joined("alice")
    other.joined(alice)
    few, many = server.role("Few"), other.role("Many")
    server.hand(ALICE, friend(1))
    for place, role, expression in ((server, few, "friends"), (other, many, "friends >= 2")):
        await place.add_friends()
        await place.add_rule(role, expression)

    await server.link(alice, ALICE)

    await server.gives(alice, few)
    assert not other.has(alice, many)
    assert ALICE.address.short in (await other.use(alice, "wallet list")).text
    server.hand(ALICE, friend(2))
    await other.sweep()
    await other.gives(alice, many)
    assert server.has(alice, few)


async def test_what_one_server_does_is_not_seen_in_the_other(server: Server) -> None:
    other = Server.opened(server.stage, "Others")
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends")
    await server.use(server.owner, "settings set", log_channel=server.log)
    assert "no collections yet" in (await other.use(other.owner, "collection list")).text
    assert "no rules yet" in (await other.use(other.owner, "rule list")).text
    assert "`log_channel`: none" in (await other.use(other.owner, "settings show")).text
    choices = await other.guild.autocomplete(other.owner, "collection remove", focused="name", value="")
    assert choices == ()
    assert (
        "There is no collection `friends`" in (await other.use(other.owner, "collection remove", name="friends")).text
    )


async def test_unlinking_in_one_server_takes_the_roles_in_all(server: Server) -> None:
    other = Server.opened(server.stage, "Others")
    alice = server.joined("alice")
    other.joined(alice)
    here, there = server.role("Here"), other.role("There")
    server.hand(ALICE, friend(1))
    for place, role in ((server, here), (other, there)):
        await place.add_friends()
        await place.add_rule(role, "friends")
    await server.link(alice, ALICE)
    await server.gives(alice, here)
    await other.use(alice, "roles why")
    await other.gives(alice, there)

    await server.use(alice, "wallet unlink", wallet=ALICE.address.text)

    await server.takes(alice, here)
    await other.takes(alice, there)


async def test_of_two_members_who_prove_one_wallet_at_once_one_has_it(server: Server) -> None:
    alice, mallory, role = server.joined("alice"), server.joined("mallory"), server.role("Holder")
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(role, "friends")
    hers, his = await signed(server, alice), await signed(server, mallory)

    async with asyncio.TaskGroup() as group:
        for request, signature in (hers, his):
            group.create_task(moves.paste(request, signature))

    await server.stage.discord.until(lambda: server.has(alice, role) != server.has(mallory, role))
    lists = [(await server.use(user, "wallet list")).text for user in (alice, mallory)]
    assert sum(ALICE.address.short in text for text in lists) == 1
    has_it = [ALICE.address.short in text for text in lists]
    assert has_it == [server.has(alice, role), server.has(mallory, role)]


async def test_a_wallet_that_just_moved_stays_for_a_day(server: Server, clock: LeapClock) -> None:
    alice, bob, carol = server.joined("alice"), server.joined("bob"), server.joined("carol")
    await server.use(server.owner, "settings set", log_channel=server.log)
    await server.link(alice, ALICE)
    clock.leap(timedelta(hours=1))
    assert "It was linked to another member until now" in (await server.link(bob, ALICE)).text
    moved = next(one for one in server.log.messages if "moved from" in one.content)
    assert f"moved from <@{alice.id}> to <@{bob.id}>" in moved.content
    assert ALICE.address.text not in moved.content

    refused = await server.link(carol, ALICE)

    assert "already changed hands within the last 24 hours" in refused.text
    clock.leap(timedelta(hours=25))
    assert "Linked" in (await server.link(carol, ALICE)).text


async def test_a_sweep_of_thirty_members_changes_what_changed_and_nothing_else(
    server: Server, clock: LeapClock
) -> None:
    server.stage.discord.rate_limits.enabled = False  # they allow one write a second
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends")
    wallets = [ChiaTestWallet.from_seed(f"member {number}") for number in range(30)]
    users = [server.joined(f"member {number}") for number in range(30)]
    for number, wallet in enumerate(wallets):
        if number % 3:
            server.hand(wallet, friend(number))
    for user, wallet in zip(users, wallets, strict=True):
        await server.link(user, wallet)
    holders = [user for number, user in enumerate(users) if number % 3]
    await server.stage.discord.until(lambda: all(server.has(user, role) for user in holders))
    writes = len(server.stage.discord.traffic.role_writes)
    assert writes == len(holders)

    # Three sell, three others buy.
    for number in (1, 4, 7):
        server.balances_of(ALICE).move(friend(number), wallets[number].address, wallets[number - 1].address)
    await server.sweep()
    await server.stage.discord.until(lambda: all(server.has(users[number], role) for number in (0, 3, 6)))
    assert all(server.has(users[number], role) for number in (1, 4, 7)), "one empty reading is not enough"
    clock.leap(timedelta(minutes=31))
    await server.stage.discord.until(lambda: not any(server.has(users[number], role) for number in (1, 4, 7)))

    assert len(server.stage.discord.traffic.role_writes) == writes + 6
    assert len(server.stage.discord.traffic.to("DELETE", MEMBER_ROLE)) == 3
    assert "30 linked wallets of 30 members" in (await server.use(server.owner, "sweep status")).text


async def test_admins_who_work_at_once_do_not_get_in_each_others_way(server: Server) -> None:
    await server.add_friends()
    roles = [server.role(f"Role {number}") for number in range(12)]

    async def add(number: int) -> str:
        answer = await server.change_rule(server.owner, "rule add", role=roles[number % 8], expression="friends")
        return answer.text

    answers = await asyncio.gather(*(add(number) for number in range(12)))

    assert sum("Rule added" in answer for answer in answers) == 8
    assert sum("already. Change it with `/rule edit`" in answer for answer in answers) == 4
    assert "Rules (8)" in (await server.use(server.owner, "rule list")).text

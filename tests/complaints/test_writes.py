"""Complaints about bots that do not know what they did, or take what is not theirs."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.sandbox.discord import MEMBER, MEMBER_ROLE, Permission
from bot.sandbox.discord.faults import Fault, Faults
from bot.sandbox.wallets import ChiaTestWallet
from tests.complaints.conftest import Holding
from tests.e2e.acting import Server, eventually, friend, struck


@pytest.mark.parametrize(
    "failure",
    [
        lambda faults: faults.server_error("DELETE", MEMBER_ROLE, 503, times=None),
        lambda faults: faults.drop("DELETE", MEMBER_ROLE, times=None),
        lambda faults: faults.rate_limit("DELETE", MEMBER_ROLE, via=False, times=None),
        lambda faults: faults.accept_without_applying("DELETE", MEMBER_ROLE, times=1),
        lambda faults: faults.fail("DELETE", MEMBER_ROLE, 404, 0, times=None),
        lambda faults: faults.fail("DELETE", MEMBER_ROLE, 404, 10011, times=None),
    ],
    ids=["unavailable", "dropped", "banned", "not sticking", "not found", "role said to be gone"],
)
async def test_a_failed_removal_recorded_as_done(alice: Holding, failure: Callable[[Faults], Fault]) -> None:
    """The role stays on the member although the bot took it. It is not forgotten: the removal is made up for.

    That may happen at any moment, so what Discord was asked tells the story: removals that had no effect, then one that
    had.
    """
    fault = failure(alice.server.stage.discord.faults)
    alice.balances.set_holdings(alice.wallet.address)
    for span in (timedelta(minutes=1), timedelta(minutes=31)):
        await alice.sweep(span)
    await alice.server.stage.discord.until(lambda: fault.hits > 0)
    assert alice.has_role or fault.left == 0, "a removal that fails for good cannot have worked"
    fault.clear()
    alice.clock.leap(timedelta(hours=2))
    await alice.server.takes(alice.user, alice.role)
    removals = [entry for entry in alice.server.guild.audit_log if alice.role.id in entry.removed_roles]
    assert [entry.actor for entry in removals] == [alice.server.stage.discord.bot]
    assert alice.role_writes.count("DELETE") > fault.hits > 0


async def test_a_failed_removal_recorded_as_done_when_it_was_forbidden(alice: Holding) -> None:
    """The rule stops and says so. When the admins have put that right, the role is taken."""
    alice.server.guild.move_role(alice.role, 200)
    alice.balances.set_holdings(alice.wallet.address)
    await alice.a_day_passes()
    assert alice.has_role
    assert "Drag Holdfast" in (await alice.server.use(alice.server.owner, "rule list")).text
    alice.server.guild.move_role(alice.role, 1)
    await alice.server.use(alice.server.owner, "rule resume", role=alice.role)
    await alice.a_day_passes()
    await alice.server.takes(alice.user, alice.role)


async def test_manual_grants_stripped(alice: Holding) -> None:
    """A role that a person gave stays, whatever the rule says of its holder."""
    server = alice.server
    bob, carol = server.joined("bob"), server.joined("carol")
    wallet = ChiaTestWallet.from_seed("carol")
    for user in (bob, carol):
        server.guild.give_role(user, alice.role)
    await server.link(carol, wallet)
    await alice.a_day_passes()
    server.hand(wallet, friend(3), friend(4))
    await alice.a_day_passes()
    server.balances_of(wallet).set_holdings(wallet.address)
    await alice.a_day_passes()
    await server.use(carol, "wallet unlink", wallet=wallet.address.text)
    await alice.a_day_passes()
    await server.stage.restart_bot()
    await alice.a_day_passes()
    assert server.has(bob, alice.role)
    assert server.has(carol, alice.role)
    assert alice.role_writes == ["PUT"]


async def test_overlapping_sweeps(alice: Holding) -> None:
    """Two admins ask for a sweep, members refresh, and the clock ticks: each role is written once."""
    server, users = alice.server, [alice.server.joined(f"member {number}") for number in range(4)]
    admin = server.joined("second admin")
    server.guild.give_role(admin, server.guild.add_role("Admin", permissions=int(Permission.MANAGE_GUILD)))
    wallets = [ChiaTestWallet.from_seed(f"member {number}") for number in range(4)]
    for user, wallet in zip(users, wallets, strict=True):
        await server.link(user, wallet)
    for number, wallet in enumerate(wallets):
        server.hand(wallet, friend(10 + 2 * number), friend(11 + 2 * number))
    slow = server.stage.discord.faults.slow("PUT", MEMBER_ROLE, 0.05, times=None)
    alice.clock.leap(timedelta(hours=7))  # the scheduled sweep is due as well
    answers = await asyncio.gather(
        server.use(server.owner, "sweep now"),
        server.use(admin, "sweep now"),
        *(server.use(user, "wallet refresh") for user in users),
        *(server.stage.holdfast.sweeper.run_once(everything=True) for _ in range(2)),
    )
    assert len(answers) == 8
    await server.stage.discord.until(lambda: all(server.has(user, alice.role) for user in users))
    await server.sweep()
    slow.clear()
    assert alice.role_writes == ["PUT"] * 5


async def test_overlapping_sweeps_when_one_has_seen_less(alice: Holding, server: Server) -> None:
    """While a sweep is about to take a role, its holder buys the NFT back and refreshes: the role is not lost."""
    alice.balances.set_holdings(alice.wallet.address)
    await alice.sweep(timedelta(minutes=1))
    look = server.stage.discord.faults.hang("GET", MEMBER)
    alice.clock.leap(timedelta(minutes=31))
    await struck(look)
    server.hand(alice.wallet, friend(1), friend(2))
    alice.clock.leap(timedelta(minutes=2))
    refresh = asyncio.create_task(server.use(alice.user, "wallet refresh"))

    async def has_seen_more() -> bool:
        links = await server.stage.holdfast.services.wallets.of(alice.user.id)
        return links[0].wallet.emptied_at is None and bool(links[0].wallet.holdings)

    await eventually(has_seen_more)
    look.clear()
    await refresh
    await alice.sweep(timedelta(minutes=2))
    assert alice.has_role
    assert alice.role_writes == ["PUT"]

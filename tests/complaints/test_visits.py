"""Complaints about bots that look at the wrong people, or draw the wrong conclusion when they cannot."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER
from bot.sandbox.discord.faults import Faults
from bot.sandbox.wallets import ChiaTestWallet
from tests.complaints.conftest import Holding
from tests.e2e.acting import LeapClock, Server, friend


async def test_a_sweep_that_never_grants(server: Server, clock: LeapClock) -> None:
    """Who buys after linking gets the role by itself, also when other wallets cannot be read."""
    alice, bob, role = server.joined("alice"), server.joined("bob"), server.role("Holder")
    hers, his = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")
    await server.add_friends()
    await server.add_rule(role, "friends >= 2")
    for user, wallet in ((alice, hers), (bob, his)):
        await server.link(user, wallet)
    server.balances_of(his).fail(Fault.UNAVAILABLE, wallet=his.address)
    await server.sweep()
    assert not server.has(alice, role)
    server.hand(hers, friend(1), friend(2))
    clock.leap(timedelta(hours=7))
    await server.gives(alice, role)


async def test_a_sweep_that_never_grants_after_a_rule_was_made(server: Server) -> None:
    """Who was linked before the rule was made gets its role without anybody's doing."""
    alice, wallet = server.joined("alice"), ChiaTestWallet.from_seed("alice")
    server.hand(wallet, friend(1))
    await server.add_friends()
    await server.link(alice, wallet)
    role = server.role("Later")
    await server.add_rule(role, "friends")
    await server.gives(alice, role)


async def test_drop_outs_not_visited(alice: Holding) -> None:
    """Wallets that were emptied are looked at as before, also after weeks of nothing."""
    await alice.sells_everything()
    alice.clock.leap(timedelta(days=30))
    alice.server.hand(alice.wallet, friend(1), friend(2))
    await alice.server.gives(alice.user, alice.role)
    alice.balances.set_holdings(alice.wallet.address)
    for _ in range(3):
        alice.clock.leap(timedelta(hours=7))
        await alice.server.sweep()
    await alice.server.takes(alice.user, alice.role)


async def test_drop_outs_not_visited_while_others_stay(alice: Holding) -> None:
    """The one who sold is found among those who did not, without anybody's doing."""
    server = alice.server
    others = [(server.joined(f"member {n}"), ChiaTestWallet.from_seed(f"member {n}")) for n in range(5)]
    for number, (user, wallet) in enumerate(others):
        server.hand(wallet, friend(10 + 2 * number), friend(11 + 2 * number))
        await server.link(user, wallet)
        await server.gives(user, alice.role)
    alice.balances.move(friend(1), alice.wallet.address, others[0][1].address)
    alice.clock.leap(timedelta(hours=7))
    await server.takes(alice.user, alice.role)
    assert all(server.has(user, alice.role) for user, _ in others)


@pytest.mark.parametrize(
    "failure",
    [
        lambda faults: faults.server_error("GET", MEMBER, 503, times=None),
        lambda faults: faults.fail("GET", MEMBER, 404, 0, times=None),
        lambda faults: faults.fail("GET", MEMBER, 404, 10004, times=None),
        lambda faults: faults.fail("GET", MEMBER, 403, 50001, times=None),
        lambda faults: faults.rate_limit("GET", MEMBER, via=False, times=None),
        lambda faults: faults.drop("GET", MEMBER, times=None),
        lambda faults: faults.empty_roles(times=1),
    ],
    ids=["unavailable", "not found", "unknown server", "no access", "banned", "dropped", "no roles"],
)
async def test_account_unlinked_on_a_member_fetch_error(alice: Holding, failure: Callable[[Faults], object]) -> None:
    """Discord cannot say who the member is. The wallet stays linked, the role stays, and all goes on afterwards."""
    server = alice.server
    failure(server.stage.discord.faults)
    # Something that makes the bot look at the member: a sibling wallet that brings more.
    second = ChiaTestWallet.from_seed("second")
    server.hand(second, friend(3))
    await server.link(alice.user, second)
    await alice.a_day_passes()
    server.stage.discord.faults.clear()
    listed = (await server.use(alice.user, "wallet list")).text
    assert alice.wallet.address.short in listed
    assert second.address.short in listed
    assert alice.has_role
    assert set(alice.role_writes) == {"PUT"}
    server.balances_of(second).set_holdings(second.address)
    await alice.sells_everything()

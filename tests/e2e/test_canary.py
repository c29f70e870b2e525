"""A balance service that answers "holds nothing" about everybody takes no role."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend

ALICE, CANARY = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("canary")


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {
        "HOLDFAST_DATABASE__URL": database_url,
        "HOLDFAST_SWEEP__CONFIRM_AFTER": "1s",
        "HOLDFAST_PROVIDERS__SPACESCAN__CANARY": CANARY.address.text,
    }


async def test_a_service_that_shows_everybody_as_empty_takes_no_role(server: Server, clock: LeapClock) -> None:
    alice, holder = server.joined("alice"), server.role("Holder")
    service = server.balances_of(ALICE)
    server.hand(CANARY, friend(99))
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(alice, ALICE)
    await server.gives(alice, holder)

    service.fail(Fault.EMPTY_LIE, times=None)
    for _ in range(3):
        clock.leap(timedelta(hours=1))
        await server.sweep()
    assert server.has(alice, holder)
    why = await server.use(alice, "roles why")
    assert "a wallet that surely holds something reads as empty there" in why.text
    assert "reads as empty there" in (await server.use(server.owner, "sweep status")).text

    service.heal()
    clock.leap(timedelta(hours=1))
    await server.sweep()
    assert server.has(alice, holder)
    assert "reads as empty there" not in (await server.use(alice, "roles why")).text


async def test_who_really_sold_still_loses_the_role(server: Server, clock: LeapClock) -> None:
    alice, holder = server.joined("alice"), server.role("Holder")
    server.hand(CANARY, friend(99))
    server.hand(ALICE, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(alice, ALICE)
    await server.gives(alice, holder)
    server.balances_of(ALICE).take(ALICE.address, friend(1))
    await server.sweep()
    clock.leap(timedelta(hours=1))
    await server.sweep()
    await server.takes(alice, holder)

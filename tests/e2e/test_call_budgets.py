"""Quotas end to end: sweeps keep inside them and leave something to whoever waits, and status says what that means."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend

WALLETS = [ChiaTestWallet.from_seed(f"member {number}") for number in range(3)]
QUOTA = 30


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {
        "HOLDFAST_DATABASE__URL": database_url,
        "HOLDFAST_PROVIDERS__SPACESCAN__MONTHLY_QUOTA": str(QUOTA),
        "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": "60000",
    }


def to_next_month(clock: LeapClock) -> None:
    """Leap to the second day of the next month, so that all quotas are whole and little of the month is over."""
    now = clock.now()
    first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    clock.leap(first - now + timedelta(hours=1))
    assert clock.now() > datetime(2025, 1, 1, tzinfo=UTC)


async def test_sweeps_keep_to_their_share_and_members_who_wait_are_still_served(
    server: Server, clock: LeapClock
) -> None:
    role = server.role("Holder")
    to_next_month(clock)
    await server.add_friends()
    await server.add_rule(role, "friends")
    members = []
    for number, wallet in enumerate(WALLETS):
        server.hand(wallet, friend(number))
        members.append(server.joined(f"member{number}"))
        await server.link(members[-1], wallet)
        await server.gives(members[-1], role)
    spacescan = server.balances_of(WALLETS[0])
    spacescan.requests.clear()
    # The day's share of the month is used up by the members who linked, so due wallets wait.
    clock.leap(timedelta(hours=7))
    status = (await server.use(server.owner, "sweep status")).text
    assert f"3 of {QUOTA} calls to spacescan are used this month" in status
    assert "at this quota (spacescan, 3 wallets)" in status
    newcomer = ChiaTestWallet.from_seed("newcomer")
    server.hand(newcomer, friend(9))
    late = server.joined("late")
    await server.link(late, newcomer)
    await server.gives(late, role)
    assert [spacescan.count(wallet.address) for wallet in WALLETS] == [0, 0, 0]

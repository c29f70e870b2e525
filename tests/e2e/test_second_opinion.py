"""Two services that tell of the same wallets: a role goes only when neither shows the NFT any more."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from bot.domain.readings import UnknownReason
from bot.domain.wallets import WalletState
from bot.sandbox.balances import Fault, MintGardenStandIn
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import LeapClock, Server, friend

ALICE, BUYER = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("buyer")
PAST_CONFIRMATION = timedelta(minutes=31)
"""After so long a wallet that was seen empty once may be seen empty for good."""
SOLD = pytest.mark.parametrize(
    "sold", [[friend(1)], [friend(1), friend(2)]], ids=["one of two friends", "all of her friends"]
)


@pytest.fixture
def settings() -> Mapping[str, str]:
    return {"HOLDFAST_PROVIDERS__MINTGARDEN__ENABLED": "true"}


@pytest.fixture
def mintgarden(server: Server) -> MintGardenStandIn:
    return server.stage.balances.mintgarden


@pytest.fixture
async def alice(server: Server) -> User:
    """She holds two friends, in a wallet that is linked."""
    alice = server.joined("alice")
    server.hand(ALICE, friend(1), friend(2))
    await server.link(alice, ALICE)
    return alice


@pytest.fixture
async def holder(server: Server, alice: User) -> Role:
    """What two friends are good for."""
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends >= 2")
    await server.gives(alice, role)
    return role


def sell(server: Server, sold: Sequence[str]) -> None:
    for nft in sold:
        server.balances_of(ALICE).move(nft, ALICE.address, BUYER.address)


async def swept_twice(server: Server, clock: LeapClock) -> WalletState:
    """Alice's wallet once it was read twice, so far apart that the second reading confirms what the first one said."""
    await server.sweep()
    clock.leap(PAST_CONFIRMATION)
    await server.sweep()
    await server.rests()
    async with server.stage.holdfast.store.unit() as unit:
        wallet = await unit.wallets.get(1)
    assert wallet is not None
    return wallet


@SOLD
async def test_what_one_service_still_shows_is_not_taken_for_lost(
    server: Server, clock: LeapClock, mintgarden: MintGardenStandIn, alice: User, holder: Role, sold: Sequence[str]
) -> None:
    mintgarden.fail(Fault.STALE, times=None)
    sell(server, sold)
    wallet = await swept_twice(server, clock)
    assert wallet.unknown is UnknownReason.INCOMPLETE
    assert wallet.unknown_detail == "mintgarden still shows what spacescan does not show any more"
    assert mintgarden.count(ALICE.address) > 0
    assert server.has(alice, holder)

    mintgarden.heal()
    clock.leap(PAST_CONFIRMATION)
    await server.sweep()
    await server.takes(alice, holder)


@SOLD
async def test_what_neither_service_shows_any_more_is_lost(
    server: Server, clock: LeapClock, mintgarden: MintGardenStandIn, alice: User, holder: Role, sold: Sequence[str]
) -> None:
    sell(server, sold)
    wallet = await swept_twice(server, clock)
    assert wallet.unknown is None
    assert mintgarden.count(ALICE.address) > 0
    await server.takes(alice, holder)

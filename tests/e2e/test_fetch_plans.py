"""Collection-first reading end to end: the bot, a database, and balance services on loopback that list collections."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.domain.challenges import ProofKind
from bot.domain.networks import Network
from bot.sandbox.balances import BalanceRequest, Fault
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import FRIENDS, LeapClock, Server, friend

WALLETS = [ChiaTestWallet.from_seed(f"wallet {number}") for number in range(10)]
BUYER, MUSEUM = ChiaTestWallet.from_seed("buyer"), ChiaTestWallet.from_seed("museum")
PAGE = 50
"""So many NFTs are on one page of a collection."""


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url, "HOLDFAST_SWEEP__CONFIRM_AFTER": "1s"}


async def open_town(server: Server, exhibits: int = 0) -> tuple[Role, User, User]:
    """A role for who holds a friend; Alice has one in each of her wallets, and Bob holds one. All have been read.

    A museum that nobody has linked holds so many others, which are listed first.
    """
    role = server.role("Holder")
    server.hand(MUSEUM, *(friend(100 + number) for number in range(exhibits)))
    await server.add_friends()
    await server.add_rule(role, "friends")
    for number, wallet in enumerate(WALLETS):
        server.hand(wallet, friend(number))
    alice, bob = server.joined("alice"), server.joined("bob")
    await server.link(bob, WALLETS[0])
    await server.gives(bob, role)
    async with server.stage.holdfast.store.unit() as unit:
        now = server.stage.holdfast.services.clock.now()
        await unit.members.meet(server.guild.id, alice.id, now)
        for proven in WALLETS[1:]:
            known = await unit.wallets.ensure(proven.address, now)
            await unit.links.add(known.id, alice.id, server.guild.id, ProofKind.CHIP_0002, now)
    await server.sweep()
    await server.gives(alice, role)
    return role, alice, bob


def asked(server: Server) -> tuple[int, int]:
    """How many questions were asked about wallets, and how many about collections, since the last look."""
    stand_in = server.balances_of(WALLETS[0])
    paths = [request.path for request in stand_in.requests]
    stand_in.requests.clear()
    lists = sum(1 for path in paths if "/collections/" in path)
    return len(paths) - lists, lists


async def test_a_sweep_lists_a_collection_and_reads_by_itself_only_who_dropped_out(
    server: Server, clock: LeapClock
) -> None:
    role, alice, bob = await open_town(server)
    asked(server)
    await server.sweep()
    assert asked(server) == (0, 3)  # how large the collection is, its one page, and its size again

    status = (await server.use(server.owner, "sweep status")).text
    assert "2 calls for 10 wallets" in status
    assert "1 collection is listed in 2 calls, which confirms up to 10" in status
    assert "each wallet every 6h, from spacescan" in status

    server.balances_of(WALLETS[0]).move(friend(0), WALLETS[0].address, BUYER.address)
    clock.leap(timedelta(minutes=10))
    await server.sweep()
    assert asked(server) == (1, 2)
    clock.leap(timedelta(minutes=10))
    await server.sweep()
    await server.takes(bob, role)
    assert server.has(alice, role)


async def test_a_list_that_shifts_while_it_is_turned_confirms_nobody_and_takes_nothing(server: Server) -> None:
    """An NFT that moves on leaves its place on the first page to another, which therefore is on neither page."""
    role, alice, bob = await open_town(server, exhibits=PAGE)
    service = server.stage.balances.spacescan
    service.latest_last = True
    pages: list[str] = []

    def move_on(request: BalanceRequest) -> None:
        if request.path.endswith(f"/collections/{FRIENDS}/nfts"):
            if len(pages) % 2 == 0:  # Right after each first page; the list is tried more than once.
                service.move(friend(100 + len(pages)), MUSEUM.address, BUYER.address)
            pages.append(request.path)

    asked(server)
    service.after_each_request(move_on)
    await server.sweep()
    service.after_each_request(None)

    assert len(pages) >= 2
    wallets, _ = asked(server)
    assert wallets == len(WALLETS)
    async with server.stage.holdfast.store.unit() as unit:
        record = (await unit.planning.passes(Network.CHIA_MAINNET))[FRIENDS]
    assert record.obstacle
    await server.rests()
    assert server.has(alice, role)
    assert server.has(bob, role)


async def test_a_list_that_does_not_add_up_confirms_nobody_and_wallets_are_read_by_themselves(
    server: Server, clock: LeapClock
) -> None:
    role, alice, bob = await open_town(server)
    clock.leap(timedelta(minutes=10))
    asked(server)
    server.balances_of(WALLETS[0]).fail(Fault.TOTAL_LIES, times=None)
    await server.sweep()
    wallets, lists = asked(server)
    assert wallets == len(WALLETS)
    assert lists > 0
    assert server.has(alice, role)
    assert server.has(bob, role)

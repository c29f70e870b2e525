"""Unlinking one of several wallets: what was moved into another one before still counts."""

from collections.abc import Mapping

import pytest

from bot.sandbox.balances import Fault
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import Server, friend

OLD, NEW = ChiaTestWallet.from_seed("old"), ChiaTestWallet.from_seed("new")


@pytest.fixture
def settings(database_url: str) -> Mapping[str, str]:
    return {"HOLDFAST_DATABASE__URL": database_url}


@pytest.fixture
async def role(server: Server) -> Role:
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends >= 2", grace="0")
    return role


@pytest.fixture
async def alice(server: Server, role: Role) -> User:
    """Has linked an old wallet that holds enough, and a new one that holds something else."""
    alice = server.joined("alice")
    server.hand(OLD, friend(1), friend(2))
    server.hand(NEW, friend(3))
    await server.link(alice, OLD)
    await server.link(alice, NEW)
    await server.gives(alice, role)
    return alice


async def unlink_the_old_wallet(server: Server, alice: User) -> str:
    return (await server.use(alice, "wallet unlink", wallet=OLD.address.text)).text


async def test_who_moved_everything_into_another_wallet_before_keeps_the_role(
    server: Server, role: Role, alice: User
) -> None:
    for number in (1, 2):
        server.balances_of(OLD).move(friend(number), OLD.address, NEW.address)
    assert "No role of yours in this server changed" in await unlink_the_old_wallet(server, alice)
    await server.sweep()
    assert server.has(alice, role)
    assert len(server.stage.discord.traffic.role_writes) == 1


async def test_who_moved_nothing_loses_it_at_once(server: Server, role: Role, alice: User) -> None:
    assert "were taken back" in await unlink_the_old_wallet(server, alice)
    assert not server.has(alice, role)


async def test_while_the_other_wallet_cannot_be_read_the_role_stays_and_afterwards_it_goes(
    server: Server, role: Role, alice: User
) -> None:
    stand_in = server.balances_of(NEW)
    stand_in.fail(Fault.UNAVAILABLE)
    assert "Your roles stay until your other wallets could be read once more" in await unlink_the_old_wallet(
        server, alice
    )
    await server.sweep()
    assert server.has(alice, role)
    stand_in.heal()
    await server.sweep()
    await server.takes(alice, role)

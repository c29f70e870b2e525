"""The bot through its front door, once around."""

from datetime import timedelta

from bot.sandbox.balances import Fault
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LOOP_PASS, LeapClock, Server, friend


async def test_a_role_follows_the_nft_on_confirmed_evidence_only(server: Server, clock: LeapClock) -> None:
    alice, wallet, holder = server.joined("alice"), ChiaTestWallet.from_seed("alice"), server.role("Holder")
    server.hand(wallet, friend(1), friend(2))
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2")

    assert "Linked" in (await server.link(alice, wallet)).text
    await server.gives(alice, holder)

    spacescan = server.balances_of(wallet)
    spacescan.set_holdings(wallet.address)
    spacescan.fail(Fault.UNAVAILABLE)
    await server.sweep()
    assert server.has(alice, holder)

    spacescan.heal()
    await server.sweep()
    assert server.has(alice, holder)

    clock.leap(timedelta(minutes=31))
    await server.takes(alice, holder)


async def test_both_networks_count_together(server: Server) -> None:
    alice, holder = server.joined("alice"), server.role("Holder")
    chia, loopring = ChiaTestWallet.from_seed("alice"), EthereumTestWallet.from_seed("alice")
    server.hand(chia, friend(1))
    server.hand(loopring, LOOP_PASS, amount=2)
    await server.add_friends()
    await server.add_loop_pass()
    await server.add_rule(holder, "friends and loop_pass >= 2")

    await server.link(alice, chia)
    assert not server.has(alice, holder)
    await server.link(alice, loopring)

    await server.gives(alice, holder)


async def test_who_leaves_and_returns_at_once_has_the_roles_again(server: Server) -> None:
    alice, wallet, holder = server.joined("alice"), ChiaTestWallet.from_seed("alice"), server.role("Holder")
    server.hand(wallet, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(alice, wallet)
    await server.gives(alice, holder)

    server.guild.remove_member(alice)
    server.joined(alice)

    await server.gives(alice, holder)


async def test_a_restarted_bot_goes_on_with_what_it_knew(server: Server) -> None:
    alice, wallet, holder = server.joined("alice"), ChiaTestWallet.from_seed("alice"), server.role("Holder")
    server.hand(wallet, friend(1))
    await server.add_friends()
    await server.add_rule(holder, "friends")
    await server.link(alice, wallet)
    await server.gives(alice, holder)

    await server.stage.restart_bot()

    assert "you have the role" in (await server.use(alice, "roles why")).text
    assert len(server.stage.discord.traffic.role_writes) == 1

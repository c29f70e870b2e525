"""A paused server: nobody gets or loses any role, and afterwards roles follow the rules again."""

from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import Server, friend

ALICE, BOB = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("bob")


async def test_nobody_gets_or_loses_a_role_while_the_server_is_paused(server: Server) -> None:
    alice, bob, holder = server.joined("alice"), server.joined("bob"), server.role("Holder")
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2", grace="0")
    server.hand(ALICE, friend(1), friend(2))
    server.hand(BOB, friend(3), friend(4))
    await server.link(alice, ALICE)
    await server.gives(alice, holder)

    paused = await server.use(server.owner, "settings set", paused=True)
    assert "`paused`: yes" in paused.text
    server.balances_of(ALICE).take(ALICE.address, friend(1))
    await server.link(bob, BOB)
    await server.sweep()
    assert server.has(alice, holder)
    assert not server.has(bob, holder)
    assert "paused" in (await server.use(server.owner, "sweep status")).text
    assert "`paused`: yes" in (await server.use(server.owner, "settings show")).text

    resumed = await server.use(server.owner, "settings set", paused=False)
    assert "`paused`: no" in resumed.text
    await server.takes(alice, holder)
    await server.gives(bob, holder)
    assert "is paused" not in (await server.use(server.owner, "sweep status")).text


async def test_a_pause_holds_in_its_own_server_and_survives_a_restart(server: Server) -> None:
    other = Server.opened(server.stage, "Others")
    roles = {}
    for each in (server, other):
        roles[each] = each.role("Holder")
        await each.add_friends()
        await each.add_rule(roles[each], "friends >= 2", grace="0")
    await server.use(server.owner, "settings set", paused=True)
    await server.stage.restart_bot()
    alice = server.joined("alice")
    other.joined(alice)
    server.hand(ALICE, friend(1), friend(2))
    await other.link(alice, ALICE)
    await other.gives(alice, roles[other])
    await server.use(alice, "wallet list")
    await server.sweep()
    assert not server.has(alice, roles[server])

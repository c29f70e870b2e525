"""People are answered while a sweep is writing to the database, and do not wait until it is done."""

from bot.domain.urgency import Urgency
from bot.sandbox.wallets import ChiaTestWallet
from tests.e2e.acting import Server, friend

ALICE = ChiaTestWallet.from_seed("alice")


async def test_commands_that_only_show_are_answered_while_the_sweep_writes(server: Server) -> None:
    alice, holder = server.joined("alice"), server.role("Holder")
    await server.add_friends()
    await server.add_rule(holder, "friends >= 2")
    server.hand(ALICE, friend(1), friend(2))
    await server.link(alice, ALICE)
    await server.gives(alice, holder)

    holdfast = server.stage.holdfast
    async with holdfast.store.unit(Urgency.SWEEP) as sweep:
        await sweep.wallets.make_due(holdfast.services.clock.now())
        # Until this unit ends nothing else can be written.
        assert "Your linked wallets (1)" in (await server.use(alice, "wallet list")).text
        assert "friends >= 2" in (await server.use(alice, "roles why")).text
    assert "Your linked wallets (1)" in (await server.use(alice, "wallet list")).text

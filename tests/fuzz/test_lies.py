"""Balance APIs that lie in good form. No client can tell; what protects roles is that one lie is not enough."""

from datetime import timedelta

from bot.domain.drafts import DraftKind, Proposal
from bot.sandbox.balances import Fault
from tests.fuzz.admin_deeds import confirmed
from tests.fuzz.bench import CONFIRM_AFTER, INTERVAL
from tests.fuzz.requirements import FRIENDS, FRIENDS_ID
from tests.fuzz.town import Town


async def _holder(town: Town) -> None:
    server, user, wallet = town.servers[0], town.users[0], town.wallets[0]
    for asset in FRIENDS[:2]:
        town.balances.spacescan.give(wallet.address, asset, collection_id=FRIENDS_ID)
    town.set_truth()
    await confirmed(town, server, Proposal(DraftKind.ADD, server.roles[0].id, "friends >= 2", timedelta(0)))
    await town.link(server, user, wallet, onboard=True)
    assert _has_role(town)


def _has_role(town: Town) -> bool:
    server = town.servers[0]
    return server.roles[0].id in server.guild.roles_of(town.users[0])


async def _sweep(town: Town, after: timedelta) -> None:
    town.clock.advance(after)
    await town.bot.sweeper.refresh_due(town.wallets[0].address.network)
    await town.bot.sweeper.reconcile_due()


async def test_one_false_nothing_costs_nobody_a_role(town: Town) -> None:
    await _holder(town)
    town.balances.spacescan.fail(Fault.EMPTY_LIE, times=1)
    seen = []
    for _ in range(4):
        await _sweep(town, INTERVAL)
        seen.append(_has_role(town))
    assert seen == [True] * 4
    town.witness.violations.clear()  # the witness rightly says that the reading was false


async def test_false_nothings_within_the_time_of_confirmation_cost_nobody_a_role(town: Town) -> None:
    await _holder(town)
    town.balances.spacescan.fail(Fault.EMPTY_LIE)
    await _sweep(town, INTERVAL)
    await _sweep(town, CONFIRM_AFTER - timedelta(minutes=1))
    assert _has_role(town)
    town.balances.spacescan.heal()
    await _sweep(town, INTERVAL)
    assert _has_role(town)
    town.witness.violations.clear()


async def test_a_stale_answer_is_put_right_by_the_next_one(town: Town) -> None:
    await _holder(town)
    town.balances.spacescan.fail(Fault.STALE, times=1)
    for asset in FRIENDS[:2]:
        town.balances.spacescan.move(asset, town.wallets[0].address, town.wallets[1].address)
    town.set_truth()
    await _sweep(town, INTERVAL)
    assert _has_role(town)
    for _ in range(3):
        await _sweep(town, INTERVAL)
    assert not _has_role(town)
    town.witness.violations.clear()

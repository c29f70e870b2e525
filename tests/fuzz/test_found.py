"""What random schedules have found once, or would find too seldom, told as single stories."""

from datetime import timedelta

import pytest

from bot.domain.errors import StoreBusyError
from bot.sandbox.discord import MEMBER, MEMBER_ROLE
from tests.fuzz.bench import INTERVAL
from tests.fuzz.requirements import FRIENDS, FRIENDS_ID, TICKET
from tests.fuzz.town import NETWORKS, Town


async def _rule(town: Town, role: int, requirement: str = "friends >= 2") -> None:
    server = town.servers[0]
    await town.call(town.bot.services.rules.add(server.admin, server.roles[role].id, requirement, timedelta(0)))


def _hold(town: Town, count: int) -> None:
    stand_in, address = town.balances.spacescan, town.wallets[0].address
    stand_in.set_holdings(address)
    for asset in FRIENDS[:count]:
        stand_in.give(address, asset, collection_id=FRIENDS_ID)
    town.set_truth()


async def _link(town: Town) -> None:
    await town.link(town.servers[0], town.users[0], town.wallets[0], onboard=True)


async def _sweep(town: Town) -> None:
    town.clock.advance(INTERVAL)
    await town.refresh_due()
    await town.reconcile_due()


def _roles(town: Town) -> list[bool]:
    guild = town.servers[0].guild
    return [role.id in guild.roles_of(town.users[0]) for role in town.servers[0].roles]


async def test_a_role_list_that_came_back_empty_is_never_written_back(town: Town) -> None:
    """A PATCH of that list and two new roles would have taken all roles that other people gave."""
    server, user = town.servers[0], town.users[0]
    server.guild.give_role(user, server.roles[2])
    await _rule(town, 0)
    await _rule(town, 1)
    _hold(town, 2)
    town.discord.faults.empty_roles(user_id=user.id)
    await _link(town)
    assert _roles(town) == [True, True, True]
    assert town.discord.traffic.to("PATCH", MEMBER) == []


async def test_a_role_list_that_came_back_empty_does_not_make_the_bot_forget_what_it_gave(town: Town) -> None:
    await _rule(town, 0)
    _hold(town, 2)
    await _link(town)
    await _sweep(town)
    _hold(town, 1)
    town.discord.faults.empty_roles(user_id=town.users[0].id)
    await _sweep(town)
    assert _roles(town)[0]
    await _sweep(town)
    assert not _roles(town)[0]


async def test_a_change_whose_outcome_was_never_written_gets_its_line_in_the_journal(town: Town) -> None:
    await _rule(town, 0)
    _hold(town, 2)
    faults = town.discord.faults
    faults.drop("PUT", MEMBER_ROLE, after=True, times=2)
    await _link(town)
    for units in range(1, 10):
        town.tripwire.end_process(units)
        await _sweep(town)
        town.tripwire.disarm()
    key = (town.servers[0].guild.id, town.users[0].id, town.servers[0].roles[0].id)
    async with town.bot.store.unit() as unit:
        line = await unit.journal.last_of(*key)
    assert line is not None
    assert line.outcome.value == "done"
    assert town.records.ledger()[key] == "held"


async def test_a_busy_database_is_told_as_such_by_a_sweep(town: Town) -> None:
    """It used to arrive as a group of errors, which jobs and the command line take for a bug."""
    await _link(town)
    town.clock.advance(INTERVAL)
    town.tripwire.be_busy(2, at_commit=True)
    with pytest.raises(StoreBusyError):
        await town.bot.sweeper.refresh_due(NETWORKS[0])


async def test_a_wallet_with_a_new_owner_is_read_anew_at_once(town: Town) -> None:
    """Its last reading may be hours old, and a crash may have cost the one that follows a new link."""
    await _rule(town, 0)
    _hold(town, 2)
    await _link(town)
    _hold(town, 1)
    town.clock.advance(timedelta(minutes=2))
    await town.link(town.servers[0], town.users[1], town.wallets[0], onboard=False)
    assert await town.refresh_due() == 1


async def test_what_moves_between_two_wallets_of_a_member_behind_the_sweep_is_not_missed(town: Town) -> None:
    """The one wallet is read before the NFTs arrive, the other one after they left."""
    await _rule(town, 0)
    _hold(town, 2)
    await _link(town)
    await town.link(town.servers[0], town.users[0], town.wallets[1], onboard=True)
    await _sweep(town)
    giver, taker = (link.wallet for link in await town.bot.services.wallets.of(town.users[0].id))
    town.clock.advance(INTERVAL)
    await town.call(town.bot.refresher.refresh(taker))
    for asset in FRIENDS[:2]:
        town.balances.spacescan.move(asset, giver.address, taker.address)
    town.balances.spacescan.give(giver.address, FRIENDS[2], collection_id=FRIENDS_ID)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(giver))
    await town.reconcile_due()
    assert _roles(town)[0]
    await _sweep(town)
    assert _roles(town)[0]


async def test_what_moves_between_two_wallets_of_a_member_behind_the_sweep_is_not_counted_twice(town: Town) -> None:
    """The one wallet is read before the NFTs leave, the other one after they arrived."""
    await _rule(town, 0, "tickets >= 2")
    giver, taker = town.wallets[3:]
    for wallet in (giver, taker):
        await town.link(town.servers[0], town.users[0], wallet, onboard=True)
    links = {link.wallet.address: link.wallet for link in await town.bot.services.wallets.of(town.users[0].id)}
    town.balances.loopring.give(giver.address, TICKET)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(links[giver.address]))
    town.balances.loopring.move(TICKET, giver.address, taker.address)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(links[taker.address]))
    await town.reconcile_due()
    await _sweep(town)
    assert not _roles(town)[0]

"""What random schedules have found once, or would find too seldom, told as single stories."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.brakes import HoldDecision
from bot.domain.drafts import DraftKind, Proposal
from bot.domain.errors import StoreBusyError
from bot.domain.ledger import LedgerState
from bot.domain.previews import Outlook
from bot.sandbox.discord import MEMBER, MEMBER_ROLE
from bot.services.reconciling import VERIFY_AFTER
from tests.fuzz.admin_deeds import confirmed
from tests.fuzz.bench import INTERVAL
from tests.fuzz.requirements import FRIENDS, FRIENDS_ID, TICKET
from tests.fuzz.safety_deeds import decide_holds
from tests.fuzz.settling import check, settle
from tests.fuzz.stories import HOUR, end_rule, first_roles, hold, link, rule, sweep
from tests.fuzz.town import NETWORKS, Town


async def test_a_role_list_that_came_back_empty_is_never_written_back(town: Town) -> None:
    """A PATCH of that list and two new roles would have taken all roles that other people gave."""
    server, user = town.servers[0], town.users[0]
    server.guild.give_role(user, server.roles[2])
    await rule(town, 0)
    await rule(town, 1)
    hold(town, 2)
    town.discord.faults.empty_roles(user_id=user.id)
    await link(town)
    assert first_roles(town) == [True, True, True]
    assert town.discord.traffic.to("PATCH", MEMBER) == []


async def test_a_role_list_that_came_back_empty_does_not_make_the_bot_forget_what_it_gave(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    hold(town, 1)
    town.discord.faults.empty_roles(user_id=town.users[0].id)
    await sweep(town)
    assert first_roles(town)[0]
    await sweep(town)
    assert not first_roles(town)[0]


async def test_a_change_whose_outcome_was_never_written_gets_its_line_in_the_journal(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    faults = town.discord.faults
    faults.drop("PUT", MEMBER_ROLE, after=True, times=2)
    await link(town)
    for units in range(1, 10):
        town.tripwire.end_process(units)
        await sweep(town)
        town.tripwire.disarm()
    key = (town.servers[0].guild.id, town.users[0].id, town.servers[0].roles[0].id)
    async with town.bot.store.unit() as unit:
        line = await unit.journal.last_of(*key)
    assert line is not None
    assert line.outcome.value == "done"
    assert town.records.ledger()[key] == "held"


async def test_a_busy_database_is_told_as_such_by_a_sweep(town: Town) -> None:
    """It used to arrive as a group of errors, which jobs and the command line take for a bug."""
    await link(town)
    town.clock.advance(INTERVAL)
    town.tripwire.be_busy(2, at_commit=True)
    with pytest.raises(StoreBusyError):
        await town.bot.sweeper.refresh_due(NETWORKS[0])


async def test_a_wallet_with_a_new_owner_is_read_anew_at_once(town: Town) -> None:
    """Its last reading may be hours old, and a crash may have cost the one that follows a new link."""
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    hold(town, 1)
    town.clock.advance(timedelta(minutes=2))
    await town.link(town.servers[0], town.users[1], town.wallets[0], onboard=False)
    assert await town.refresh_due() == 1


async def test_what_moves_between_two_wallets_of_a_member_behind_the_sweep_is_not_missed(town: Town) -> None:
    """The one wallet is read before the NFTs arrive, the other one after they left."""
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await town.link(town.servers[0], town.users[0], town.wallets[1], onboard=True)
    await sweep(town)
    giver, taker = (each.wallet for each in await town.bot.services.wallets.of(town.users[0].id))
    town.clock.advance(INTERVAL)
    await town.call(town.bot.refresher.refresh(taker))
    for asset in FRIENDS[:2]:
        town.balances.spacescan.move(asset, giver.address, taker.address)
    town.balances.spacescan.give(giver.address, FRIENDS[2], collection_id=FRIENDS_ID)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(giver))
    await town.reconcile_due()
    assert first_roles(town)[0]
    await sweep(town)
    assert first_roles(town)[0]


async def test_what_moves_between_two_wallets_of_a_member_behind_the_sweep_is_not_counted_twice(town: Town) -> None:
    """The one wallet is read before the NFTs leave, the other one after they arrived."""
    await rule(town, 0, "tickets >= 2")
    giver, taker = town.wallets[3:]
    for wallet in (giver, taker):
        await town.link(town.servers[0], town.users[0], wallet, onboard=True)
    links = {each.wallet.address: each.wallet for each in await town.bot.services.wallets.of(town.users[0].id)}
    town.balances.loopring.give(giver.address, TICKET)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(links[giver.address]))
    town.balances.loopring.move(TICKET, giver.address, taker.address)
    town.set_truth()
    await town.call(town.bot.refresher.refresh(links[taker.address]))
    await town.reconcile_due()
    await sweep(town)
    assert not first_roles(town)[0]


async def test_a_role_is_not_taken_for_an_ended_rule_once_it_has_a_new_one(town: Town) -> None:
    """The roles were still to be taken back, which nothing had told the new rule: it took them without its grace."""
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    await rule(town, 0, "tickets >= 2", HOUR)
    await sweep(town)
    assert first_roles(town)[0]
    town.clock.advance(HOUR)
    await sweep(town)
    assert not first_roles(town)[0]


async def test_a_removal_for_an_ended_rule_that_discord_left_unclear_is_not_repeated_for_a_new_one(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    town.discord.faults.drop("DELETE", MEMBER_ROLE, times=None)
    await sweep(town)
    town.discord.faults.clear()
    assert first_roles(town)[0]
    await rule(town, 0, "tickets >= 2", HOUR)
    await sweep(town)
    assert first_roles(town)[0]
    town.clock.advance(HOUR)
    await sweep(town)
    assert not first_roles(town)[0]


async def test_a_removal_for_an_ended_rule_that_did_not_stick_is_not_repeated_for_a_new_one(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    town.discord.faults.accept_without_applying("DELETE", MEMBER_ROLE)
    await town.reconcile_due()
    await rule(town, 0, "tickets >= 2", HOUR)
    await sweep(town)
    assert first_roles(town)[0]


async def test_a_removal_for_an_ended_rule_that_did_not_stick_is_repeated(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    town.discord.faults.accept_without_applying("DELETE", MEMBER_ROLE)
    await town.reconcile_due()
    assert first_roles(town)[0]
    town.clock.advance(VERIFY_AFTER)
    await town.reconcile_due()
    assert not first_roles(town)[0]
    await settle(town)
    assert await check(town) == []


async def test_a_role_that_an_ended_rule_took_in_time_is_given_back_by_a_new_one(town: Town) -> None:
    """Whether the removal was carried out or not: nobody but the bot took the role."""
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    town.discord.faults.drop("DELETE", MEMBER_ROLE, after=True, times=2)
    await town.reconcile_due()
    assert not first_roles(town)[0]
    await rule(town, 0)
    await sweep(town)
    assert first_roles(town)[0]


async def test_a_removal_that_is_answered_after_its_rule_was_made_anew_is_no_ground_for_the_new_one(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    town.discord.faults.slow("DELETE", MEMBER_ROLE, 0.5)
    removal = asyncio.create_task(town.bot.sweeper.reconcile_due())
    await town.discord.until(lambda: bool(town.discord.traffic.to("DELETE", MEMBER_ROLE)))
    server = town.servers[0]
    await confirmed(town, server, Proposal(DraftKind.ADD, server.roles[0].id, "tickets >= 2", HOUR))
    await removal
    async with town.bot.store.unit() as unit:
        (entry,) = await unit.ledger.of_role(server.guild.id, server.roles[0].id)
    assert (entry.state, entry.lapsed_at, entry.grace_waived) == (LedgerState.TAKING, None, False)


async def test_a_preview_of_a_new_rule_shows_that_nothing_of_an_ended_one_is_left(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    server, services = town.servers[0], town.bot.services
    asked = Proposal(DraftKind.ADD, server.roles[0].id, "tickets >= 2", HOUR)
    preview = await services.previewing.of_change(await services.rules.plan(server.admin, asked))
    assert preview.count(Outlook.LOSE) == 0
    assert preview.count(Outlook.LOSE_LATER) == 1


@pytest.mark.parametrize("brake", [0])
async def test_a_role_that_an_admin_let_a_member_keep_stays_though_it_was_gone_for_a_moment(town: Town) -> None:
    """Nobody told the bot, which sees the role as ever."""
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    hold(town, 1)
    await sweep(town)
    await sweep(town)
    server, user = town.servers[0], town.users[0]
    assert await decide_holds(town, server, HoldDecision.KEPT) == 1
    server.guild.take_role(user, server.roles[0])
    town.give_by_hand(server, user, server.roles[0])
    await settle(town)
    assert first_roles(town)[0]
    assert await check(town) == []


async def test_a_refusal_to_take_back_an_ended_rules_role_leaves_it_to_all_its_holders(town: Town) -> None:
    await rule(town, 0, "friends")
    hold(town, 1)
    stand_in, other = town.balances.spacescan, town.wallets[1].address
    stand_in.give(other, FRIENDS[2], collection_id=FRIENDS_ID)
    town.set_truth()
    await link(town)
    await town.link(town.servers[0], town.users[1], town.wallets[1], onboard=True)
    await sweep(town)
    town.servers[0].guild.move_role(town.servers[0].roles[0], 200)
    await end_rule(town, 0)
    for user in town.users:
        await town.call(town.bot.reconciler.reconcile(town.servers[0].guild.id, user.id))
    assert [line.outcome for line in town.records.journal() if line.action == "take"] == ["forbidden"]
    await settle(town)
    assert await check(town) == []


@pytest.mark.parametrize("brake", [0])
@pytest.mark.parametrize("is_under_way", [False, True])
async def test_what_an_ended_rule_was_to_take_waits_for_an_admin_under_a_new_one(
    town: Town, *, is_under_way: bool
) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await end_rule(town, 0)
    if is_under_way:
        town.discord.faults.drop("DELETE", MEMBER_ROLE, times=None)
        await sweep(town)
        town.discord.faults.clear()
    await rule(town, 0, "tickets >= 2")
    await sweep(town)
    await sweep(town)
    assert first_roles(town)[0]
    assert len(await town.bot.services.braking.open_holds(town.servers[0].guild.id)) == 1

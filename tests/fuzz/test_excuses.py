"""What the witness lets pass, and why that is right: each excuse as the story that needs it."""

import pytest

from bot.domain.brakes import HoldDecision
from bot.domain.privacy import AskedBy
from bot.sandbox.balances import Fault
from bot.sandbox.discord import MEMBER, MEMBER_ROLE
from tests.fuzz.bench import INTERVAL, Ways
from tests.fuzz.decisions import Key
from tests.fuzz.requirements import FRIENDS, FRIENDS_ID
from tests.fuzz.safety_deeds import decide_holds
from tests.fuzz.settling import check, settle
from tests.fuzz.stories import HOUR, end_rule, first_roles, hold, link, rule, sweep
from tests.fuzz.town import NETWORKS, Town


def _key(town: Town) -> Key:
    server = town.servers[0]
    return server.guild.id, town.users[0].id, server.roles[0].id


async def _holder(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    assert first_roles(town)[0]


async def test_a_role_of_a_member_whom_discord_denies_is_left_to_them(town: Town) -> None:
    """Who leaves loses all roles, so nothing of them is the bot's. If Discord was wrong, the role looks like a gift."""
    await _holder(town)
    hold(town, 1)
    guild_id, user_id, _ = _key(town)
    town.discord.faults.fail("GET", MEMBER, 404, 10007, guild_id=guild_id, user_id=user_id)
    town.witness.denied.add((guild_id, user_id))
    await sweep(town)
    assert first_roles(town)[0]
    assert _key(town) not in town.records.ledger()
    await settle(town)
    assert first_roles(town)[0]
    assert await check(town) == []


async def test_a_role_of_a_member_whom_discord_denied_stays_when_their_data_is_deleted(town: Town) -> None:
    """As the bot does not know of it any more."""
    await _holder(town)
    user, (guild_id, user_id, _) = town.users[0], _key(town)
    town.witness.denied.add((guild_id, user_id))
    town.discord.faults.fail("GET", MEMBER, 404, 10007, guild_id=guild_id, user_id=user_id)
    await town.call(town.bot.services.privacy.forgetting.ask(user.id, AskedBy.MEMBER))
    town.clock.advance(HOUR)
    await town.finish_deletions()
    assert user.id not in town.records.forgetting()
    assert first_roles(town)[0]
    await settle(town)
    assert await check(town) == []


async def test_an_adopted_role_of_somebody_who_does_not_want_to_count_is_left_to_them(town: Town) -> None:
    """They had it before the bot came, which now has nothing to do with them any more."""
    server, user = town.servers[0], town.users[0]
    await rule(town, 0)
    await link(town)
    town.give_by_hand(server, user, server.roles[0])
    until = town.clock.now() + HOUR
    await town.call(town.bot.services.adopting.adopt(server.admin, server.roles[0].id, until))
    town.witness.see_adopted([_key(town)])
    town.decisions.adopt([_key(town)], until)
    members = town.decisions.withdrawn | {_key(town)[:2]}
    await town.call(town.bot.services.privacy.opting_out.opt_out(*_key(town)[:2]), withdrawn=members)
    assert first_roles(town)[0]
    assert _key(town) not in town.records.ledger()
    await settle(town)
    assert first_roles(town)[0]
    assert await check(town) == []


async def test_an_adopted_role_that_was_earned_is_taken_back_from_who_does_not_want_to_count(
    town: Town,
) -> None:
    """It rests on their wallets by now."""
    server, user = town.servers[0], town.users[0]
    await rule(town, 0)
    hold(town, 2)
    town.give_by_hand(server, user, server.roles[0])
    until = town.clock.now() + HOUR
    await town.call(town.bot.services.adopting.adopt(server.admin, server.roles[0].id, until))
    town.witness.see_adopted([_key(town)])
    town.decisions.adopt([_key(town)], until)
    await link(town)
    await sweep(town)
    members = town.decisions.withdrawn | {_key(town)[:2]}
    await town.call(town.bot.services.privacy.opting_out.opt_out(*_key(town)[:2]), withdrawn=members)
    assert not first_roles(town)[0]
    await settle(town)
    assert await check(town) == []


async def test_a_role_that_discord_refuses_to_take_does_not_keep_somebodys_data(town: Town) -> None:
    """They asked for all to be deleted, and are told which role stays; what nobody knows of nobody can take later."""
    await _holder(town)
    user = town.users[0]
    town.servers[0].guild.move_role(town.servers[0].roles[0], 200)
    town.witness.refusals.add(town.servers[0].guild.id)
    await town.call(town.bot.services.privacy.forgetting.ask(user.id, AskedBy.MEMBER))
    for _ in range(5):
        town.clock.advance(HOUR)
        await town.finish_deletions()
    assert user.id not in town.records.forgetting()
    assert first_roles(town)[0]
    await settle(town)
    assert await check(town) == []


async def test_a_doubt_that_comes_up_after_the_decision_does_not_undo_it(town: Town) -> None:
    """An API that falls silent says nothing about the wallet: what was read right before stays true until stale."""
    await _holder(town)
    hold(town, 1)
    town.clock.advance(INTERVAL)
    await town.refresh_due()
    town.clock.advance(INTERVAL)

    async def fail_to_read() -> None:
        town.balances.spacescan.fail(Fault.EMPTY_BODY)
        for network in NETWORKS:
            await town.interject(town.bot.sweeper.refresh_due(network))

    town.tripwire.do_meanwhile(4, fail_to_read)
    await town.reconcile_due()
    town.tripwire.disarm()
    assert not first_roles(town)[0]


async def test_who_gave_a_wallet_up_has_no_grace_for_what_they_had_then_only(town: Town) -> None:
    """A role that they are given later, and that lapses, has all the grace of its rule."""
    await rule(town, 0, grace=HOUR)
    hold(town, 2)
    await link(town)
    await sweep(town)
    await town.unlink(town.servers[0], town.users[0], town.wallets[0], onboard=True)
    assert not first_roles(town)[0]
    await link(town)
    await sweep(town)
    assert first_roles(town)[0]
    hold(town, 1)
    for _ in range(3):
        await sweep(town)
    assert first_roles(town)[0]
    town.clock.advance(HOUR)
    await sweep(town)
    assert not first_roles(town)[0]


@pytest.mark.parametrize("brake", [0])
@pytest.mark.parametrize("wallet_goes_first", [False, True])
async def test_a_role_that_the_bot_takes_for_its_own_is_lost_with_the_wallet_though_nobody_approves_it(
    town: Town, *, wallet_goes_first: bool
) -> None:
    """Its holder was away, which nobody told the bot, and has it from somebody else.

    That a wallet went to another member is no surprise that an admin would have to look at.
    """
    await _holder(town)
    server, user = town.servers[0], town.users[0]
    server.guild.remove_member(user)
    town.witness.see_gone(guild_id=server.guild.id, user_id=user.id)
    town.clock.advance(INTERVAL)
    server.guild.add_member(user)
    if wallet_goes_first:
        await town.link(server, town.users[1], town.wallets[0], onboard=False)
        town.give_by_hand(server, user, server.roles[0])
    else:
        town.give_by_hand(server, user, server.roles[0])
        await town.reconcile_due()
        await town.link(server, town.users[1], town.wallets[0], onboard=True)
    await sweep(town)
    assert not first_roles(town)[0]
    await settle(town)
    assert await check(town) == []


@pytest.mark.parametrize("ways", [Ways(members_intent=False)])
async def test_the_bots_own_role_is_left_to_who_got_another_one_before_it_was_seen_on_them(town: Town) -> None:
    """Discord showed no role at all when it was given, which may have been wrong about both."""
    server, user = town.servers[0], town.users[0]
    await rule(town, 0)
    hold(town, 2)
    town.clock.advance(2 * HOUR)
    await link(town)
    key = (server.guild.id, user.id, server.roles[0].id)
    assert town.records.doubted() == {key}
    town.give_by_hand(server, user, server.roles[1])
    await settle(town)
    assert key not in town.records.ledger()
    assert await check(town) == []


@pytest.mark.parametrize("ways", [Ways(members_intent=False)])
async def test_the_bots_own_role_is_left_to_who_keeps_another_one_that_discord_did_not_let_the_bot_take(
    town: Town,
) -> None:
    """Both were given as Discord showed no role at all; a refusal about somebody else ended the bot's claim to one."""
    server, late = town.servers[0], town.users[1]
    await rule(town, 0)
    await rule(town, 1)
    hold(town, 2)
    await link(town)
    await sweep(town)
    for asset in FRIENDS[2:4]:
        town.balances.spacescan.give(town.wallets[1].address, asset, collection_id=FRIENDS_ID)
    town.set_truth()
    town.clock.advance(2 * HOUR)
    await town.link(server, late, town.wallets[1], onboard=True)
    assert {key[1] for key in town.records.doubted()} == {late.id}
    town.discord.faults.fail("DELETE", MEMBER_ROLE, 403, 50013)
    town.witness.refusals.add(server.guild.id)
    await end_rule(town, 1)
    await sweep(town)
    await settle(town)
    assert (server.guild.id, late.id, server.roles[0].id) not in town.records.ledger()
    assert await check(town) == []


@pytest.mark.parametrize("brake", [0])
@pytest.mark.parametrize("looked", [False, True])
async def test_a_role_that_was_to_be_kept_stays_until_the_bot_has_looked_at_who_is_entitled_again(
    town: Town, *, looked: bool
) -> None:
    """It goes by what is known when it looks. What was read before that, and is over, ends nobody's decision."""
    await _holder(town)
    server = town.servers[0]
    hold(town, 1)
    await sweep(town)
    await sweep(town)
    assert await decide_holds(town, server, HoldDecision.KEPT) == 1
    await town.reconcile_due()
    hold(town, 2)
    for _ in range(2):
        town.clock.advance(INTERVAL)
        await town.refresh_due()
    if looked:
        await town.reconcile_due()
    hold(town, 1)
    await sweep(town)
    await settle(town)
    assert first_roles(town)[0] is not looked
    assert await check(town) == []

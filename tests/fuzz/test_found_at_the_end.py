"""What random schedules have found once about changes that nobody could look after any more."""

from datetime import timedelta

import pytest

from tests.fuzz.admin_deeds import remove_rule
from tests.fuzz.bench import INTERVAL
from tests.fuzz.settling import check, settle
from tests.fuzz.stories import first_roles, hold, link, rule, sweep
from tests.fuzz.town import Town


async def _crash_between_call_and_record(town: Town, *, gave: bool) -> None:
    """Let the bot's process end right after Discord did what it was asked for."""
    key = (town.servers[0].guild.id, town.users[0].id, town.servers[0].roles[0].id)
    before = len(town.records.journal())
    town.clock.advance(INTERVAL)
    await town.refresh_due()
    for units in range(1, 10):
        town.tripwire.end_process(units)
        await town.reconcile_due()
        town.tripwire.disarm()
        if town.witness.changes[key, gave]:
            break
    assert town.witness.changes[key, gave] == 1
    assert len(town.records.journal()) == before, "the change was recorded"


@pytest.mark.parametrize("end", ["rule removed", "role deleted", "member left", "member came back"])
async def test_a_removal_that_a_crash_hid_is_told_though_nobody_looks_for_it_any_more(town: Town, end: str) -> None:
    server, user = town.servers[0], town.users[0]
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    hold(town, 1)
    await _crash_between_call_and_record(town, gave=False)
    memberships = town.bot.services.memberships
    match end:
        case "rule removed":
            await remove_rule(town, server, server.roles[0], take=False)
        case "role deleted":
            await memberships.role_deleted(server.guild.id, server.roles[0].id)
        case "member left":
            server.guild.remove_member(user)
            await memberships.left(server.guild.id, user.id)
        case _:
            server.guild.remove_member(user)
            town.clock.advance(timedelta(minutes=1))
            server.guild.add_member(user)
            await memberships.joined(server.guild.id, user.id)
            await sweep(town)
    last = town.records.journal()[-1]
    assert (last.action, last.outcome, bool(last.note)) == ("take", "unreachable", True)


@pytest.mark.parametrize("entitled", [True, False])
async def test_a_gift_that_a_crash_hid_and_somebody_undid_is_told(town: Town, *, entitled: bool) -> None:
    await rule(town, 0)
    await link(town)
    await sweep(town)
    hold(town, 2)
    await _crash_between_call_and_record(town, gave=True)
    town.servers[0].guild.take_role(town.users[0], town.servers[0].roles[0])
    hold(town, 2 if entitled else 1)
    await sweep(town)
    await sweep(town)
    assert ("give", "unreachable") in [(line.action, line.outcome) for line in town.records.journal()]
    await settle(town)
    assert await check(town) == []


async def test_a_removal_that_a_crash_hid_is_told_when_somebody_gave_the_role_back_and_it_is_adopted(
    town: Town,
) -> None:
    server, user, role = town.servers[0], town.users[0], town.servers[0].roles[0]
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    hold(town, 1)
    await _crash_between_call_and_record(town, gave=False)
    town.give_by_hand(server, user, role)
    until = town.clock.now() + 2 * INTERVAL
    await town.call(town.bot.services.adopting.adopt(server.admin, role.id, until))
    key = (server.guild.id, user.id, role.id)
    town.witness.see_adopted([key])
    town.decisions.adopt([key], until)
    await sweep(town)
    assert first_roles(town)[0], "the admin's word counts"
    await settle(town)
    assert await check(town) == []

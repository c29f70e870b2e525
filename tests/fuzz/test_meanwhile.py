"""What happens between two units of work of a reconciliation is minded by the ones that follow.

Each story is told for every unit that the reconciliation takes, so that one of them is the one that writes the intent.
"""

from datetime import timedelta

import pytest

from tests.fuzz.bench import INTERVAL
from tests.fuzz.settling import check, settle
from tests.fuzz.stories import HOUR, first_roles, hold, link, rule, sweep
from tests.fuzz.town import Town

_UNITS = range(2, 6)


async def _reconcile(town: Town) -> None:
    await town.call(town.bot.sweeper.reconcile_guild(town.servers[0].guild.id))
    town.tripwire.disarm()
    assert town.witness.violations == []


async def _holder_who_sold(town: Town) -> None:
    await rule(town, 0)
    hold(town, 2)
    await link(town)
    await sweep(town)
    assert first_roles(town)[0]
    hold(town, 1)
    town.clock.advance(INTERVAL)
    await town.refresh_due()


@pytest.mark.parametrize("units", _UNITS)
async def test_a_member_who_is_protected_before_the_removal_is_begun_keeps_the_role(town: Town, units: int) -> None:
    server, user = town.servers[0], town.users[0]
    await _holder_who_sold(town)

    async def protect() -> None:
        until = town.clock.now() + 10 * HOUR
        town.decisions.protect(server.guild.id, user.id, until)
        await town.interject(town.bot.services.protecting.protect(server.admin, user.id, None, until, ""))

    town.tripwire.do_meanwhile(units, protect)
    await _reconcile(town)


@pytest.mark.parametrize("units", _UNITS)
async def test_a_server_that_is_paused_before_the_removal_is_begun_keeps_its_roles(town: Town, units: int) -> None:
    server = town.servers[0]
    await _holder_who_sold(town)

    async def pause() -> None:
        town.decisions.pause(server.guild.id)
        await town.interject(town.bot.services.settings.set_paused(server.admin, paused=True))

    town.tripwire.do_meanwhile(units, pause)
    await _reconcile(town)


@pytest.mark.parametrize("units", _UNITS)
async def test_a_wallet_that_is_unlinked_before_the_role_is_given_gives_none(town: Town, units: int) -> None:
    user, address = town.users[0], town.wallets[0].address.text
    await rule(town, 0)
    await link(town)
    hold(town, 2)
    town.clock.advance(INTERVAL)
    await town.refresh_due()

    async def unlink() -> None:
        town.witness.waive(user.id)
        guild_id = town.servers[0].guild.id
        await town.interject(town.bot.services.wallets.unlink(user.id, guild_id, address))

    town.tripwire.do_meanwhile(units, unlink)
    await _reconcile(town)
    town.clock.advance(timedelta(minutes=1))
    await settle(town)
    assert await check(town) == []

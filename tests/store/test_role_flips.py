from dataclasses import replace

from bot.domain.ledger import RoleAction
from bot.domain.rivals import Flip
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, NOW, OTHER_GUILD, ROLE

FLIP = Flip(NOW, GUILD, ALICE, ROLE, RoleAction.GIVE)


async def test_flips_are_found_by_member_newest_first(store: SqlStore) -> None:
    later = replace(FLIP, at=NOW + HOUR, undone=RoleAction.TAKE, is_rivalry=True)
    async with store.unit() as unit:
        for flip in (FLIP, later, replace(FLIP, user_id=BOB), replace(FLIP, guild_id=OTHER_GUILD)):
            await unit.role_flips.add(flip)
        assert await unit.role_flips.of_member(GUILD, ALICE) == [later, FLIP]


async def test_a_rivalry_is_reported_once(store: SqlStore) -> None:
    rivalry = replace(FLIP, is_rivalry=True)
    async with store.unit() as unit:
        await unit.role_flips.add(FLIP)
        await unit.role_flips.add(replace(rivalry, at=NOW + HOUR))
        unreported = await unit.role_flips.unreported(9)
        assert unreported == [replace(rivalry, at=NOW + HOUR)]
        assert not await unit.role_flips.is_told(GUILD, ROLE, NOW)
        assert await unit.role_flips.report(unreported[0], NOW + DAY)
        assert not await unit.role_flips.report(unreported[0], NOW + DAY)
        assert await unit.role_flips.is_told(GUILD, ROLE, NOW)
        assert not await unit.role_flips.is_told(OTHER_GUILD, ROLE, NOW)
        assert await unit.role_flips.unreported(9) == []
        assert await unit.role_flips.rivalries(GUILD, NOW) == unreported
        assert await unit.role_flips.rivalries(GUILD, NOW + DAY) == []


async def test_old_flips_are_purged(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.role_flips.add(FLIP)
        await unit.role_flips.add(replace(FLIP, at=NOW + DAY))
        assert await unit.role_flips.purge(NOW + HOUR) == 1
        assert await unit.role_flips.of_member(GUILD, ALICE) == [replace(FLIP, at=NOW + DAY)]

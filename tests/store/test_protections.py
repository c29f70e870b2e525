from dataclasses import replace

from bot.domain.protections import Protection, protected_until
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

EVERYTHING = Protection(GUILD, ALICE, None, None, "Founder", BOB, NOW)
ONE_ROLE = Protection(GUILD, ALICE, ROLE, NOW + DAY, "", BOB, NOW)


async def test_protections_come_back_as_they_were_written(store: SqlStore) -> None:
    async with store.unit() as unit:
        for protection in (EVERYTHING, ONE_ROLE, replace(EVERYTHING, guild_id=OTHER_GUILD)):
            await unit.protections.save(protection)
        assert await unit.protections.of_member(GUILD, ALICE) == [EVERYTHING, ONE_ROLE]
        assert await unit.protections.of_member(GUILD, BOB) == []


async def test_a_new_one_takes_the_place_of_the_one_for_the_same_role(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.protections.save(EVERYTHING)
        changed = replace(EVERYTHING, until=NOW + DAY, reason="Only for today")
        await unit.protections.save(changed)
        assert await unit.protections.of_member(GUILD, ALICE) == [changed]
        await unit.protections.remove(changed)
        assert await unit.protections.of_member(GUILD, ALICE) == []


async def test_those_that_are_over_are_not_listed_and_go_in_the_end(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.protections.save(EVERYTHING)
        await unit.protections.save(ONE_ROLE)
        assert await unit.protections.of_guild(GUILD, NOW) == [EVERYTHING, ONE_ROLE]
        assert await unit.protections.of_guild(GUILD, NOW + DAY) == [EVERYTHING]
        assert await unit.protections.purge(NOW + DAY) == 0
        assert await unit.protections.purge(NOW + 2 * DAY) == 1
        assert await unit.protections.of_member(GUILD, ALICE) == [EVERYTHING]


def test_a_protection_covers_its_role_until_its_end() -> None:
    assert ONE_ROLE.covers(ROLE, NOW)
    assert not ONE_ROLE.covers(OTHER_ROLE, NOW)
    assert not ONE_ROLE.covers(ROLE, NOW + DAY)
    assert EVERYTHING.covers(OTHER_ROLE, NOW + 1000 * DAY)


def test_the_last_end_counts_and_one_without_an_end_has_none() -> None:
    longer = replace(ONE_ROLE, role_id=None, until=NOW + 2 * DAY)
    assert protected_until([ONE_ROLE, longer], ROLE, NOW) == NOW + 2 * DAY
    assert protected_until([ONE_ROLE, longer], ROLE, NOW + DAY) == NOW + 2 * DAY
    assert protected_until([ONE_ROLE, EVERYTHING], ROLE, NOW) is None
    assert protected_until([], ROLE, NOW) is None

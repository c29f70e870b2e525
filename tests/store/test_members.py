import asyncio
from dataclasses import replace

from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.members import Membership, Presence
from bot.store.store import SqlStore, SqlUnitOfWork
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD


async def settled(unit: SqlUnitOfWork, guild_id: int = GUILD, user_id: int = ALICE) -> Membership:
    """Meet a member and reconcile the roles, so that nothing is due."""
    await unit.members.settle(await unit.members.meet(guild_id, user_id, NOW), due_at=None)
    return await found(unit, guild_id, user_id)


async def found(unit: SqlUnitOfWork, guild_id: int = GUILD, user_id: int = ALICE) -> Membership:
    member = await unit.members.get(guild_id, user_id)
    assert member is not None
    return member


async def test_a_member_met_first_is_due(store: SqlStore) -> None:
    async with store.unit() as unit:
        member = await unit.members.meet(GUILD, ALICE, NOW)
        assert member == Membership(GUILD, ALICE, Presence.PRESENT, revision=1, settled=0, due_at=NOW)
        assert await unit.members.due(NOW, 10) == [member]
        assert await unit.members.get(GUILD, BOB) is None


async def test_a_settled_member_is_not_due_and_meeting_again_changes_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        member = await settled(unit)
        assert await unit.members.meet(GUILD, ALICE, NOW + DAY) == member
        assert not await unit.members.due(NOW + DAY, 10)


async def test_a_member_who_left_is_not_due_until_back(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.mark_left(GUILD, ALICE, None)
        await unit.members.touch_user(ALICE)
        await unit.members.touch_guild(GUILD)
        assert not await unit.members.due(NOW, 10)
        assert (await found(unit)).presence is Presence.LEFT
        back = await unit.members.meet(GUILD, ALICE, NOW + HOUR)
        assert back.presence is Presence.PRESENT
        assert await unit.members.due(NOW + HOUR, 10) == [back]


async def test_a_member_who_left_is_looked_for_again_at_the_time_given(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.mark_left(GUILD, ALICE, NOW + DAY)
        assert not await unit.members.due(NOW, 10)
        away = (await unit.members.due(NOW + DAY, 10))[0]
        assert away.presence is Presence.LEFT
        await unit.members.postpone(away, NOW + 2 * DAY)
        assert not await unit.members.due(NOW + DAY, 10)


async def test_a_reconciliation_of_somebody_who_left_meanwhile_changes_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        seen = await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.mark_left(GUILD, ALICE, NOW + DAY)
        away = await found(unit)
        await unit.members.settle(seen, due_at=None)
        await unit.members.postpone(seen, NOW + MINUTE)
        assert await found(unit) == away


async def test_a_user_whose_wallets_changed_is_due_in_every_server(store: SqlStore) -> None:
    async with store.unit() as unit:
        await settled(unit, GUILD, ALICE)
        await settled(unit, OTHER_GUILD, ALICE)
        await settled(unit, GUILD, BOB)
        await unit.members.touch_user(ALICE)
        due = await unit.members.due(NOW, 10)
    assert [(member.guild_id, member.user_id) for member in due] == [(GUILD, ALICE), (OTHER_GUILD, ALICE)]


async def test_a_server_whose_rules_changed_has_all_its_members_due(store: SqlStore) -> None:
    async with store.unit() as unit:
        await settled(unit, GUILD, ALICE)
        await settled(unit, GUILD, BOB)
        await settled(unit, OTHER_GUILD, BOB)
        await unit.members.touch_guild(GUILD)
        due = await unit.members.due(NOW, 10)
    assert [(member.guild_id, member.user_id) for member in due] == [(GUILD, BOB), (GUILD, ALICE)]


async def test_a_change_during_a_reconciliation_leaves_the_member_due(store: SqlStore) -> None:
    async with store.unit() as unit:
        seen = await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.touch_user(ALICE)
        await unit.members.settle(seen, due_at=None, failures=3)
        assert await unit.members.due(NOW, 10) == [replace(seen, revision=2, settled=1, due_at=None)]


async def test_a_reconciliation_that_was_overtaken_changes_nothing(store: SqlStore) -> None:
    async with store.unit() as unit:
        slow = await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.touch_user(ALICE)
        await unit.members.settle(await found(unit), due_at=NOW + DAY)
        after = await found(unit)
        await unit.members.settle(slow, due_at=None)
        await unit.members.postpone(slow, NOW + MINUTE)
        assert await found(unit) == after


async def test_a_settled_member_is_due_again_when_the_time_has_come(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.settle(await unit.members.meet(GUILD, ALICE, NOW), due_at=NOW + HOUR, failures=2)
        assert not await unit.members.due(NOW + HOUR - MINUTE, 10)
        assert [member.failures for member in await unit.members.due(NOW + HOUR, 10)] == [2]


async def test_a_postponed_member_waits_although_unsettled_and_counts_failures(store: SqlStore) -> None:
    async with store.unit() as unit:
        member = await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.postpone(member, NOW + MINUTE)
        assert not await unit.members.due(NOW, 10)
        again = (await unit.members.due(NOW + MINUTE, 10))[0]
        assert again == replace(member, due_at=NOW + MINUTE, failures=1)
        await unit.members.postpone(again, NOW + HOUR)
        assert (await found(unit)).failures == 2


async def test_news_about_a_postponed_member_end_the_waiting(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.postpone(await unit.members.meet(GUILD, ALICE, NOW), NOW + DAY)
        await unit.members.touch_guild(GUILD)
        assert [member.failures for member in await unit.members.due(NOW, 10)] == [0]


async def test_a_large_server_does_not_keep_small_ones_waiting(store: SqlStore) -> None:
    async with store.unit() as unit:
        for user_id in range(1, 51):
            await unit.members.meet(1, user_id, NOW - DAY)
        await unit.members.meet(2, 1, NOW)
        await unit.members.meet(3, 1, NOW)
        await unit.members.meet(3, 2, NOW)
        page = await unit.members.due(NOW, 6)
        assert [(member.guild_id, member.user_id) for member in page] == [
            (1, 1),
            (2, 1),
            (3, 1),
            (1, 2),
            (3, 2),
            (1, 3),
        ]
        assert {member.guild_id for member in await unit.members.due(NOW, 100, guild_id=3)} == {3}


async def test_members_are_listed_by_presence(store: SqlStore) -> None:
    async with store.unit() as unit:
        for user_id in (3, 1, 2):
            await unit.members.meet(GUILD, user_id, NOW)
        await unit.members.meet(OTHER_GUILD, 9, NOW)
        await unit.members.mark_left(GUILD, 2, None)
        assert await unit.members.in_guild(GUILD, Presence.PRESENT) == [1, 3]
        assert await unit.members.in_guild(GUILD, Presence.LEFT) == [2]


async def test_nobody_is_due_in_a_server_that_was_forgotten_until_met_again(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.meet(OTHER_GUILD, ALICE, NOW)
        await unit.members.forget_guild(GUILD)
        await unit.members.touch_user(ALICE)
        assert [member.guild_id for member in await unit.members.due(NOW, 10)] == [OTHER_GUILD]
        await unit.members.meet(GUILD, ALICE, NOW)
        assert len(await unit.members.due(NOW, 10)) == 2


async def test_news_from_all_sides_at_once_are_all_counted(store: SqlStore) -> None:
    rounds = 10
    async with store.unit() as unit:
        for guild_id in (GUILD, OTHER_GUILD):
            for user_id in range(1, 11):
                await settled(unit, guild_id, user_id)

    async def touch_user(user_id: int) -> None:
        async with store.unit() as unit:
            await unit.members.touch_user(user_id)

    async def touch_guild(guild_id: int) -> None:
        async with store.unit() as unit:
            await unit.members.touch_guild(guild_id)

    news = [touch_user(user_id) for user_id in range(1, 11) for _ in range(rounds)]
    await asyncio.gather(*news, *(touch_guild(guild_id) for guild_id in (GUILD, OTHER_GUILD) for _ in range(rounds)))
    async with store.unit() as unit:
        members = await unit.members.due(NOW, 100)
    assert {member.revision for member in members} == {1 + 2 * rounds}
    assert len(members) == 20


async def test_holders_without_a_time_for_their_next_look_are_found(store: SqlStore) -> None:
    holds = LedgerEntry(GUILD, ALICE, 1, LedgerState.HELD, NOW)
    async with store.unit() as unit:
        await settled(unit)
        assert not await unit.members.holders_without_look(GUILD)
        await unit.ledger.save(replace(holds, state=LedgerState.WITHHELD))
        assert not await unit.members.holders_without_look(GUILD)
        await unit.ledger.save(holds)
        await unit.ledger.save(replace(holds, user_id=BOB))  # has not been met
        assert await unit.members.holders_without_look(GUILD) == [ALICE]
        assert not await unit.members.holders_without_look(OTHER_GUILD)
        await unit.members.settle(await found(unit), due_at=NOW + DAY)
        assert not await unit.members.holders_without_look(GUILD)

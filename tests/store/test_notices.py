from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.grammar import parse
from bot.domain.guilds import GuildSettings
from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.notices import NoticeToPost
from bot.domain.protections import Protection
from bot.domain.rules import RuleState
from bot.store.notices import CLOSED_FOR
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

CHANNEL = 77
LAPSED = LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOW - DAY, lapsed_at=NOW - HOUR)
TO_ALICE = NoticeToPost(GUILD, CHANNEL, ALICE)


async def write(
    store: SqlStore, *entries: LedgerEntry, grace: timedelta = DAY, settings: GuildSettings | None = None
) -> None:
    async with store.unit() as unit:
        for guild_id, role_id in {(entry.guild_id, entry.role_id) for entry in entries}:
            await unit.rules.add(guild_id, role_id, "Holder", parse("friends >= 2", None), grace)
        for entry in entries:
            await unit.ledger.save(entry)
        await unit.settings.save(settings or GuildSettings(GUILD, notice_channel_id=CHANNEL))


async def untold(store: SqlStore, user_id: int = ALICE, *, unposted: bool = False) -> Sequence[int]:
    async with store.unit() as unit:
        return [lapse.role_id for lapse in await unit.notices.untold(GUILD, user_id, NOW, unposted=unposted)]


async def to_post(store: SqlStore, per_guild: int = 5) -> Sequence[NoticeToPost]:
    async with store.unit() as unit:
        return await unit.notices.to_post(NOW, per_guild, 100)


async def test_a_lapse_is_told_with_its_requirement_and_its_end(store: SqlStore) -> None:
    await write(store, LAPSED)
    async with store.unit() as unit:
        (lapse,) = await unit.notices.untold(GUILD, ALICE, NOW)
    assert (lapse.requirement, lapse.lapsed_at, lapse.stays_until) == ("friends >= 2", NOW - HOUR, NOW - HOUR + DAY)
    assert await to_post(store) == [TO_ALICE]


@pytest.mark.parametrize(
    "entry",
    [
        replace(LAPSED, lapsed_at=None),
        replace(LAPSED, lapsed_at=NOW - 2 * DAY),
        replace(LAPSED, notified_at=NOW),
        replace(LAPSED, grace_waived=True),
        replace(LAPSED, kept_at=NOW),
        replace(LAPSED, adopted_until=NOW + HOUR),
        replace(LAPSED, state=LedgerState.TAKING),
    ],
)
async def test_nothing_is_told_of_a_role_that_does_not_lapse_or_goes_now(store: SqlStore, entry: LedgerEntry) -> None:
    await write(store, entry)
    assert await untold(store) == []
    assert await to_post(store) == []


async def test_nothing_is_told_while_somebodys_decision_stops_the_removal(store: SqlStore) -> None:
    await write(store, LAPSED, replace(LAPSED, role_id=OTHER_ROLE))
    async with store.unit() as unit:
        await unit.rules.stop(GUILD, OTHER_ROLE, RuleState.PAUSED, "")
        await unit.protections.save(Protection(GUILD, ALICE, None, NOW + HOUR, "", BOB, NOW))
    assert await untold(store) == []
    async with store.unit() as unit:
        await unit.protections.save(Protection(GUILD, ALICE, None, NOW, "", BOB, NOW))
    assert await untold(store) == [ROLE]
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(GUILD, paused=True, notice_channel_id=CHANNEL))
    assert await untold(store) == []


async def test_what_was_tried_is_not_posted_again_and_still_told(store: SqlStore) -> None:
    await write(store, LAPSED)
    async with store.unit() as unit:
        await unit.notices.try_post(await unit.notices.untold(GUILD, ALICE, NOW))
    assert await to_post(store) == []
    assert await untold(store, unposted=True) == []
    assert await untold(store) == [ROLE]
    async with store.unit() as unit:
        await unit.notices.told(await unit.notices.untold(GUILD, ALICE, NOW), NOW)
    assert await untold(store) == []


async def test_a_new_lapse_is_posted_anew(store: SqlStore) -> None:
    await write(store, LAPSED)
    async with store.unit() as unit:
        lapses = await unit.notices.untold(GUILD, ALICE, NOW)
        await unit.notices.try_post(lapses)
        await unit.notices.told(lapses, NOW)
        await unit.ledger.save(replace(LAPSED, lapsed_at=None))
        await unit.ledger.save(replace(LAPSED, lapsed_at=NOW - MINUTE))
    assert await to_post(store) == [TO_ALICE]


async def test_who_loaded_the_entry_before_it_was_told_does_not_make_that_be_forgotten(store: SqlStore) -> None:
    await write(store, LAPSED)
    async with store.unit() as unit:
        await unit.notices.told(await unit.notices.untold(GUILD, ALICE, NOW), NOW)
        await unit.ledger.save(replace(LAPSED, verified_at=NOW))
        (entry,) = await unit.ledger.of_member(GUILD, ALICE)
    assert (entry.verified_at, entry.notified_at) == (NOW, NOW)


async def test_servers_take_turns_and_a_member_with_two_lapses_is_named_once(store: SqlStore) -> None:
    crowd = [replace(LAPSED, user_id=user_id) for user_id in range(1, 9)]
    elsewhere = replace(LAPSED, guild_id=OTHER_GUILD, lapsed_at=NOW - MINUTE)
    await write(store, *crowd, elsewhere, replace(elsewhere, role_id=OTHER_ROLE))
    async with store.unit() as unit:
        await unit.settings.save(GuildSettings(OTHER_GUILD, notice_channel_id=CHANNEL + 1))
    found = await to_post(store, per_guild=3)
    assert [one.user_id for one in found if one.guild_id == GUILD] == [1, 2, 3]
    assert [one for one in found if one.guild_id == OTHER_GUILD] == [NoticeToPost(OTHER_GUILD, CHANNEL + 1, ALICE)]


async def test_a_lapse_that_ended_without_a_word_makes_room_for_others(store: SqlStore) -> None:
    await write(store, replace(LAPSED, user_id=BOB, lapsed_at=NOW - 2 * DAY), LAPSED)
    assert await to_post(store, per_guild=1) == []
    assert await to_post(store, per_guild=1) == [TO_ALICE]


async def test_a_closed_channel_is_news_once_and_left_alone_for_a_while(store: SqlStore) -> None:
    await write(store, LAPSED)
    async with store.unit() as unit:
        assert await unit.notices.channel_failed(GUILD, NOW)
        assert not await unit.notices.channel_failed(GUILD, NOW)
    assert await to_post(store) == []
    async with store.unit() as unit:
        assert await unit.notices.to_post(NOW + CLOSED_FOR, 5, 100) == [TO_ALICE]
        await unit.notices.channel_works(GUILD)
        assert await unit.notices.channel_failed(GUILD, NOW)

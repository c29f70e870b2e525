from dataclasses import replace

import pytest

from bot.domain.audits import AuditAction, AuditLine
from bot.domain.intervals import Interval
from bot.domain.ledger import (
    Evidence,
    JournalEntry,
    LedgerEntry,
    LedgerState,
    ReadingUsed,
    RoleAction,
    RoleOutcome,
)
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

ENTRY = LedgerEntry(GUILD, ALICE, ROLE, LedgerState.GIVING, NOW)
LINE = JournalEntry(
    at=NOW,
    guild_id=GUILD,
    user_id=ALICE,
    role_id=ROLE,
    action=RoleAction.TAKE,
    outcome=RoleOutcome.DONE,
    evidence=Evidence(
        requirement="friends >= 3",
        counts=(("friends", Interval(1, 2)), ("whales", Interval(0, None)), ("dust", Interval.exact(2**96))),
        readings=(ReadingUsed("0x12345…cdef", "loopring", NOW - HOUR), ReadingUsed("xch1qqq…wxyz", "spacescan", None)),
        note="“grace” is over 🕰",
    ),
)


async def test_an_entry_is_written_changed_and_removed(store: SqlStore) -> None:
    held = replace(
        ENTRY,
        state=LedgerState.HELD,
        verified_at=NOW + MINUTE,
        missing_since=NOW + HOUR,
        lapsed_at=NOW + DAY,
        grace_waived=True,
    )
    async with store.unit() as unit:
        await unit.ledger.save(ENTRY)
        assert await unit.ledger.of_member(GUILD, ALICE) == [ENTRY]
        await unit.ledger.save(held)
        assert await unit.ledger.of_member(GUILD, ALICE) == [held]
        await unit.ledger.remove(held)
        assert not await unit.ledger.of_member(GUILD, ALICE)


async def test_entries_are_found_by_member_and_by_role_within_a_server(store: SqlStore) -> None:
    bobs = replace(ENTRY, user_id=BOB)
    second = replace(ENTRY, role_id=OTHER_ROLE)
    elsewhere = replace(ENTRY, guild_id=OTHER_GUILD)
    async with store.unit() as unit:
        for entry in (second, elsewhere, bobs, ENTRY):
            await unit.ledger.save(entry)
        assert await unit.ledger.of_member(GUILD, ALICE) == [ENTRY, second]
        assert await unit.ledger.of_role(GUILD, ROLE) == [bobs, ENTRY]
        assert await unit.ledger.remove_role(GUILD, ROLE) == 2
        assert await unit.ledger.of_member(GUILD, ALICE) == [second]
        assert await unit.ledger.of_role(OTHER_GUILD, ROLE) == [elsewhere]


async def test_grace_is_waived_for_a_user_or_for_a_servers_role(store: SqlStore) -> None:
    entries = [
        replace(ENTRY, guild_id=guild_id, user_id=user_id, role_id=role_id)
        for guild_id in (GUILD, OTHER_GUILD)
        for user_id in (ALICE, BOB)
        for role_id in (ROLE, OTHER_ROLE)
    ]
    async with store.unit() as unit:
        for entry in entries:
            await unit.ledger.save(entry)
        await unit.ledger.waive_grace()
        await unit.ledger.waive_grace(user_id=BOB)
        await unit.ledger.waive_grace(guild_id=GUILD, role_id=ROLE)
        for entry in entries:
            is_waived = entry.user_id == BOB or (entry.guild_id, entry.role_id) == (GUILD, ROLE)
            found = await unit.ledger.of_member(entry.guild_id, entry.user_id)
            assert replace(entry, grace_waived=is_waived) in found


async def test_a_new_rule_begins_anew_with_what_an_ended_one_left(store: SqlStore) -> None:
    lapsed = replace(
        ENTRY, state=LedgerState.TAKING, lapsed_at=NOW, notified_at=NOW, grace_waived=True, missing_since=NOW
    )
    bobs = replace(ENTRY, user_id=BOB, state=LedgerState.HELD, adopted_until=NOW + DAY)
    others = [replace(lapsed, role_id=OTHER_ROLE), replace(lapsed, guild_id=OTHER_GUILD)]
    async with store.unit() as unit:
        await unit.ledger.save_many([lapsed, bobs, *others])
        await unit.ledger.begin_anew(GUILD, ROLE)
        assert bobs.under_new_rule is None
        assert await unit.ledger.of_role(GUILD, ROLE) == [lapsed.under_new_rule]
        assert await unit.ledger.of_member(GUILD, ALICE) == [lapsed.under_new_rule, others[0]]
        assert await unit.ledger.of_role(OTHER_GUILD, ROLE) == others[1:]


async def test_a_journal_line_comes_back_with_all_its_evidence(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.journal.add(LINE)
    async with store.unit() as unit:
        assert await unit.journal.last_of(GUILD, ALICE, ROLE) == LINE
        assert await unit.journal.last_of(GUILD, BOB, ROLE) is None


async def test_the_newest_journal_lines_come_first(store: SqlStore) -> None:
    lines = [replace(LINE, at=NOW + number * MINUTE, user_id=number) for number in (1, 3, 2)]
    same_time = replace(lines[1], outcome=RoleOutcome.UNREACHABLE)
    async with store.unit() as unit:
        for line in (*lines, same_time, replace(LINE, guild_id=OTHER_GUILD)):
            await unit.journal.add(line)
        assert await unit.journal.recent(GUILD, 3) == [same_time, lines[1], lines[2]]
        assert await unit.journal.last_of(GUILD, 3, ROLE) == same_time


async def test_takings_are_counted_from_a_time_on_when_discord_confirmed_them(store: SqlStore) -> None:
    async with store.unit() as unit:
        for line in (
            LINE,
            replace(LINE, at=NOW + DAY),
            replace(LINE, action=RoleAction.GIVE),
            replace(LINE, outcome=RoleOutcome.UNREACHABLE),
            replace(LINE, role_id=OTHER_ROLE),
            replace(LINE, guild_id=OTHER_GUILD),
        ):
            await unit.journal.add(line)
        assert await unit.journal.taken_since(GUILD, ROLE, NOW) == 2
        assert await unit.journal.taken_since(GUILD, ROLE, NOW + HOUR) == 1


@pytest.mark.parametrize("actor_id", [ALICE, None], ids=["a person", "the bot"])
async def test_audit_lines_come_newest_first(store: SqlStore, actor_id: int | None) -> None:
    older = AuditLine(NOW, GUILD, actor_id, AuditAction.RULE_EDITED, "Friend", "friends", "friends >= 3")
    newer = AuditLine(NOW + MINUTE, GUILD, actor_id, AuditAction.WALLET_LINKED, "xch1qqq…wxyz")
    async with store.unit() as unit:
        for line in (older, newer, replace(older, guild_id=OTHER_GUILD)):
            await unit.audit.add(line)
    async with store.unit() as unit:
        assert await unit.audit.recent(GUILD, 10) == [newer, older]
        assert await unit.audit.recent(GUILD, 1) == [newer]

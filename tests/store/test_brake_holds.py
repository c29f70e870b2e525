from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.brakes import BrakeHold, HoldDecision, HoldPost
from bot.domain.intervals import Interval
from bot.domain.ledger import Evidence, LedgerEntry, LedgerState, ReadingUsed
from bot.store.store import SqlStore, SqlUnitOfWork
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

ADMIN = 42
LAPSED = LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOW - DAY, verified_at=NOW - DAY, lapsed_at=NOW)
EVIDENCE = Evidence("friends >= 2", (("friends", Interval(1, 1)),), (ReadingUsed("xch1…", "spacescan", NOW),))


async def put(unit: SqlUnitOfWork, *entries: LedgerEntry) -> BrakeHold:
    """Let lapsed roles wait; returns the hold."""
    for entry in entries:
        await unit.ledger.save(entry)
        await unit.brake_holds.add(entry, EVIDENCE, NOW)
    hold = await unit.brake_holds.open_of_role(GUILD, ROLE)
    assert hold is not None
    return hold


async def waiting(unit: SqlUnitOfWork, hold: BrakeHold) -> Sequence[int]:
    return [wait.user_id for wait in await unit.brake_holds.waits(hold.id, 100)]


async def test_the_first_wait_opens_a_hold_and_the_next_ones_join_it(store: SqlStore) -> None:
    async with store.unit() as unit:
        assert await unit.brake_holds.add(LAPSED, EVIDENCE, NOW)
        assert not await unit.brake_holds.add(replace(LAPSED, user_id=BOB), EVIDENCE, NOW)
        assert await unit.brake_holds.add(replace(LAPSED, role_id=OTHER_ROLE), EVIDENCE, NOW)
        hold = await unit.brake_holds.open_of_role(GUILD, ROLE)
        assert hold is not None
        assert (hold.count, hold.is_open, hold.opened_at) == (2, True, NOW)
        assert await waiting(unit, hold) == [ALICE, BOB]
        wait = (await unit.brake_holds.waits(hold.id, 1))[0]
        assert (wait.evidence, wait.lapsed_at) == (EVIDENCE, NOW)
        assert [found.role_id for found in await unit.brake_holds.open_of_guild(GUILD)] == [ROLE, OTHER_ROLE]
        assert [found.id for found in await unit.brake_holds.awaiting(GUILD, BOB)] == [hold.id]
        assert await unit.brake_holds.open_of_guild(OTHER_GUILD) == []


async def test_waiting_twice_for_the_same_lapse_is_no_news(store: SqlStore) -> None:
    async with store.unit() as unit:
        before = await put(unit, LAPSED)
        assert await put(unit, LAPSED) == before
        after = await put(unit, replace(LAPSED, lapsed_at=NOW + MINUTE))
        assert (after.count, after.revision > before.revision) == (1, True)


async def test_a_role_that_did_not_lapse_cannot_wait(store: SqlStore) -> None:
    async with store.unit() as unit:
        with pytest.raises(ValueError, match="lapsed"):
            await unit.brake_holds.add(replace(LAPSED, lapsed_at=None), EVIDENCE, NOW)


async def test_approval_is_for_this_member_role_and_lapse_only(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        assert not await unit.brake_holds.is_approved(LAPSED)
        assert await unit.brake_holds.decide(hold.id, HoldDecision.APPROVED, hold.newest, ADMIN, NOW + HOUR)
        assert await unit.brake_holds.is_approved(LAPSED)
        for other in (
            replace(LAPSED, user_id=BOB),
            replace(LAPSED, role_id=OTHER_ROLE),
            replace(LAPSED, guild_id=OTHER_GUILD),
            replace(LAPSED, lapsed_at=NOW + MINUTE),
        ):
            assert not await unit.brake_holds.is_approved(other)
        decided = await unit.brake_holds.get(hold.id)
        assert decided is not None
        assert (decided.decision, decided.decided_by, decided.decided_at) == (
            HoldDecision.APPROVED,
            ADMIN,
            NOW + HOUR,
        )
        assert decided.count == 1


async def test_a_hold_is_decided_once(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        assert await unit.brake_holds.decide(hold.id, HoldDecision.KEPT, hold.newest, ADMIN, NOW)
        assert not await unit.brake_holds.decide(hold.id, HoldDecision.APPROVED, hold.newest, ALICE, NOW)
        assert not await unit.brake_holds.is_approved(LAPSED)


async def test_who_joined_after_the_decision_was_offered_waits_in_a_new_hold(store: SqlStore) -> None:
    async with store.unit() as unit:
        seen = await put(unit, LAPSED)
        await put(unit, replace(LAPSED, user_id=BOB))
        assert await unit.brake_holds.decide(seen.id, HoldDecision.APPROVED, seen.newest, ADMIN, NOW)
        assert await unit.brake_holds.decided_members(seen.id) == [ALICE]
        decided = await unit.brake_holds.get(seen.id)
        assert decided is not None
        assert decided.count == 1
        rest = await unit.brake_holds.open_of_role(GUILD, ROLE)
        assert rest is not None
        assert rest.id != seen.id
        assert await waiting(unit, rest) == [BOB]
        assert not await unit.brake_holds.is_approved(replace(LAPSED, user_id=BOB))


async def test_waits_whose_lapse_is_over_go_and_an_empty_hold_closes(store: SqlStore) -> None:
    bobs = replace(LAPSED, user_id=BOB)
    async with store.unit() as unit:
        hold = await put(unit, LAPSED, bobs)
        await unit.ledger.save(replace(LAPSED, lapsed_at=None))
        await unit.brake_holds.prune(NOW + HOUR)
        assert await waiting(unit, hold) == [BOB]
        still = await unit.brake_holds.get(hold.id)
        assert still is not None
        assert still.is_open
        assert still.revision > hold.revision
        await unit.ledger.remove(bobs)
        await unit.brake_holds.prune(NOW + HOUR)
        closed = await unit.brake_holds.get(hold.id)
        assert closed is not None
        assert (closed.decision, closed.decided_by, closed.decided_at) == (HoldDecision.EMPTIED, None, NOW + HOUR)
        assert await unit.brake_holds.open_of_guild(GUILD) == []


async def test_a_removal_that_is_under_way_or_was_asked_for_waits_no_longer(store: SqlStore) -> None:
    async with store.unit() as unit:
        for change in ({"state": LedgerState.TAKING}, {"grace_waived": True}):
            hold = await put(unit, LAPSED)
            await unit.ledger.save(replace(LAPSED, **change))
            await unit.brake_holds.prune(NOW)
            assert await waiting(unit, hold) == []


async def test_an_approval_lasts_while_the_removal_is_under_way(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        await unit.brake_holds.decide(hold.id, HoldDecision.APPROVED, hold.newest, ADMIN, NOW)
        await unit.brake_holds.shown(replace(hold, revision=hold.revision + 1), None)
        await unit.ledger.save(replace(LAPSED, state=LedgerState.TAKING))
        await unit.brake_holds.prune(NOW)
        assert await unit.brake_holds.is_approved(LAPSED)
        await unit.ledger.remove(LAPSED)
        await unit.brake_holds.prune(NOW)
        assert not await unit.brake_holds.is_approved(LAPSED)


async def test_pruning_changes_nothing_while_all_lapses_last(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        await unit.brake_holds.shown(hold, None)
        await unit.brake_holds.prune(NOW + HOUR)
        assert await unit.brake_holds.get(hold.id) == hold
        assert await unit.brake_holds.to_show(NOW + DAY, 9) == []


async def test_a_decided_hold_keeps_its_list_until_its_post_shows_it(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        await unit.brake_holds.decide(hold.id, HoldDecision.KEPT, hold.newest, ADMIN, NOW)
        await unit.ledger.keep(GUILD, ROLE, [ALICE], NOW)
        await unit.brake_holds.prune(NOW)
        (due,) = await unit.brake_holds.to_show(NOW, 9)
        assert await waiting(unit, due) == [ALICE]
        await unit.brake_holds.shown(due, HoldPost(7, 8))
        await unit.brake_holds.prune(NOW)
        assert await waiting(unit, due) == []


async def test_a_hold_is_shown_until_its_newest_revision_was(store: SqlStore) -> None:
    async with store.unit() as unit:
        await put(unit, LAPSED)
        (first,) = await unit.brake_holds.to_show(NOW, 9)
        await put(unit, replace(LAPSED, user_id=BOB))
        await unit.brake_holds.shown(first, HoldPost(7, 8))
        (second,) = await unit.brake_holds.to_show(NOW, 9)
        assert second.post == HoldPost(7, 8)
        assert await unit.brake_holds.claim(second, NOW, NOW + HOUR)
        assert not await unit.brake_holds.claim(second, NOW, NOW + HOUR)
        assert await unit.brake_holds.to_show(NOW, 9) == []
        (third,) = await unit.brake_holds.to_show(NOW + HOUR, 9)
        await unit.brake_holds.shown(third, HoldPost(7, 8))
        assert await unit.brake_holds.to_show(NOW + DAY, 9) == []
        await unit.brake_holds.show_anew(GUILD, NOW)
        (again,) = await unit.brake_holds.to_show(NOW, 9)
        assert again.post is None


async def test_old_decided_holds_are_purged_with_their_waits(store: SqlStore) -> None:
    async with store.unit() as unit:
        hold = await put(unit, LAPSED)
        assert await unit.brake_holds.purge(NOW + DAY) == 0
        await unit.brake_holds.decide(hold.id, HoldDecision.APPROVED, hold.newest, ADMIN, NOW)
        assert await unit.brake_holds.purge(NOW + DAY) == 1
        assert await unit.brake_holds.get(hold.id) is None
        assert not await unit.brake_holds.is_approved(LAPSED)


async def test_keeping_ends_the_lapse_of_those_who_hold_the_role(store: SqlStore) -> None:
    taking = replace(LAPSED, user_id=BOB, state=LedgerState.TAKING)
    async with store.unit() as unit:
        for entry in (LAPSED, taking):
            await unit.ledger.save(entry)
        await unit.ledger.keep(GUILD, ROLE, [ALICE, BOB], NOW + HOUR)
        assert await unit.ledger.of_role(GUILD, ROLE) == [
            taking,
            replace(LAPSED, kept_at=NOW + HOUR, lapsed_at=None),
        ]
        assert await unit.ledger.release_kept(OTHER_GUILD) == 0
        assert await unit.ledger.release_kept(GUILD, user_id=ALICE, role_id=OTHER_ROLE) == 0
        assert await unit.ledger.release_kept(GUILD, user_id=ALICE) == 1


async def test_a_wish_within_a_server_ends_an_earlier_decision_to_keep_the_role(store: SqlStore) -> None:
    kept = replace(LAPSED, kept_at=NOW, lapsed_at=None)
    async with store.unit() as unit:
        await unit.ledger.save(kept)
        await unit.ledger.waive_grace(user_id=ALICE)
        assert await unit.ledger.of_member(GUILD, ALICE) == [replace(kept, grace_waived=True)]
        await unit.ledger.waive_grace(guild_id=GUILD, role_id=ROLE)
        assert await unit.ledger.of_member(GUILD, ALICE) == [replace(kept, grace_waived=True, kept_at=None)]


async def test_holders_and_removals_under_way_are_counted(store: SqlStore) -> None:
    unconfirmed = replace(LAPSED, user_id=BOB, state=LedgerState.TAKING)
    confirmed = replace(unconfirmed, user_id=3, missing_since=NOW)
    async with store.unit() as unit:
        for entry in (LAPSED, unconfirmed, confirmed, replace(LAPSED, role_id=OTHER_ROLE)):
            await unit.ledger.save(entry)
        assert await unit.ledger.count(GUILD, ROLE) == (1, 1)

from dataclasses import replace

from bot.domain.ledger import Evidence, JournalEntry, RoleAction, RoleOutcome
from bot.domain.sweeps import Sweep, SweepChanges, SweepKind
from bot.domain.undos import SkipReason, UndoAction, UndoState, UndoStep
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

LINE = JournalEntry(NOW, GUILD, ALICE, ROLE, RoleAction.TAKE, RoleOutcome.DONE, Evidence("friends"))


def step(undo: Sweep, user_id: int = ALICE, role_id: int = ROLE) -> UndoStep:
    return UndoStep(undo.id, GUILD, user_id, role_id, UndoAction.GIVE, NOW)


async def test_a_change_belongs_to_the_requested_sweep_or_to_that_of_the_interval(store: SqlStore) -> None:
    async with store.unit() as unit:
        first = await unit.sweeps.current(GUILD, NOW, HOUR)
        assert first == Sweep(first.id, GUILD, None, NOW, None, SweepKind.SCHEDULED)
        assert await unit.sweeps.current(GUILD, NOW + MINUTE, HOUR) == first
        assert await unit.sweeps.current(OTHER_GUILD, NOW, HOUR) != first
        requested = await unit.sweeps.start(GUILD, ALICE, NOW + MINUTE)
        assert await unit.sweeps.current(GUILD, NOW + 2 * MINUTE, HOUR) == requested
        await unit.sweeps.finish(requested, NOW + 3 * MINUTE)
        assert await unit.sweeps.current(GUILD, NOW + 4 * MINUTE, HOUR) == first
        await unit.sweeps.cut(GUILD, NOW + 5 * MINUTE)
        second = await unit.sweeps.current(GUILD, NOW + 6 * MINUTE, HOUR)
        assert second != first
        assert await unit.sweeps.get(first.id) == replace(first, finished_at=NOW + 5 * MINUTE)
        later = await unit.sweeps.current(GUILD, NOW + HOUR, HOUR)
        assert later.kind is SweepKind.SCHEDULED
        assert later not in (first, second)


async def test_what_nobody_asked_for_is_neither_running_nor_the_latest(store: SqlStore) -> None:
    async with store.unit() as unit:
        scheduled = await unit.sweeps.current(GUILD, NOW, HOUR)
        undo = await unit.sweeps.start_undo(scheduled, ALICE, NOW)
        assert await unit.sweeps.running(GUILD) is None
        assert await unit.sweeps.latest(GUILD) is None
        assert await unit.sweeps.unfinished() == []
        assert await unit.sweeps.unfinished(SweepKind.UNDO) == [undo]
        assert (undo.undoes, undo.requested_by, undo.guild_id) == (scheduled.id, ALICE, GUILD)
        assert await unit.sweeps.get(undo.id) == undo
        assert await unit.sweeps.close(undo, NOW + HOUR)
        assert not await unit.sweeps.close(undo, NOW + DAY)
        assert await unit.sweeps.unfinished(SweepKind.UNDO) == []


async def test_sweeps_that_changed_something_are_listed_newest_first(store: SqlStore) -> None:
    async with store.unit() as unit:
        requested = await unit.sweeps.start(GUILD, ALICE, NOW - HOUR)
        nothing = await unit.sweeps.start(GUILD, ALICE, NOW - MINUTE)
        await unit.sweeps.finish(nothing, NOW)
        await unit.sweeps.finish(requested, NOW)
        scheduled = await unit.sweeps.current(GUILD, NOW, HOUR)
        for line in (
            replace(LINE, sweep_id=requested.id),
            replace(LINE, sweep_id=requested.id, user_id=BOB),
            replace(LINE, sweep_id=requested.id, role_id=OTHER_ROLE, action=RoleAction.GIVE),
            replace(LINE, sweep_id=requested.id, outcome=RoleOutcome.FORBIDDEN),
            replace(LINE, sweep_id=scheduled.id, action=RoleAction.GIVE),
            replace(LINE, sweep_id=scheduled.id, action=RoleAction.FORGET),
            replace(LINE, sweep_id=nothing.id, outcome=RoleOutcome.UNREACHABLE),
            LINE,
        ):
            await unit.journal.add(line)
        finished = replace(requested, finished_at=NOW)
        assert await unit.sweeps.with_changes(GUILD, NOW - DAY, 9) == [
            SweepChanges(scheduled, given=1, taken=0),
            SweepChanges(finished, given=1, taken=2),
        ]
        assert await unit.sweeps.with_changes(GUILD, NOW - DAY, 1) == [SweepChanges(scheduled, given=1, taken=0)]
        assert await unit.sweeps.with_changes(OTHER_GUILD, NOW - DAY, 9) == []
        assert await unit.sweeps.with_changes(GUILD, NOW + MINUTE, 9) == []
        await unit.sweeps.start_undo(finished, ALICE, NOW + HOUR)
        assert (await unit.sweeps.with_changes(GUILD, NOW - DAY, 9))[1].undone_at == NOW + HOUR


async def test_the_journal_tells_a_sweeps_lines_from_what_changed_besides(store: SqlStore) -> None:
    async with store.unit() as unit:
        sweep = await unit.sweeps.current(GUILD, NOW, HOUR)
        mine = [replace(LINE, sweep_id=sweep.id, at=NOW + number * MINUTE, user_id=number) for number in range(3)]
        for line in (
            *mine,
            replace(LINE, at=NOW + HOUR),
            replace(LINE, at=NOW + 2 * HOUR, action=RoleAction.GIVE),
            replace(LINE, at=NOW + 3 * HOUR, outcome=RoleOutcome.UNREACHABLE),
            replace(LINE, at=NOW - HOUR, user_id=BOB),
            replace(LINE, at=NOW + HOUR, guild_id=OTHER_GUILD),
        ):
            await unit.journal.add(line)
        assert await unit.journal.of_sweep(sweep.id) == mine
        assert await unit.journal.changed_besides(GUILD, sweep.id, NOW) == {(ALICE, ROLE): NOW + 2 * HOUR}


async def test_steps_are_open_until_they_are_done_or_skipped(store: SqlStore) -> None:
    async with store.unit() as unit:
        undo = await unit.sweeps.start_undo(await unit.sweeps.current(GUILD, NOW, HOUR), ALICE, NOW)
        newer = await unit.sweeps.start_undo(undo, ALICE, NOW)
        steps = [step(undo), step(undo, role_id=OTHER_ROLE), step(newer), step(undo, BOB).skip(SkipReason.LEFT)]
        await unit.undos.add(steps)
        await unit.undos.add([])
        assert {(one.sweep_id, one.role_id) for one in await unit.undos.open_of(GUILD, ALICE)} == {
            (newer.id, ROLE),
            (undo.id, ROLE),
            (undo.id, OTHER_ROLE),
        }
        assert (await unit.undos.open_of(GUILD, ALICE))[0] == step(newer)
        assert await unit.undos.open_of(GUILD, BOB) == []
        written = step(newer).after_write(RoleOutcome.DONE)
        await unit.undos.save(written)
        assert (await unit.undos.open_of(GUILD, ALICE))[0] == written
        await unit.undos.settle_written(GUILD)
        assert {one.sweep_id for one in await unit.undos.open_of(GUILD, ALICE)} == {undo.id}
        assert await unit.undos.counts(newer.id) == [(UndoAction.GIVE, UndoState.DONE, None, 1)]


async def test_steps_of_members_who_are_gone_are_skipped(store: SqlStore) -> None:
    async with store.unit() as unit:
        undo = await unit.sweeps.start_undo(await unit.sweeps.current(GUILD, NOW, HOUR), ALICE, NOW)
        await unit.members.meet(GUILD, ALICE, NOW)
        await unit.members.meet(GUILD, BOB, NOW)
        await unit.members.mark_left(GUILD, BOB, None)
        await unit.undos.add([step(undo), step(undo, BOB), step(undo, 7)])
        assert await unit.undos.skip_absent(undo.id) == 2
        assert await unit.undos.skip_absent(undo.id) == 0
        assert sorted(await unit.undos.counts(undo.id), key=str) == [
            (UndoAction.GIVE, UndoState.SKIPPED, SkipReason.LEFT, 2),
            (UndoAction.GIVE, UndoState.WAITING, None, 1),
        ]


async def test_members_with_something_to_undo_are_due(store: SqlStore) -> None:
    async with store.unit() as unit:
        for user_id in (ALICE, BOB):
            await unit.members.settle(await unit.members.meet(GUILD, user_id, NOW), None)
        assert await unit.members.due(NOW, 9) == []
        await unit.members.touch_members(GUILD, [ALICE, 7])
        assert [member.user_id for member in await unit.members.due(NOW, 9)] == [ALICE]

"""Figures over time are written down where they changed, and say how things stood in between."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.grammar import parse
from bot.domain.history import Holders, Point
from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.readings import UnknownReason
from bot.services.history import KEPT, Histories
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, OTHER_ROLE, ROLE, link, loopring

NOON = NOW.replace(microsecond=0)
GIVEN = JournalEntry(NOON + MINUTE, GUILD, ALICE, ROLE, RoleAction.GIVE, RoleOutcome.DONE, Evidence("friends"))
HELD = LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOON)


class SetClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


async def read(store: SqlStore, wallet_id: int, unknown: UnknownReason | None = None) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        await unit.wallets.save(replace(wallet, tried_at=NOON, read_at=NOON, unknown=unknown))


async def test_a_server_is_noted_where_it_changed(store: SqlStore) -> None:
    wallets = [await link(store, loopring(number), ALICE) for number in range(3)]
    for wallet_id, unknown in zip(wallets, (None, None, UnknownReason.SERVER), strict=True):
        await read(store, wallet_id, unknown)
    async with store.unit() as unit:
        await unit.rules.add(GUILD, OTHER_ROLE, "Unheld", parse("friends", None), timedelta(0))
        await unit.ledger.save(HELD)
        await unit.history.note(GUILD, NOON)
        await unit.history.note(GUILD, NOON)
        await unit.history.note(GUILD, NOON + HOUR)
        assert await unit.history.points(GUILD, NOON - DAY, NOON + DAY) == [Point(NOON, 2, 1)]
        assert await unit.history.holders(GUILD, NOON - DAY, NOON + DAY) == [
            Holders(ROLE, NOON, 1),
            Holders(OTHER_ROLE, NOON, 0),
        ]
        assert await unit.history.points(OTHER_GUILD, NOON - DAY, NOON + DAY) == []


async def test_changes_count_from_the_last_note_to_the_next_each_once(store: SqlStore) -> None:
    await link(store, loopring(1), ALICE)
    async with store.unit() as unit:
        await unit.history.note(GUILD, NOON)
        for line in (
            GIVEN,
            replace(GIVEN, action=RoleAction.TAKE, at=NOON + 3 * HOUR - MINUTE),
            replace(GIVEN, outcome=RoleOutcome.FORBIDDEN),
            replace(GIVEN, guild_id=OTHER_GUILD),
            replace(GIVEN, at=NOON + 3 * HOUR),
        ):
            await unit.journal.add(line)
        await unit.history.note(GUILD, NOON + 3 * HOUR)
        live, _ = await unit.history.now(GUILD, NOON + 4 * HOUR)
        assert (live.given, live.taken) == (1, 0)
        points = await unit.history.points(GUILD, NOON - DAY, NOON + DAY)
        assert [(point.at, point.given, point.taken) for point in points] == [(NOON, 0, 0), (NOON + 3 * HOUR, 1, 1)]


async def test_a_role_that_nobody_has_any_more_is_noted_once(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.ledger.save(HELD)
        await unit.history.note(GUILD, NOON)
        await unit.ledger.remove(HELD)
        for hours in (1, 2):
            await unit.history.note(GUILD, NOON + hours * HOUR)
        noted = await unit.history.holders(GUILD, NOON - DAY, NOON + DAY)
        assert [(entry.at, entry.holders) for entry in noted] == [(NOON, 1), (NOON + HOUR, 0)]


async def test_what_held_before_a_span_belongs_to_it(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.ledger.save(HELD)
        await unit.history.note(GUILD, NOON - DAY)
        await unit.ledger.save(replace(HELD, user_id=BOB))
        await unit.history.note(GUILD, NOON)
        noted = await unit.history.holders(GUILD, NOON - HOUR, NOON)
        assert [entry.holders for entry in noted] == [1, 2]
        assert [point.at for point in await unit.history.points(GUILD, NOON - HOUR, NOON)] == [NOON - DAY]


async def test_only_what_still_tells_how_things_stand_is_kept_for_ever(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.ledger.save(HELD)
        await unit.history.note(GUILD, NOON)
        await unit.ledger.save(replace(HELD, user_id=BOB))
        await unit.history.note(GUILD, NOON + HOUR)
        assert await unit.history.purge(NOON + DAY) == 1
        assert [entry.holders for entry in await unit.history.holders(GUILD, NOON - DAY, NOON + DAY)] == [2]
        assert len(await unit.history.points(GUILD, NOON - DAY, NOON + DAY)) == 1


async def test_all_servers_are_noted_at_the_full_hour_and_shown_up_to_this_moment(store: SqlStore) -> None:
    clock = SetClock()
    histories = Histories(store, clock)
    clock.time = NOON + 20 * MINUTE
    async with store.unit() as unit:
        await unit.ledger.save(HELD)
        await unit.ledger.save(replace(HELD, guild_id=OTHER_GUILD))
    assert await histories.note_all() == 2
    clock.time += HOUR
    async with store.unit() as unit:
        await unit.journal.add(GIVEN)
        await unit.ledger.remove(HELD)
    history = await histories.of(GUILD)
    assert history.until == clock.time
    assert history.since == clock.time - DAY
    assert [(entry.at, entry.holders) for entry in history.holders] == [(NOON, 1), (clock.time, 0)]
    assert history.points[-1] == Point(clock.time, 0, 0, given=1)
    clock.time += KEPT + DAY
    for _ in range(2):
        await histories.note_all()
        clock.time += KEPT + DAY
    assert {entry.holders for entry in (await histories.of(GUILD)).holders} == {0}

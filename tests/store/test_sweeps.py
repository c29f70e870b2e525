from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.readings import UnknownReason
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
from bot.services.sweep_requests import put_back
from bot.store.store import SqlStore
from tests.store.samples import (
    ALICE,
    BOB,
    DAY,
    GUILD,
    HOUR,
    MINUTE,
    NOW,
    OTHER_GUILD,
    OTHER_ROLE,
    ROLE,
    link,
    loopring,
)


@pytest.mark.parametrize("guild_id", [GUILD, None], ids=["of a server", "of all"])
async def test_a_sweep_runs_until_it_is_finished(store: SqlStore, guild_id: int | None) -> None:
    async with store.unit() as unit:
        assert await unit.sweeps.running(guild_id) is None
        sweep = await unit.sweeps.start(guild_id, ALICE, NOW)
        assert sweep == Sweep(sweep.id, guild_id, ALICE, NOW)
        assert await unit.sweeps.running(guild_id) == sweep
        await unit.sweeps.finish(sweep, NOW + HOUR)
        await unit.sweeps.finish(sweep, NOW + DAY)
        assert await unit.sweeps.running(guild_id) is None
        assert await unit.sweeps.latest(guild_id) == replace(sweep, finished_at=NOW + HOUR)


async def test_the_sweep_of_a_server_is_not_the_sweep_of_all(store: SqlStore) -> None:
    async with store.unit() as unit:
        of_all = await unit.sweeps.start(None, None, NOW)
        older = await unit.sweeps.start(GUILD, ALICE, NOW)
        newer = await unit.sweeps.start(GUILD, ALICE, NOW + MINUTE)
        assert await unit.sweeps.running(None) == of_all
        assert await unit.sweeps.latest(GUILD) == newer
        assert await unit.sweeps.unfinished() == [of_all, older, newer]
        await unit.sweeps.finish(newer, NOW + HOUR)
        assert await unit.sweeps.running(GUILD) == older
        assert await unit.sweeps.unfinished() == [of_all, older]
        assert await unit.sweeps.latest(OTHER_GUILD) is None


async def try_wallet(store: SqlStore, wallet_id: int, minutes: int, unknown: UnknownReason | None = None) -> None:
    async with store.unit() as unit:
        wallet = await unit.wallets.get(wallet_id)
        assert wallet is not None
        tried_at = NOW + minutes * MINUTE
        read_at = wallet.read_at if unknown else tried_at
        await unit.wallets.save(
            replace(wallet, tried_at=tried_at, read_at=read_at, unknown=unknown, due_at=tried_at + DAY)
        )


async def settle_all(store: SqlStore) -> None:
    async with store.unit() as unit:
        for member in await unit.members.due(NOW, 100):
            await unit.members.settle(member, due_at=None)


async def test_a_sweep_is_finished_when_wallets_were_tried_and_members_settled(store: SqlStore) -> None:
    alices = await link(store, loopring(1), ALICE)
    bobs = await link(store, loopring(2), BOB, OTHER_GUILD)
    await try_wallet(store, alices, -10)
    async with store.unit() as unit:
        sweep = await unit.sweeps.start(GUILD, ALICE, NOW)
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(1, 0, 1, members_total=1)
    await try_wallet(store, bobs, 1)
    await settle_all(store)
    async with store.unit() as unit:
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(1, 0, 0, members_total=1)
    await try_wallet(store, alices, 2, UnknownReason.SERVER)
    async with store.unit() as unit:
        done = await unit.sweeps.progress(sweep, NOW)
        assert done == SweepProgress(1, 1, 0, wallets_unknown=1, members_total=1)
        assert done.is_finished
        of_all = await unit.sweeps.start(None, None, NOW + 2 * MINUTE)
        assert await unit.sweeps.progress(of_all, NOW) == SweepProgress(2, 1, 0, wallets_unknown=1, members_total=2)


async def test_members_who_are_postponed_still_wait(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.postpone(await unit.members.meet(GUILD, ALICE, NOW), NOW + DAY)
        sweep = await unit.sweeps.start(GUILD, ALICE, NOW)
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(0, 0, 1, members_total=1)


async def test_a_sweep_is_called_off_once_and_then_over(store: SqlStore) -> None:
    async with store.unit() as unit:
        sweep = await unit.sweeps.start(GUILD, ALICE, NOW)
        scheduled = await unit.sweeps.current(OTHER_GUILD, NOW, DAY)
        assert await unit.sweeps.cancel(sweep, BOB, NOW + HOUR)
        assert not await unit.sweeps.cancel(sweep, ALICE, NOW + DAY)
        assert not await unit.sweeps.cancel(scheduled, BOB, NOW + HOUR)
        assert not await unit.sweeps.close(sweep, NOW + DAY)
        assert await unit.sweeps.running(GUILD) is None
        called_off = replace(sweep, finished_at=NOW + HOUR, cancelled=True, cancelled_by=BOB)
        assert await unit.sweeps.latest(GUILD) == called_off


async def test_calls_count_for_the_sweeps_that_somebody_asked_for_and_that_run(store: SqlStore) -> None:
    async with store.unit() as unit:
        over = await unit.sweeps.start(GUILD, ALICE, NOW)
        await unit.sweeps.finish(over, NOW)
        here, elsewhere = [await unit.sweeps.start(guild, ALICE, NOW) for guild in (GUILD, OTHER_GUILD)]
        for calls in (3, 4):
            await unit.sweeps.add_calls(calls)
        assert [(await unit.sweeps.progress(one, NOW)).calls for one in (over, here, elsewhere)] == [0, 7, 7]


async def due_times(store: SqlStore, *wallet_ids: int) -> list[datetime]:
    async with store.unit() as unit:
        wallets = [await unit.wallets.get(wallet_id) for wallet_id in wallet_ids]
        return [wallet.due_at for wallet in wallets if wallet is not None]


async def test_what_a_sweep_made_due_and_nobody_read_gets_its_own_time_back(store: SqlStore) -> None:
    waiting, read, untried, bobs = [await link(store, loopring(n), ALICE, at=NOW - DAY) for n in range(3)] + [
        await link(store, loopring(3), BOB, OTHER_GUILD, at=NOW - DAY)
    ]
    for wallet_id in (read, untried, bobs):
        await try_wallet(store, wallet_id, -60)
    later = NOW + DAY - HOUR
    async with store.unit() as unit:
        await unit.wallets.make_due(NOW, guild_id=GUILD)
    assert await due_times(store, waiting, read, untried, bobs) == [NOW - DAY, NOW, NOW, later]
    await try_wallet(store, read, 1)
    async with store.unit() as unit:
        assert await unit.wallets.put_back(NOW) == 1
        assert await unit.wallets.put_back(NOW) == 0
    assert await due_times(store, waiting, read, untried, bobs) == [NOW - DAY, NOW + MINUTE + DAY, later, later]


async def test_what_another_sweep_waits_for_stays_due(store: SqlStore) -> None:
    shared = await link(store, loopring(1), ALICE)
    await link(store, loopring(2), ALICE, OTHER_GUILD)
    await try_wallet(store, shared, -60)
    before = await due_times(store, shared)
    async with store.unit() as unit:
        for minutes, guild_id in ((0, GUILD), (1, OTHER_GUILD)):
            await unit.wallets.make_due(NOW + minutes * MINUTE, guild_id=guild_id)
            await unit.sweeps.start(guild_id, ALICE, NOW + minutes * MINUTE)
        here = await unit.sweeps.running(GUILD)
        assert here is not None
        await unit.sweeps.cancel(here, ALICE, NOW + HOUR)
        await put_back(unit, here.started_at)
    assert await due_times(store, shared) == [NOW + MINUTE]
    async with store.unit() as unit:
        elsewhere = await unit.sweeps.running(OTHER_GUILD)
        assert elsewhere is not None
        await unit.sweeps.cancel(elsewhere, ALICE, NOW + HOUR)
        await put_back(unit, elsewhere.started_at)
    assert await due_times(store, shared) == before


async def test_nothing_has_figures_too(store: SqlStore) -> None:
    async with store.unit() as unit:
        nothing = SweepFigures(0, 0, (), None, None, 0, 0, 0, 0, 0)
        assert await unit.sweeps.figures(None, NOW) == nothing
        assert await unit.sweeps.figures(GUILD, NOW) == nothing


async def write_history(store: SqlStore) -> None:
    """Four wallets of three members in two servers, and what became of some roles."""
    for number, (user_id, guild_id) in enumerate([(ALICE, GUILD), (ALICE, GUILD), (BOB, GUILD), (7, OTHER_GUILD)]):
        await link(store, loopring(number), user_id, guild_id)
    await settle_all(store)
    await try_wallet(store, 1, -60)
    await try_wallet(store, 2, -30, UnknownReason.RATE)
    await try_wallet(store, 3, -90)
    await try_wallet(store, 4, -120, UnknownReason.RATE)
    give = JournalEntry(NOW - HOUR, GUILD, ALICE, ROLE, RoleAction.GIVE, RoleOutcome.DONE, Evidence("friends"))
    async with store.unit() as unit:
        await unit.wallets.make_due(NOW, user_id=BOB)
        await unit.members.touch_user(BOB)
        for line in (
            give,
            replace(give, at=NOW - 2 * DAY),
            replace(give, outcome=RoleOutcome.FORBIDDEN),
            replace(give, action=RoleAction.TAKE),
            replace(give, guild_id=OTHER_GUILD),
        ):
            await unit.journal.add(line)
        held = LedgerEntry(GUILD, ALICE, ROLE, LedgerState.HELD, NOW)
        for entry in (
            held,
            replace(held, role_id=OTHER_ROLE, state=LedgerState.GIVING),
            replace(held, user_id=BOB),
            replace(held, guild_id=OTHER_GUILD),
        ):
            await unit.ledger.save(entry)


async def test_the_figures_of_a_server_are_those_of_its_members(store: SqlStore) -> None:
    await write_history(store)
    async with store.unit() as unit:
        figures = await unit.sweeps.figures(GUILD, NOW)
    assert figures == SweepFigures(
        wallets=3,
        wallets_due=1,
        wallets_unknown=((UnknownReason.RATE, 1),),
        oldest_reading=NOW - 90 * MINUTE,
        next_due=NOW,
        members=2,
        members_waiting=1,
        roles_held=2,
        given_last_day=1,
        taken_last_day=1,
    )


async def test_the_figures_of_all_are_of_every_server(store: SqlStore) -> None:
    await write_history(store)
    async with store.unit() as unit:
        figures = await unit.sweeps.figures(None, NOW)
    assert figures == SweepFigures(
        wallets=4,
        wallets_due=1,
        wallets_unknown=((UnknownReason.RATE, 2),),
        oldest_reading=NOW - 90 * MINUTE,
        next_due=NOW,
        members=3,
        members_waiting=1,
        roles_held=3,
        given_last_day=2,
        taken_last_day=1,
    )

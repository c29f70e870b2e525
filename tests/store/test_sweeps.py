from dataclasses import replace

import pytest

from bot.domain.ledger import Evidence, JournalEntry, LedgerEntry, LedgerState, RoleAction, RoleOutcome
from bot.domain.readings import UnknownReason
from bot.domain.sweeps import Sweep, SweepFigures, SweepProgress
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
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(1, 0, 1)
    await try_wallet(store, bobs, 1)
    await settle_all(store)
    async with store.unit() as unit:
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(1, 0, 0)
    await try_wallet(store, alices, 2, UnknownReason.SERVER)
    async with store.unit() as unit:
        assert (await unit.sweeps.progress(sweep, NOW)).is_finished
        of_all = await unit.sweeps.start(None, None, NOW + 2 * MINUTE)
        assert await unit.sweeps.progress(of_all, NOW) == SweepProgress(2, 1, 0)


async def test_members_who_are_postponed_still_wait(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.members.postpone(await unit.members.meet(GUILD, ALICE, NOW), NOW + DAY)
        sweep = await unit.sweeps.start(GUILD, ALICE, NOW)
        assert await unit.sweeps.progress(sweep, NOW) == SweepProgress(0, 0, 1)


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

"""Settling many members at once leaves behind what taking one after the other leaves behind."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.brakes import Brake
from bot.domain.grammar import parse
from bot.domain.holdings import Holdings
from bot.domain.ledger import LedgerState
from bot.domain.looks import LOOK_EVERY
from bot.domain.members import Membership
from bot.services.braking import Braking
from bot.services.case_loading import RuleShelf, load_cases
from bot.services.guild_log import GuildLog
from bot.services.member_cases import load_case
from bot.services.reconciling import Reconciler
from bot.services.role_writing import RoleWriting
from bot.services.settling import Settling
from bot.store.engine import create_engine
from bot.store.schema import METADATA
from bot.store.store import SqlStore
from bot.store.turns import LocalTurns
from tests.domain.role_cases import ROLE, held
from tests.domain.wallet_cases import CHIA, HOUR, LOOPRING, MINUTE, NOW, POLICY, SELECTORS, known, nfts, unread
from tests.postgres import sqlite_url
from tests.services.member_case_samples import rule
from tests.services.populations import GUILDS, USERS, Membered, Population, Setting, populations, settle_in
from tests.services.silent_discord import SilentDiscord

Rows = Mapping[str, Sequence[object]]


@dataclass
class Watch:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Office:
    """Both ways to reconcile members, on one database."""

    store: SqlStore
    look_every: timedelta | None = None
    discord: SilentDiscord = field(default_factory=SilentDiscord)
    watch: Watch = field(default_factory=Watch)

    def __post_init__(self) -> None:
        writing = RoleWriting(self.discord, GuildLog(self.store, self.discord), self.watch)
        braking = Braking(self.store, self.watch, Brake(5, 10))
        self.reconciler = Reconciler(
            self.store, self.discord, writing, self.watch, POLICY, braking, self.discord, self.look_every, LocalTurns()
        )
        self.settling = Settling(self.store, self.watch, POLICY, RuleShelf(), self.look_every)

    async def due(self) -> Sequence[Membership]:
        async with self.store.unit() as unit:
            return await unit.members.due(self.watch.time, 100)

    async def one_by_one(self, members: Sequence[Membership]) -> None:
        for member in members:
            await self.reconciler.reconcile(member.guild_id, member.user_id)


async def rows_of(engine: AsyncEngine) -> Rows:
    """Everything in a database but the notes, where random words say which edition of the rules is the current one."""
    async with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
            if table.name != "notes"
        }


@given(populations(), st.sampled_from((None, LOOK_EVERY)))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_population_is_the_same_after_being_settled_together(
    sqlite_schema: Path, population: Population, look_every: timedelta | None
) -> None:
    asyncio.run(_compare(sqlite_schema, population, look_every))


async def _compare(schema: Path, population: Population, look_every: timedelta | None) -> None:
    with TemporaryDirectory() as folder:
        single, together = Path(folder) / "single.db", Path(folder) / "together.db"
        shutil.copyfile(schema, single)
        engine = create_engine(sqlite_url(single))
        await settle_in(SqlStore(engine), population)
        await engine.dispose()
        shutil.copyfile(single, together)
        engines = [create_engine(sqlite_url(file)) for file in (single, together)]
        try:
            one, many = (Office(SqlStore(engine), look_every) for engine in engines)
            await one.one_by_one(await one.due())
            left = await many.settling.settle(await many.due())
            assert [member.key for member in left] == one.discord.asked, "for the others Discord was not asked"
            await many.one_by_one(left)
            assert many.discord.asked == one.discord.asked
            assert await rows_of(engines[1]) == await rows_of(engines[0])
        finally:
            for engine in engines:
                await engine.dispose()


VILLAGE = Population(
    servers={
        GUILDS[0]: Setting([replace(rule(parse("a >= 2", None)), grace=HOUR)], SELECTORS, is_paused=False),
        GUILDS[1]: Setting([rule(parse("not og_card", None))], SELECTORS, is_paused=False),
    },
    wallets={
        USERS[0]: [known(nfts("nft-cat-1"))],
        USERS[1]: [known(nfts("nft-cat-1", "nft-cat-2"))],
        USERS[2]: [unread(1, CHIA), known(Holdings(), 2, LOOPRING)],
    },
    members={
        (GUILDS[0], USERS[0]): Membered([held()], False, False, False, 0, None),
        (GUILDS[0], USERS[1]): Membered([], False, False, False, 0, None),
        (GUILDS[0], USERS[2]): Membered([held()], False, False, False, 0, None),
        (GUILDS[1], USERS[0]): Membered([], True, False, False, 0, None),
    },
    forgetting=None,
)
"""Somebody who does not hold enough any more, somebody who does, somebody who is unread, and somebody who left."""


async def test_only_who_needs_a_look_at_discord_is_left(store: SqlStore) -> None:
    await settle_in(store, VILLAGE)
    office = Office(store)
    left = await office.settling.settle(await office.due())
    assert {member.key for member in left} == {(GUILDS[0], USERS[1]), (GUILDS[1], USERS[0])}
    async with store.unit() as unit:
        lapsed = await unit.ledger.of_member(GUILDS[0], USERS[0])
        frozen = await unit.ledger.of_member(GUILDS[0], USERS[2])
        waiting = await unit.members.get(GUILDS[0], USERS[0])
    assert [(entry.state, entry.lapsed_at) for entry in (*lapsed, *frozen)] == [
        (LedgerState.HELD, NOW),
        (LedgerState.HELD, None),
    ]
    assert waiting is not None
    assert (waiting.settled, waiting.due_at) == (waiting.revision, NOW + HOUR)
    assert {member.key for member in await office.due()} == {member.key for member in left}


async def test_cases_are_loaded_together_as_they_are_alone(store: SqlStore) -> None:
    await settle_in(store, VILLAGE)
    office = Office(store)
    members = await office.due()
    async with store.unit() as unit:
        books = await RuleShelf().books(unit, GUILDS)
        assert await load_cases(unit, members, books) == [await load_case(unit, member) for member in members]


async def test_somebody_who_changes_while_the_others_are_decided_stays_due(store: SqlStore) -> None:
    await settle_in(store, VILLAGE)
    office = Office(store)
    before = await office.due()
    async with store.unit() as unit:
        await unit.members.touch_user(USERS[0])
    left = await office.settling.settle(before)
    assert (GUILDS[0], USERS[0]) not in {member.key for member in left}
    assert (GUILDS[0], USERS[0]) in {member.key for member in await office.due()}
    async with store.unit() as unit:
        assert [entry.role_id for entry in await unit.ledger.of_member(GUILDS[0], USERS[0])] == [ROLE]


async def test_a_rule_that_changed_since_is_read_anew(store: SqlStore) -> None:
    await settle_in(store, VILLAGE)
    office = Office(store)
    await office.settling.settle(await office.due())
    async with store.unit() as unit:
        entries = await unit.ledger.of_member(GUILDS[0], USERS[0])
        assert [entry.lapsed_at for entry in entries] == [NOW], "one is not enough"
        changed = await unit.rules.of_role(GUILDS[0], ROLE)
        assert changed is not None
        await unit.rules.save(replace(changed, expression=parse("a >= 1", None)))
        await unit.members.touch_guild(GUILDS[0])
    office.watch.time += MINUTE
    await office.settling.settle(await office.due())
    async with store.unit() as unit:
        entries = await unit.ledger.of_member(GUILDS[0], USERS[0])
    assert [entry.lapsed_at for entry in entries] == [None], "one is enough now"

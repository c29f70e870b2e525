"""A case that is only looked at is the case that is decided."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from bot.domain.grammar import parse
from bot.domain.members import Membership, Presence
from bot.services.case_loading import RuleShelf, load_seen_case
from bot.services.member_cases import MemberCase, load_case
from bot.store.engine import create_engine
from bot.store.store import SqlStore
from tests.domain.role_cases import ROLE
from tests.domain.wallet_cases import SELECTORS, known, nfts
from tests.postgres import sqlite_url
from tests.services.member_case_samples import rule
from tests.services.populations import GUILDS, USERS, Membered, Population, Setting, populations, settle_in


@given(populations())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_members_are_seen_as_they_are_decided(sqlite_schema: Path, population: Population) -> None:
    asyncio.run(_compare(sqlite_schema, population))


async def _compare(schema: Path, population: Population) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "seen.db"
        shutil.copyfile(schema, file)
        engine = create_engine(sqlite_url(file))
        store, shelf = SqlStore(engine), RuleShelf()
        try:
            await settle_in(store, population)
            for guild_id in GUILDS:
                for user_id in USERS:
                    assert await seen(store, guild_id, user_id, shelf) == await decided(store, guild_id, user_id)
        finally:
            await engine.dispose()


async def seen(store: SqlStore, guild_id: int, user_id: int, shelf: RuleShelf) -> MemberCase:
    async with store.reading() as unit:
        facts = await unit.cases.facts(guild_id, user_id)
        case = await load_seen_case(unit, guild_id, user_id, facts, shelf)
        return _plain(case)


async def decided(store: SqlStore, guild_id: int, user_id: int) -> MemberCase:
    async with store.unit() as unit:
        unknown = Membership(guild_id, user_id, Presence.LEFT, revision=0, settled=0, due_at=None)
        return _plain(await load_case(unit, await unit.members.get(guild_id, user_id) or unknown))


def _plain(case: MemberCase) -> MemberCase:
    """The same with lists, where sequences of other kinds hold the same."""
    return MemberCase(
        case.member,
        list(case.rules),
        dict(case.selectors),
        list(case.links),
        dict(case.entries),
        case.is_paused,
        list(case.flips),
        list(case.protections),
        dict(case.undo_steps),
        case.withdrawal,
    )


ONE_MEMBER = Population(
    servers={
        GUILDS[0]: Setting([rule(parse("a >= 2", None))], SELECTORS, is_paused=False),
        GUILDS[1]: Setting([], SELECTORS, is_paused=True),
    },
    wallets={USERS[0]: [known(nfts("nft-cat-1"))]},
    members={(GUILDS[0], USERS[0]): Membered([], False, False, False, 0, None)},
    forgetting=None,
)


async def test_a_rule_is_seen_as_it_is_from_its_change_on(store: SqlStore) -> None:
    await settle_in(store, ONE_MEMBER)
    shelf = RuleShelf()
    async with store.unit() as unit:
        await shelf.books(unit, GUILDS)  # kept, as by a sweep
    before = await seen(store, GUILDS[0], USERS[0], shelf)
    async with store.unit() as unit:
        old = await unit.rules.of_role(GUILDS[0], ROLE)
        assert old is not None
        await unit.rules.remove(old.id)
        during = await seen(store, GUILDS[0], USERS[0], shelf)
    after = await seen(store, GUILDS[0], USERS[0], shelf)
    assert [len(case.rules) for case in (before, during, after)] == [1, 1, 0]

"""Every change of a server's rules or collections is noticed by whoever has kept them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.grammar import parse
from bot.domain.networks import Network
from bot.domain.rules import Collection, Rule, RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.services.case_loading import RuleShelf
from bot.store.store import SqlStore, SqlUnitOfWork
from tests.store.samples import GUILD, HOUR, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

ANY = Selector(Network.LOOPRING, SelectorKind.ANY)
Change = Callable[[SqlUnitOfWork, Rule, Collection], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "a rule more": lambda unit, rule, _: unit.rules.add(GUILD, OTHER_ROLE, "Other", rule.expression, HOUR),
    "another requirement": lambda unit, rule, _: unit.rules.save(replace(rule, expression=parse("all >= 2", None))),
    "a rule that is stopped": lambda unit, _, __: unit.rules.stop(GUILD, ROLE, RuleState.BLOCKED, "why"),
    "a rule less": lambda unit, rule, _: unit.rules.remove(rule.id),
    "a collection more": lambda unit, _, __: unit.collections.add(GUILD, "more", ANY, NOW),
    "a collection less": lambda unit, _, collection: unit.collections.remove(collection.id),
    "a server that is forgotten": lambda unit, _, __: unit.retention.forget_guild(GUILD),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_whatever_changes_makes_a_new_edition(store: SqlStore, what: str) -> None:
    async with store.unit() as unit:
        collection = await unit.collections.add(GUILD, "all", ANY, NOW)
        rule = await unit.rules.add(GUILD, ROLE, "Holder", parse("all", None), HOUR)
        before = await unit.rules.editions([GUILD, OTHER_GUILD])
        assert await unit.rules.editions([GUILD, OTHER_GUILD]) == before
        await CHANGES[what](unit, rule, collection)
        after = await unit.rules.editions([GUILD, OTHER_GUILD])
    assert after[GUILD] != before[GUILD]
    assert after[OTHER_GUILD] == before[OTHER_GUILD]


@pytest.mark.parametrize("what", CHANGES)
async def test_a_shelf_has_the_rules_as_they_are(store: SqlStore, what: str) -> None:
    shelf = RuleShelf()
    async with store.unit() as unit:
        collection = await unit.collections.add(GUILD, "all", ANY, NOW)
        rule = await unit.rules.add(GUILD, ROLE, "Holder", parse("all", None), HOUR)
        kept = (await shelf.books(unit, [GUILD]))[GUILD]
        assert (await shelf.books(unit, [GUILD]))[GUILD] is kept
        await CHANGES[what](unit, rule, collection)
        book = (await shelf.books(unit, [GUILD]))[GUILD]
        assert book.rules == await unit.rules.of_guild(GUILD)
        assert set(book.selectors) == {collection.name for collection in await unit.collections.of_guild(GUILD)}


async def test_rules_hold_still_while_somebody_uses_them(store: SqlStore) -> None:
    """Whoever changes them waits for the unit that asked which edition is the current one."""
    order: list[str] = []
    is_asked = asyncio.Event()

    async def use() -> None:
        async with store.unit() as unit:
            await unit.rules.editions([GUILD])
            is_asked.set()
            for _ in range(20):  # as long as this takes, a change would have got through
                await unit.rules.of_guild(GUILD)
            order.append("used")

    async def change() -> None:
        await is_asked.wait()
        async with store.unit() as unit:
            await unit.collections.add(GUILD, "more", ANY, NOW)
            order.append("changed")

    async with store.unit() as unit:
        await unit.collections.add(GUILD, "all", ANY, NOW)
    await asyncio.gather(use(), change())
    assert order == ["used", "changed"]

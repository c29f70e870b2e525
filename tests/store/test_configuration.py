import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import NameTakenError, RoleTakenError
from bot.domain.grammar import parse
from bot.domain.guilds import GuildSettings
from bot.domain.networks import Network
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.store.store import SqlStore
from tests.store.samples import DAY, GUILD, NOW, OTHER_GUILD, OTHER_ROLE, ROLE

ANY = Selector(Network.CHIA_MAINNET, SelectorKind.ANY)
SEVERAL = Selector(Network.LOOPRING, SelectorKind.NFT_DATA_SET, frozenset(f"0x{number:064x}" for number in range(500)))
FRIENDS = parse("friends >= 3 and not banned_set", None)


async def test_a_servers_collections_come_by_name(store: SqlStore) -> None:
    async with store.unit() as unit:
        several = await unit.collections.add(GUILD, "Several", SEVERAL, NOW)
        anything = await unit.collections.add(GUILD, "anything", ANY, NOW)
        await unit.collections.add(OTHER_GUILD, "elsewhere", ANY, NOW)
    assert several.name == "several"
    assert several.selector == SEVERAL
    async with store.unit() as unit:
        assert await unit.collections.of_guild(GUILD) == [anything, several]


async def test_a_name_names_one_collection_per_server(store: SqlStore) -> None:
    async with store.unit() as unit:
        friends = await unit.collections.add(GUILD, "friends", ANY, NOW)
        with pytest.raises(NameTakenError, match="named friends already"):
            await unit.collections.add(GUILD, "Friends", SEVERAL, NOW)
        await unit.collections.add(OTHER_GUILD, "friends", ANY, NOW)
        assert await unit.collections.of_guild(GUILD) == [friends]


async def test_a_removed_collections_name_is_free_but_its_id_is_not(store: SqlStore) -> None:
    async with store.unit() as unit:
        first = await unit.collections.add(GUILD, "friends", ANY, NOW)
        await unit.collections.remove(first.id)
        assert not await unit.collections.of_guild(GUILD)
        assert (await unit.collections.add(GUILD, "friends", ANY, NOW)).id != first.id


async def test_a_servers_rules_come_in_the_order_they_were_made(store: SqlStore) -> None:
    async with store.unit() as unit:
        second_role = await unit.rules.add(GUILD, OTHER_ROLE, "Second", FRIENDS, DAY)
        first_role = await unit.rules.add(GUILD, ROLE, "First", parse("2 of (a, b, c)", None), timedelta(0))
        await unit.rules.add(OTHER_GUILD, ROLE, "Elsewhere", FRIENDS, DAY)
    assert second_role == Rule(second_role.id, GUILD, OTHER_ROLE, "Second", FRIENDS, DAY)
    async with store.unit() as unit:
        assert await unit.rules.of_guild(GUILD) == [second_role, first_role]
        assert await unit.rules.of_role(GUILD, ROLE) == first_role
        assert await unit.rules.of_role(OTHER_GUILD, OTHER_ROLE) is None


async def test_a_role_has_one_rule(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.rules.add(GUILD, ROLE, "Friend", FRIENDS, DAY)
        with pytest.raises(RoleTakenError, match="Friend” already"):
            await unit.rules.add(GUILD, ROLE, "Friend", FRIENDS, DAY)


async def test_a_changed_rule_is_found_changed_and_a_removed_one_not_at_all(store: SqlStore) -> None:
    async with store.unit() as unit:
        rule = await unit.rules.add(GUILD, ROLE, "Friend", FRIENDS, DAY)
        changed = replace(
            rule,
            role_name="Best friend",
            expression=parse("friends between 1 and 4", None),
            grace=timedelta(days=400, microseconds=1),
            state=RuleState.PAUSED,
            state_note="until Monday",
        )
        await unit.rules.save(changed)
        assert await unit.rules.of_role(GUILD, ROLE) == changed
        await unit.rules.remove(rule.id)
        assert await unit.rules.of_role(GUILD, ROLE) is None


async def test_of_many_who_stop_a_rule_one_tells(store: SqlStore) -> None:
    async with store.unit() as unit:
        await unit.rules.add(GUILD, ROLE, "Friend", FRIENDS, DAY)

    async def stop(number: int) -> bool:
        async with store.unit() as unit:
            return await unit.rules.stop(GUILD, ROLE, RuleState.BLOCKED, f"refused, says {number}")

    told = await asyncio.gather(*map(stop, range(20)))
    assert Counter(told) == {True: 1, False: 19}
    async with store.unit() as unit:
        rule = await unit.rules.of_role(GUILD, ROLE)
    assert rule is not None
    assert (rule.state, rule.state_note) == (RuleState.BLOCKED, f"refused, says {told.index(True)}")


async def test_a_note_is_kept_under_its_name_until_replaced(store: SqlStore) -> None:
    async with store.unit() as unit:
        assert await unit.notes.get("commands") is None
        await unit.notes.set("commands", "abc")
        await unit.notes.set("commands", "déf")
        assert await unit.notes.get("commands") == "déf"
        assert await unit.notes.get("other") is None


async def test_a_server_without_settings_has_the_defaults(store: SqlStore) -> None:
    async with store.unit() as unit:
        assert await unit.settings.get(GUILD) == GuildSettings(GUILD)


async def test_settings_are_kept_per_server_and_can_be_unset(store: SqlStore) -> None:
    chosen = GuildSettings(GUILD, log_channel_id=42, grace=DAY)
    async with store.unit() as unit:
        await unit.settings.save(chosen)
        assert await unit.settings.get(GUILD) == chosen
        assert await unit.settings.get(OTHER_GUILD) == GuildSettings(OTHER_GUILD)
        await unit.settings.save(GuildSettings(GUILD, grace=timedelta(0)))
        assert await unit.settings.get(GUILD) == GuildSettings(GUILD, grace=timedelta(0))

"""A role that no rule gives any more and that Discord does not let the bot take back: it is told once, and left."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.grammar import parse
from bot.domain.ledger import Evidence, LedgerEntry, LedgerState, RoleOutcome
from bot.domain.role_plans import RolePlan, Step
from bot.services.guild_log import GuildLog
from bot.services.member_cases import RoleDecision
from bot.services.role_writing import MEMBERS_NAMED, RoleWriting, Written
from bot.store.store import SqlStore
from tests.services.silent_discord import SilentDiscord
from tests.store.samples import GUILD, NOW, OTHER_ROLE, ROLE

HOLDERS = range(101, 104)
REMOVED = Evidence("", note="the rule was removed")


class Watch:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def writing(store: SqlStore) -> RoleWriting:
    discord = SilentDiscord()
    return RoleWriting(discord, GuildLog(store, discord), Watch())


@pytest.fixture(autouse=True)
async def ledger(store: SqlStore) -> None:
    """Three members with the role, from whom it is to be taken; one of them has another role as well."""
    async with store.unit() as unit:
        for user_id in HOLDERS:
            await unit.ledger.save(held(user_id))
        await unit.ledger.save(held(HOLDERS[0], OTHER_ROLE))


def held(user_id: int, role_id: int = ROLE) -> LedgerEntry:
    return LedgerEntry(GUILD, user_id, role_id, LedgerState.HELD, NOW, grace_waived=True)


def tried(user_id: int, outcome: RoleOutcome, step: Step = Step.TAKE) -> Written:
    entry = held(user_id)
    planned = replace(entry, state=LedgerState.TAKING if step is Step.TAKE else LedgerState.GIVING)
    return Written(RoleDecision(ROLE, None, entry, RolePlan(step, planned), REMOVED), outcome)


async def refused(
    store: SqlStore, writing: RoleWriting, user_id: int, outcome: RoleOutcome = RoleOutcome.FORBIDDEN
) -> str | None:
    async with store.unit() as unit:
        return await writing.stop(unit, tried(user_id, outcome))


async def remembered(store: SqlStore) -> set[tuple[int, int]]:
    """Whose roles are still in the ledger."""
    async with store.unit() as unit:
        return {
            (entry.user_id, role) for role in (ROLE, OTHER_ROLE) for entry in await unit.ledger.of_role(GUILD, role)
        }


async def test_the_first_refusal_names_everybody_and_gives_the_role_up(store: SqlStore, writing: RoleWriting) -> None:
    told = await refused(store, writing, HOLDERS[1])
    assert told is not None
    assert f"could not take back <@&{ROLE}>** from <@101>, <@102>, <@103>, though the rule was removed." in told
    assert "Holdfast does not try again: take it away by hand." in told
    assert await remembered(store) == {(HOLDERS[0], OTHER_ROLE)}


async def test_the_next_refusals_are_no_news(store: SqlStore, writing: RoleWriting) -> None:
    assert await refused(store, writing, HOLDERS[0]) is not None
    assert await refused(store, writing, HOLDERS[1]) is None
    assert await refused(store, writing, HOLDERS[2]) is None


async def test_a_long_list_of_names_is_cut(store: SqlStore, writing: RoleWriting) -> None:
    async with store.unit() as unit:
        for user_id in range(1_000, 1_000 + MEMBERS_NAMED):
            await unit.ledger.save(held(user_id))
    told = await refused(store, writing, HOLDERS[0])
    assert told is not None
    assert f" and {len(HOLDERS)} more, though" in told
    assert told.count("<@1") == MEMBERS_NAMED


async def test_where_the_role_has_a_rule_it_is_about_this_member_alone(store: SqlStore, writing: RoleWriting) -> None:
    async with store.unit() as unit:
        await unit.rules.add(GUILD, ROLE, "Holder", parse("friends", {"friends"}), timedelta(0))
    before = await remembered(store)
    told = await refused(store, writing, HOLDERS[1])
    assert told is not None
    assert "from <@102>, though" in told
    assert await remembered(store) == before


async def test_a_role_that_is_gone_is_taken_back_from_everybody_and_no_news(
    store: SqlStore, writing: RoleWriting
) -> None:
    assert await refused(store, writing, HOLDERS[0], RoleOutcome.ROLE_GONE) is None
    assert await remembered(store) == {(HOLDERS[0], OTHER_ROLE)}


async def test_a_role_that_was_to_be_given_back_is_left_alone(store: SqlStore, writing: RoleWriting) -> None:
    before = await remembered(store)
    async with store.unit() as unit:
        assert await writing.stop(unit, tried(HOLDERS[0], RoleOutcome.FORBIDDEN, Step.GIVE)) is None
    assert await remembered(store) == before

"""Rounds with passes over collections, against a real database; what providers say is made up."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.addresses import Address
from bot.domain.collection_passes import CollectionPass, CompletePass, PassTarget
from bot.domain.fetch_plans import FetchPlan, PassRecord, Why
from bot.domain.grammar import parse
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Unknown, UnknownReason
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.wallets import Gap, Lane, ReadingPolicy, WalletState
from bot.services.absorbing import Heard, absorb_all
from bot.services.case_loading import RuleShelf
from bot.services.plan_notes import PlanNotes
from bot.services.planning import PLAN_EVERY, Planner
from bot.store.store import SqlStore
from tests.store.samples import DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, ROLE, held, link, loopring

LOOPRING = Network.LOOPRING
POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=30 * MINUTE, stale_after=DAY)
FRIENDS, OTHERS = "0xf0", "0xf1"
WALLETS = 12


@dataclass
class Watch:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Lists:
    """Lists who holds what, and counts what it was asked."""

    watch: Watch
    holders: dict[str, set[Address]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    sizes_asked: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    lists: bool = True

    def reads_collections(self, network: Network) -> bool:
        return self.lists

    def pass_calls(self, network: Network, size: int) -> int:
        return 2

    def spacing(self, network: Network) -> float:
        return 12.0

    async def size_of(self, target: PassTarget) -> int | Unknown:
        self.sizes_asked.append(target.item)
        return len(self.holders.get(target.item, ()))

    async def pass_over(self, target: PassTarget) -> CollectionPass:
        self.passed_over.append(target.item)
        if target.item in self.failing:
            return Unknown(UnknownReason.INCOMPLETE, "a page moved")
        owners = {address.text: Holdings((Holding(target.item, None, 1),)) for address in self.holders[target.item]}
        return CompletePass(target, owners, frozenset(), len(owners), "loopring", self.watch.time, 2)


@dataclass
class Scene:
    store: SqlStore
    watch: Watch
    lists: Lists
    planner: Planner
    ids: dict[int, int] = field(default_factory=dict)

    async def link(self, number: int, holdings: Holdings | None = None, guild_id: int = GUILD) -> None:
        """Link a member's wallet, and read it if it is said what it holds."""
        self.ids[number] = await link(self.store, loopring(number), number, guild_id, self.watch.time)
        if holdings is not None:
            await self.read(number, holdings)

    async def read(self, number: int, holdings: Holdings) -> None:
        heard = Heard(self.ids[number], Complete(holdings, "loopring", self.watch.time))
        async with self.store.unit() as unit:
            await absorb_all(unit, [heard], self.watch.time, POLICY, RuleShelf())

    async def rule(self, name: str, item: str, guild_id: int = GUILD, kind: SelectorKind | None = None) -> None:
        kind = kind or SelectorKind.NFT_DATA_SET
        selector = Selector(LOOPRING, kind, frozenset({item} if kind is not SelectorKind.ANY else ()))
        async with self.store.unit() as unit:
            await unit.collections.add(guild_id, name, selector, self.watch.time)
            role_id = ROLE + len(await unit.rules.of_guild(guild_id))
            await unit.rules.add(guild_id, role_id, name, parse(name, None), timedelta(0))

    async def round(self) -> int:
        return await self.planner.begin_round(LOOPRING, POLICY)

    async def later(self, span: timedelta) -> None:
        self.watch.time += span

    async def all_due(self) -> None:
        self.watch.time += HOUR
        async with self.store.unit() as unit:
            await unit.wallets.make_due(self.watch.time)

    async def due(self) -> set[int]:
        async with self.store.unit() as unit:
            wallets = await unit.wallets.due(self.watch.time, [LOOPRING], 1_000)
        return {number for number, wallet_id in self.ids.items() if wallet_id in {wallet.id for wallet in wallets}}

    async def wallet(self, number: int) -> WalletState:
        async with self.store.unit() as unit:
            found = await unit.wallets.get(self.ids[number])
        assert found is not None
        return found

    async def plan(self) -> FetchPlan:
        async with self.store.unit() as unit:
            found = await PlanNotes(unit.notes).last(LOOPRING)
        assert found is not None
        return found

    async def due_members(self) -> set[int]:
        async with self.store.unit() as unit:
            return {member.user_id for member in await unit.members.due(self.watch.time, 1_000)}

    async def settle_everybody(self) -> None:
        async with self.store.unit() as unit:
            for member in await unit.members.due(self.watch.time, 1_000):
                await unit.members.settle(member, None)


@pytest.fixture
async def scene(store: SqlStore) -> Scene:
    """A server with a rule about friends; every other wallet holds one, and all are due."""
    watch = Watch()
    lists = Lists(watch)
    found = Scene(store, watch, lists, Planner(store, lists, watch))
    lists.holders[FRIENDS] = {loopring(number) for number in range(0, WALLETS, 2)}
    await found.rule("friends", FRIENDS)
    for number in range(WALLETS):
        await found.link(number, held(FRIENDS) if number % 2 == 0 else Holdings())
    await found.settle_everybody()
    await found.all_due()
    return found


async def test_wallets_that_a_pass_agrees_with_are_not_due_any_more(scene: Scene) -> None:
    assert await scene.round() == WALLETS
    assert await scene.due() == set()
    wallet = await scene.wallet(2)
    assert (wallet.read_at, wallet.tried_at, wallet.scope) == (scene.watch.time, scene.watch.time, frozenset({FRIENDS}))
    assert wallet.due_at == scene.watch.time + POLICY.interval
    assert wallet.own_read_at == NOW
    assert await scene.due_members() == set()


async def test_who_dropped_out_is_left_to_be_read_alone_and_so_is_who_joined(scene: Scene) -> None:
    scene.lists.holders[FRIENDS] ^= {loopring(2), loopring(3)}
    assert await scene.round() == WALLETS - 2
    assert await scene.due() == {2, 3}
    assert (await scene.wallet(2)).holdings == held(FRIENDS)


async def test_a_pass_also_finds_what_changed_in_wallets_whose_turn_is_later(scene: Scene) -> None:
    await scene.round()
    await scene.later(PLAN_EVERY)
    scene.lists.holders[FRIENDS] -= {loopring(2)}
    await scene.link(99)
    for number in range(200, 230):
        await scene.link(number, Holdings())
    await scene.later(HOUR)
    await scene.round()
    assert 2 in await scene.due()


async def test_a_pass_that_fails_confirms_nobody_and_is_not_repeated_at_once(scene: Scene) -> None:
    scene.lists.failing = {FRIENDS}
    assert await scene.round() == 0
    assert await scene.due() == set(range(WALLETS))
    await scene.later(PLAN_EVERY)
    assert await scene.round() == 0
    assert scene.lists.passed_over == [FRIENDS]
    assert (await scene.plan()).alone == ((Why.UNCOUNTED, WALLETS),)
    scene.lists.failing = set()
    await scene.later(POLICY.interval)
    assert await scene.round() == WALLETS


async def test_a_round_is_planned_once_and_a_collection_counted_once(scene: Scene) -> None:
    await scene.round()
    await scene.all_due()
    await scene.round()
    assert scene.lists.sizes_asked == [FRIENDS]
    await scene.planner.begin_round(LOOPRING, POLICY, now_at_least=True)
    assert scene.lists.sizes_asked == [FRIENDS]
    assert scene.lists.passed_over == [FRIENDS, FRIENDS]


async def test_a_sweep_that_was_asked_for_since_the_last_plan_has_one_of_its_own(scene: Scene) -> None:
    await scene.round()
    await scene.later(MINUTE)
    async with scene.store.unit() as unit:
        await unit.wallets.make_due(scene.watch.time, guild_id=GUILD)
        await unit.sweeps.start(GUILD, None, scene.watch.time)
    await scene.later(MINUTE)
    assert await scene.round() == WALLETS
    async with scene.store.unit() as unit:
        await unit.wallets.make_due(scene.watch.time)
    assert await scene.round() == 0
    assert scene.lists.passed_over == [FRIENDS, FRIENDS]


async def test_wallets_in_two_servers_need_what_both_ask(scene: Scene) -> None:
    scene.lists.holders[OTHERS] = {loopring(4)}
    await scene.rule("others", OTHERS, OTHER_GUILD)
    async with scene.store.unit() as unit:
        for number in range(4):
            await unit.members.meet(OTHER_GUILD, number, scene.watch.time)
    scene.lists.failing = {OTHERS}
    await scene.round()
    assert await scene.due() >= set(range(4))


async def test_a_rule_about_anything_leaves_wallets_to_be_read_alone(scene: Scene) -> None:
    await scene.rule("anything", "", kind=SelectorKind.ANY)
    assert await scene.round() == 0
    assert scene.lists.passed_over == []
    plan = await scene.plan()
    assert (plan.calls, plan.alone) == (WALLETS, ((Why.SINGLE, WALLETS),))


async def test_a_wallet_in_doubt_or_never_read_is_read_alone(scene: Scene) -> None:
    await scene.link(50)
    await scene.read(0, Holdings())
    async with scene.store.unit() as unit:
        unknown = Heard(scene.ids[1], Unknown(UnknownReason.SERVER))
        await absorb_all(unit, [unknown], scene.watch.time, POLICY, RuleShelf())
        await unit.wallets.make_due(scene.watch.time)
    await scene.round()
    assert await scene.due() == {0, 1, 50}


async def test_what_a_pass_did_not_cover_is_as_old_as_the_wallets_own_reading(scene: Scene) -> None:
    await scene.later(20 * HOUR)
    await scene.all_due()
    await scene.round()
    wallet = await scene.wallet(1)
    others = Selector(LOOPRING, SelectorKind.NFT_DATA_SET, frozenset({OTHERS}))
    friends = Selector(LOOPRING, SelectorKind.NFT_DATA_SET, frozenset({FRIENDS}))
    later = scene.watch.time + 4 * HOUR
    assert wallet.evidence_about(friends).gap(later, POLICY.stale_after) is None
    assert wallet.evidence_about(others).gap(later, POLICY.stale_after) is Gap.STALE


async def test_a_new_rule_about_something_else_has_confirmed_wallets_read(scene: Scene) -> None:
    await scene.round()
    await scene.rule("others", OTHERS)
    scene.lists.failing = {OTHERS}
    await scene.link(77)
    await scene.later(PLAN_EVERY)
    await scene.round()
    assert await scene.due() == {*range(WALLETS), 77}


async def test_evidence_about_more_than_before_has_members_looked_at(scene: Scene) -> None:
    await scene.round()
    await scene.settle_everybody()
    await scene.later(HOUR)
    await scene.read(3, Holdings())
    assert await scene.due_members() == {3}
    assert (await scene.wallet(3)).scope is None


async def test_without_anybody_who_lists_collections_the_plan_says_so(scene: Scene) -> None:
    scene.lists.lists = False
    assert await scene.round() == 0
    assert (await scene.plan()).alone == ((Why.NO_READER, WALLETS),)


async def test_lanes_share_the_wallets_and_wait_for_passes_under_way(scene: Scene) -> None:
    async with scene.store.unit() as unit:
        lanes = [await unit.wallets.due(scene.watch.time, [LOOPRING], 100, Lane(number, 3)) for number in range(3)]
        record = PassRecord(None, scene.watch.time, "a pass over it is under way")
        await unit.planning.note_passes(LOOPRING, [FRIENDS], record)
    assert sorted(wallet.id for lane in lanes for wallet in lane) == sorted(scene.ids.values())
    assert await scene.planner.is_passing(LOOPRING)
    await scene.later(20 * MINUTE)
    assert not await scene.planner.is_passing(LOOPRING)

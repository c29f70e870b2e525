"""Reading wallets, many at a time, against a real database; what providers say is made up."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.addresses import Address, ReadTarget
from bot.domain.errors import StoreBusyError
from bot.domain.grammar import parse
from bot.domain.holdings import Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown, UnknownReason
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.urgency import Urgency
from bot.domain.wallets import DueWallet, ReadingPolicy, WalletState
from bot.services.absorbing import Heard
from bot.services.courtesy import CROWD, Courtesy
from bot.services.refreshing import ReadTally, Refresher
from bot.store.store import SqlStore
from tests.store.samples import ALICE, BOB, DAY, GUILD, HOUR, MINUTE, NOW, OTHER_GUILD, ROLE, held, link, loopring

POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=30 * MINUTE, stale_after=DAY)


@dataclass
class Watch:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Provider:
    """Says what a test wants, and notes what it was asked."""

    watch: Watch
    holds: dict[str, Holdings] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    second: "Provider | None" = None

    networks: Sequence[Network] = (Network.LOOPRING,)

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        assert fresh
        assert isinstance(target, Address)
        self.asked.append(target.text)
        await asyncio.sleep(0)
        if target.text in self.unknown:
            return Unknown(UnknownReason.NETWORK)
        return Complete(self.holds.get(target.text, Holdings()), "loopring", self.watch.time)

    async def read_for_sweep(self, address: Address) -> Reading:
        return await self.read(address, fresh=True)

    def has_second(self, network: Network) -> bool:
        return self.second is not None

    async def ask_second(self, address: Address) -> Reading:
        assert self.second is not None
        return await self.second.read(address, fresh=True)

    def at_once(self, network: Network) -> int:
        return 4

    def spacing(self, network: Network) -> float:
        return 0.0

    def in_a_while(self, network: Network) -> int:
        return 1_000


@dataclass
class Scene:
    store: SqlStore
    watch: Watch
    provider: Provider
    refresher: Refresher

    async def sweep(self) -> int:
        """Read all linked wallets; return how many are unknown."""
        async with self.store.unit() as unit:
            await unit.wallets.make_due(self.watch.time)
            due = await unit.wallets.due(self.watch.time, self.provider.networks, 10_000)
        return (await self.refresher.refresh_many(due, 4)).unknown

    async def wallets(self, *ids: int) -> Mapping[int, WalletState]:
        async with self.store.unit() as unit:
            return await unit.wallets.many(ids, {})

    async def settle_everybody(self) -> None:
        async with self.store.unit() as unit:
            for member in await unit.members.due(self.watch.time, 10_000):
                await unit.members.settle(member, None)

    async def due_members(self) -> set[int]:
        async with self.store.unit() as unit:
            return {member.user_id for member in await unit.members.due(self.watch.time, 10_000)}


@pytest.fixture
async def scene(store: SqlStore) -> Scene:
    """A server with a rule that counts everything."""
    async with store.unit() as unit:
        await unit.collections.add(GUILD, "all", Selector(Network.LOOPRING, SelectorKind.ANY), NOW)
        await unit.rules.add(GUILD, ROLE, "Holder", parse("all", None), HOUR)
    watch = Watch()
    provider = Provider(watch)
    return Scene(store, watch, provider, Refresher(store, provider, watch, POLICY))


async def test_a_sweep_reads_every_wallet_once_and_remembers_what_it_holds(scene: Scene) -> None:
    ids = [await link(scene.store, loopring(number), number) for number in range(1, 601)]
    scene.provider.holds = {loopring(number).text: held(f"0x{number}") for number in range(1, 601)}
    assert await scene.sweep() == 0
    assert sorted(scene.provider.asked) == sorted(loopring(number).text for number in range(1, 601))
    states = await scene.wallets(*ids)
    assert [states[ids[number - 1]].holdings for number in range(1, 601)] == [held(f"0x{n}") for n in range(1, 601)]
    assert all(state.is_known(NOW, DAY) and state.due_at > NOW for state in states.values())


async def test_while_many_people_use_the_bot_a_sweep_gives_way_before_each_wallet_and_reads_them_all(
    scene: Scene,
) -> None:
    for number in range(1, 41):
        await link(scene.store, loopring(number), number)
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    courtesy = Courtesy(lambda: 0.0, wait)
    for _ in range(CROWD):
        courtesy.came()
    scene.refresher = Refresher(scene.store, scene.provider, scene.watch, POLICY, courtesy=courtesy)
    assert await scene.sweep() == 0
    assert len(scene.provider.asked) == 40
    assert len(waits) >= 40, "one before each of them"


async def test_nobody_is_due_when_nothing_changed_and_only_those_with_news_otherwise(scene: Scene) -> None:
    await link(scene.store, loopring(1), ALICE)
    await link(scene.store, loopring(2), BOB)
    scene.provider.holds = {loopring(1).text: held("0xaa"), loopring(2).text: held("0xbb")}
    await scene.sweep()
    assert await scene.due_members() == {ALICE, BOB}
    await scene.settle_everybody()
    scene.watch.time += 6 * HOUR
    await scene.sweep()
    assert await scene.due_members() == set()
    scene.provider.holds[loopring(2).text] = held("0xbb", "0xcc")
    scene.watch.time += 6 * HOUR
    await scene.sweep()
    assert await scene.due_members() == {BOB}


async def test_news_that_no_rule_of_a_server_names_make_nobody_due_there(scene: Scene) -> None:
    async with scene.store.unit() as unit:
        cards = Selector(Network.LOOPRING, SelectorKind.NFT_DATA_SET, frozenset({"0xcc"}))
        await unit.collections.add(OTHER_GUILD, "cards", cards, NOW)
        await unit.rules.add(OTHER_GUILD, ROLE, "Card", parse("cards", None), HOUR)
    for number, user_id in ((1, ALICE), (2, BOB)):
        await link(scene.store, loopring(number), user_id, OTHER_GUILD)
    scene.provider.holds = {loopring(number).text: held("0xaa") for number in (1, 2)}
    await scene.sweep()
    assert await scene.due_members() == {ALICE, BOB}, "what they hold was not known before"
    await scene.settle_everybody()
    scene.provider.holds = {loopring(1).text: held("0xaa", "0xbb"), loopring(2).text: held("0xaa", "0xcc")}
    scene.watch.time += 6 * HOUR
    await scene.sweep()
    assert await scene.due_members() == {BOB}
    await scene.settle_everybody()
    scene.provider.holds[loopring(2).text] = held("0xaa")
    scene.watch.time += 6 * HOUR
    await scene.sweep()
    assert await scene.due_members() == {BOB}, "the card is gone"


async def test_a_rule_that_is_new_is_heeded_at_once(scene: Scene) -> None:
    await link(scene.store, loopring(1), ALICE, OTHER_GUILD)
    scene.provider.holds = {loopring(1).text: held("0xaa")}
    await scene.sweep()
    assert await scene.due_members() == {ALICE}, "she was met just now"
    await scene.settle_everybody()
    async with scene.store.unit() as unit:
        await unit.collections.add(OTHER_GUILD, "all", Selector(Network.LOOPRING, SelectorKind.ANY), NOW)
        await unit.rules.add(OTHER_GUILD, ROLE, "Holder", parse("all", None), HOUR)
    scene.provider.holds[loopring(1).text] = held("0xbb")
    scene.watch.time += 6 * HOUR
    await scene.sweep()
    assert await scene.due_members() == {ALICE}


async def test_evidence_that_comes_back_makes_its_member_due(scene: Scene) -> None:
    wallet_id = await link(scene.store, loopring(1), ALICE)
    scene.provider.holds = {loopring(1).text: held("0xaa")}
    await scene.sweep()
    scene.provider.unknown = {loopring(1).text}
    scene.watch.time += 6 * HOUR
    assert await scene.sweep() == 1
    state = (await scene.wallets(wallet_id))[wallet_id]
    assert (state.holdings, state.unknown) == (held("0xaa"), UnknownReason.NETWORK)
    await scene.settle_everybody()
    scene.provider.unknown = set()
    await scene.sweep()
    assert await scene.due_members() == {ALICE}


async def test_what_moved_between_two_wallets_in_one_batch_is_evidence_only_after_another_reading(scene: Scene) -> None:
    giver = await link(scene.store, loopring(1), ALICE)
    taker = await link(scene.store, loopring(2), ALICE)
    scene.provider.holds = {loopring(1).text: held("0xaa", "0xbb"), loopring(2).text: held("0xcc")}
    await scene.sweep()
    scene.watch.time += 6 * HOUR
    # Both readings began before either was written; the NFT moved between them and was seen nowhere.
    readings = [
        Heard(giver, Complete(held("0xaa"), "loopring", scene.watch.time)),
        Heard(taker, Complete(held("0xcc"), "loopring", scene.watch.time)),
    ]
    scene.watch.time += MINUTE
    await scene.refresher.remember(readings)
    states = await scene.wallets(giver, taker)
    assert states[taker].due_at == scene.watch.time
    assert states[giver].due_at > scene.watch.time


async def test_a_quiet_wallet_is_read_again_when_another_one_of_its_member_changed_meanwhile(scene: Scene) -> None:
    quiet = await link(scene.store, loopring(1), ALICE)
    loud = await link(scene.store, loopring(2), ALICE)
    scene.provider.holds = {loopring(1).text: held("0xaa"), loopring(2).text: held("0xcc")}
    await scene.sweep()
    scene.watch.time += 6 * HOUR
    began = scene.watch.time
    scene.watch.time += MINUTE
    await scene.refresher.remember([Heard(loud, Complete(held("0xdd"), "loopring", began))])
    await scene.refresher.remember([Heard(quiet, Complete(held("0xaa"), "loopring", began))])
    assert (await scene.wallets(quiet))[quiet].due_at == scene.watch.time


async def test_a_reading_that_was_outrun_by_a_newer_one_is_dropped(scene: Scene) -> None:
    wallet_id = await link(scene.store, loopring(1), ALICE)
    await scene.refresher.remember([Heard(wallet_id, Complete(held("0xbb"), "loopring", NOW + MINUTE))])
    await scene.refresher.remember([Heard(wallet_id, Complete(held("0xaa"), "loopring", NOW))])
    assert (await scene.wallets(wallet_id))[wallet_id].holdings == held("0xbb")


async def test_a_wallet_forgotten_while_it_was_read_is_left_out(scene: Scene) -> None:
    await link(scene.store, loopring(1), ALICE)
    due = [DueWallet(404, loopring(9)), DueWallet(1, loopring(1))]
    assert await scene.refresher.refresh_many(due, 2) == ReadTally(len(due), 0)
    assert set(await scene.wallets(1, 404)) == {1}


async def test_further_wallets_are_found_while_the_last_ones_are_being_read(scene: Scene) -> None:
    for number in range(1, 41):
        await link(scene.store, loopring(number), number)
    pages: list[int] = []

    async def more(under_way: Collection[int]) -> Sequence[DueWallet]:
        async with scene.store.unit() as unit:
            due = await unit.wallets.due(NOW, scene.provider.networks, 10 + len(under_way))
        found = [wallet for wallet in due if wallet.id not in under_way][:10]
        pages.append(len(found))
        return found

    assert await scene.refresher.refresh_many(await more(()), 4, more=more) == ReadTally(40, 0)
    assert pages == [10, 10, 10, 10, 0]
    assert len(scene.provider.asked) == 40, "each once"


async def test_a_database_that_takes_nothing_ends_the_readings_too(scene: Scene) -> None:
    for number in range(1, 2_001):
        await link(scene.store, loopring(number), number)

    class Full(Refresher):
        async def remember(
            self, heard: Sequence[Heard], policy: ReadingPolicy | None = None, urgency: Urgency = Urgency.PERSON
        ) -> Mapping[int, WalletState]:
            raise StoreBusyError("busy")

    async with scene.store.unit() as unit:
        due = await unit.wallets.due(NOW, scene.provider.networks, 10_000)
    with pytest.raises(StoreBusyError):
        await Full(scene.store, scene.provider, scene.watch, POLICY).refresh_many(due, 4)
    assert len(scene.provider.asked) < 2_000

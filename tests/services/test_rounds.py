"""Taking on due wallets inside a budget; what the provider says is made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from bot.domain.addresses import Address, ReadTarget
from bot.domain.budgets import CallBudget, for_sweeps
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.holdings import Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Reading, Unknown
from bot.domain.wallets import Lane, ReadingPolicy
from bot.services.planning import Planner
from bot.services.refreshing import Refresher
from bot.services.rounds import WalletRounds
from bot.services.spending import Spending
from bot.store.store import SqlStore
from bot.store.turns import LocalTurns
from tests.store.samples import DAY, HOUR, MINUTE, NOW, link, loopring

POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=30 * MINUTE, stale_after=DAY)
WALLETS = 60


class Watch:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


@dataclass
class Provider:
    """Reads wallets that hold nothing, and counts the calls of this month."""

    quota: int | None
    calls: int = 0

    async def of(self, network: Network) -> CallBudget | None:
        return CallBudget("loopring", 0, self.calls, self.quota, resets_at=NOW + HOUR)

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        raise AssertionError("nobody waits here")

    async def read_for_sweep(self, address: Address) -> Reading:
        self.calls += 1
        return Complete(Holdings(), "loopring", NOW)

    def has_second(self, network: Network) -> bool:
        return False

    async def ask_second(self, address: Address) -> Reading:
        raise AssertionError("there is no second one")

    def at_once(self, network: Network) -> int:
        return 4

    def in_a_while(self, network: Network) -> int:
        return 10

    def spacing(self, network: Network) -> float:
        return 0.0

    def reads_collections(self, network: Network) -> bool:
        return False

    def pass_calls(self, network: Network, size: int) -> int:
        raise AssertionError("it lists no collections")

    async def size_of(self, target: PassTarget) -> int | Unknown:
        raise AssertionError("it lists no collections")

    async def pass_over(self, target: PassTarget) -> CollectionPass:
        raise AssertionError("it lists no collections")


def rounds_of(store: SqlStore, provider: Provider, lanes: int = 1) -> WalletRounds:
    watch = Watch()
    spending = Spending(store, provider, watch, POLICY)
    refresher = Refresher(store, provider, watch, POLICY)
    planner = Planner(store, provider, watch)
    return WalletRounds(store, provider, planner, spending, refresher, watch, LocalTurns(), lambda _: lanes)


@pytest.fixture
async def wallets(store: SqlStore) -> Sequence[int]:
    return [await link(store, loopring(number), number) for number in range(1, WALLETS + 1)]


async def test_a_batch_is_what_can_be_read_in_a_while(store: SqlStore, wallets: Sequence[int]) -> None:
    rounds = rounds_of(store, Provider(quota=None))
    assert await rounds.refresh_due(Network.LOOPRING) == (10, 0)


async def test_batches_in_a_row_are_read_without_a_pause_until_nobody_is_due(
    store: SqlStore, wallets: Sequence[int]
) -> None:
    provider = Provider(quota=None)
    rounds = rounds_of(store, provider)
    assert await rounds.refresh_due(Network.LOOPRING, in_a_row=True) == (WALLETS, 0)
    assert await rounds.refresh_due(Network.LOOPRING, in_a_row=True) == (0, 0)
    assert provider.calls == WALLETS


async def test_batches_in_a_row_end_with_the_quota(store: SqlStore, wallets: Sequence[int]) -> None:
    provider = Provider(quota=40)
    rounds = rounds_of(store, provider)
    while await rounds.refresh_due(Network.LOOPRING, in_a_row=True) != (0, 0):
        pass
    assert provider.calls == for_sweeps(40)


async def test_whoever_reads_one_of_several_lanes_takes_a_part_of_the_quota_only(
    store: SqlStore, wallets: Sequence[int]
) -> None:
    provider = Provider(quota=40)
    rounds = rounds_of(store, provider, lanes=4)
    assert await rounds.refresh_due(Network.LOOPRING, lane=Lane(1, 4)) == (9, 0)

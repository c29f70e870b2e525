"""The cache: young, complete, and never unbounded."""

from datetime import timedelta

from bot.domain.addresses import AccountId
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete
from bot.providers.cache import ReadingCache
from tests.providers.support import ALICE, START, StillClock


def reading(seconds: float = 0, amount: int = 1) -> Complete:
    return Complete(Holdings.of([Holding("a", None, amount)]), "x", START + timedelta(seconds=seconds))


def test_a_late_answer_does_not_displace_a_newer_one() -> None:
    clock = StillClock()
    clock.elapsed = 60
    cache = ReadingCache(clock, lifetime=timedelta(minutes=5))
    cache.put(ALICE, reading(30, amount=2))
    cache.put(ALICE, reading(10, amount=1))
    assert cache.get(ALICE) == reading(30, amount=2)


def test_the_oldest_make_room() -> None:
    cache = ReadingCache(StillClock(), lifetime=timedelta(minutes=5), size=3)
    accounts = [AccountId(Network.LOOPRING, number) for number in range(5)]
    for account in accounts:
        cache.put(account, reading())
    assert [cache.get(account) is not None for account in accounts] == [False, False, True, True, True]


def test_a_reading_from_the_future_is_not_trusted_after_the_clock_was_set_back() -> None:
    cache = ReadingCache(StillClock(), lifetime=timedelta(minutes=5))
    cache.put(ALICE, reading(3600))
    assert cache.get(ALICE) is None

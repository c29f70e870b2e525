"""How many calls a sweep makes, against the fewest that can tell what every wallet holds."""

from datetime import timedelta

from benchmarks import stand_in
from benchmarks.report import Bound, Outcome, Side, UnequalWorkError, same_work
from benchmarks.stand_in import COLLECTIONS, StandIn
from benchmarks.town import Size, StillClock, town
from bot.app import Holdfast
from bot.domain.networks import Network
from bot.services.planning import PLAN_EVERY

CHIA = Network.CHIA_MAINNET
PAGE = 50
"""Rows of one page of a collection."""


async def calls() -> list[Outcome]:
    """Count the calls of first and later sweeps, over many sizes of a town."""
    outcomes = []
    for wallets in (1_000, 10_000):
        async with stand_in.running(owners=wallets) as api:
            for servers in (1, 20):
                for rules in (1, 50):
                    outcomes += await _town(Size(wallets, servers, rules, is_shared=True), api)
    return outcomes


async def _town(size: Size, api: StandIn) -> list[Outcome]:
    where = f"{size.wallets:,} wallets, {size.servers} servers, {size.rules} rules each"
    async with town(size, api) as holdfast:
        clock = holdfast.services.clock
        if not isinstance(clock, StillClock):
            raise UnequalWorkError("the town's clock does not stand still")
        first = await _sweep(holdfast, api, size)
        await _all_due(holdfast, clock)
        await _sweep(holdfast, api, size)  # asks once how large each collection is
        await _all_due(holdfast, clock)
        later = await _sweep(holdfast, api, size)
    return [
        _outcome(f"calls of a first sweep, {where}", first, size.wallets),
        _outcome(f"calls of a later sweep, {where}", later, min(size.wallets, _pass_calls(size))),
    ]


def _pass_calls(size: Size) -> int:
    """Every page of every collection that rules name: one that is not full ends it, and then it is counted."""
    named = [number for number in range(len(COLLECTIONS)) if number < size.rules]
    sizes = [len(range(number, size.wallets, len(COLLECTIONS))) for number in named]
    return sum(count // PAGE + 2 for count in sizes)


async def _sweep(holdfast: Holdfast, api: StandIn, size: Size) -> int:
    """Read every due wallet; return how many calls the stand-in has answered."""
    await api.reset()
    told = 0
    while True:
        read, unknown = await holdfast.sweeper.refresh_due(CHIA)
        same_work("unknown wallets", unknown, 0)
        if not read:
            break
        told += read
    same_work("wallets", told, size.wallets)
    return (await api.served()).calls


async def _all_due(holdfast: Holdfast, clock: StillClock) -> None:
    clock.pass_time(PLAN_EVERY + timedelta(minutes=1))
    async with holdfast.store.unit() as unit:
        await unit.wallets.make_due(clock.now())


def _outcome(title: str, ours: int, fewest: int) -> Outcome:
    return Outcome(title, Side("sweep", ours, "calls"), Side("fewest", fewest, "calls"), Bound.AT_MOST, 1.0)

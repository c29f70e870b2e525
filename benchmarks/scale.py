"""What one wallet costs where there are ten times as many wallets, or a hundred times as many rules."""

import time
from dataclasses import dataclass

from benchmarks import stand_in
from benchmarks.report import Bound, Outcome, Side, same_work
from benchmarks.sizes import sized
from benchmarks.stand_in import StandIn
from benchmarks.town import Size, town
from bot.app import Holdfast

FEW_WALLETS, MANY_WALLETS = 10_000, 100_000
FEW_RULES, MANY_RULES = 10, 1_000
WALLETS_UNDER_RULES = 10_000
WALLETS_LIMIT = 1.1
RULES_LIMIT = 1.2
_ALIKE = 0.03
"""What wallets hold is random, so that a little more or less of them is concerned."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One sweep of a whole town."""

    wallets: int
    members: int
    seconds: float

    @property
    def per_wallet(self) -> float:
        """Milliseconds."""
        return 1_000 * self.seconds / self.wallets

    @property
    def members_per_wallet(self) -> float:
        """How many of the members had to be looked at."""
        return self.members / self.wallets


@dataclass(frozen=True, slots=True)
class _Sweeps:
    """Three sweeps of one town."""

    new: _Sweep
    unchanged: _Sweep
    changed: _Sweep


async def wallets() -> list[Outcome]:
    """Compare the time per wallet of a large town with that of a small one."""
    few, many = [await _sweep_town(Size(sized(number))) for number in (FEW_WALLETS, MANY_WALLETS)]
    return [
        _outcome(f"time per wallet, ten times as many, {title}", ours, theirs, "wallets", WALLETS_LIMIT)
        for title, ours, theirs in _pairs(many, few)
    ]


async def rules() -> list[Outcome]:
    """Compare the time per wallet under many rules with that under few. Equally many rules name what is held."""
    number = sized(WALLETS_UNDER_RULES)
    few, many = [await _sweep_town(Size(number, rules=rules, held=FEW_RULES)) for rules in (FEW_RULES, MANY_RULES)]
    return [
        _outcome(f"time per wallet under {MANY_RULES} rules ÷ {FEW_RULES}, {title}", ours, theirs, "", RULES_LIMIT)
        for title, ours, theirs in _pairs(many, few)
    ]


def _pairs(ours: _Sweeps, theirs: _Sweeps) -> list[tuple[str, _Sweep, _Sweep]]:
    return [
        ("everything new", ours.new, theirs.new),
        ("nothing changed", ours.unchanged, theirs.unchanged),
        ("every wallet changed", ours.changed, theirs.changed),
    ]


def _outcome(title: str, ours: _Sweep, theirs: _Sweep, what: str, limit: float) -> Outcome:
    if abs(ours.members_per_wallet - theirs.members_per_wallet) > _ALIKE:
        same_work("members looked at for each wallet", ours.members_per_wallet, theirs.members_per_wallet)
    names = (f"{ours.wallets:,} {what}", f"{theirs.wallets:,} {what}") if what else ("many", "few")
    return Outcome(
        title,
        Side(names[0], ours.per_wallet, "ms"),
        Side(names[1], theirs.per_wallet, "ms"),
        Bound.AT_MOST,
        limit,
    )


async def _sweep_town(size: Size) -> _Sweeps:
    async with stand_in.running() as api, town(size, api) as holdfast:
        new = await _sweep(holdfast, api, size.wallets)
        unchanged = await _sweep(holdfast, api, size.wallets)
        await api.next_era()
        return _Sweeps(new, unchanged, await _sweep(holdfast, api, size.wallets))


async def _sweep(holdfast: Holdfast, api: StandIn, number: int) -> _Sweep:
    await api.reset()
    began = time.perf_counter()
    tally = await holdfast.sweeper.run_once(everything=True)
    seconds = time.perf_counter() - began
    served = await api.served()
    same_work("wallets", (tally.wallets_read, tally.wallets_unknown, served.calls), (number, 0, number))
    return _Sweep(number, tally.members, seconds)

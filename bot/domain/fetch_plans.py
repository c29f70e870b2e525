"""Which way a network's wallets are read with the fewest calls: each by itself, or by passes over collections.

A pass over a collection costs as many calls as the collection has pages, however many wallets there are. It spares a
wallet its own call when everything that rules ask about the wallet is covered by passes, and these show what is
remembered. So passes are chosen together: one more may be what a thousand wallets still lack.

Nothing is lost by a pass that disagrees: the wallet is then read by itself. Wallets that hold what no pass shows any
more are among these, so whoever dropped out is always visited.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.expressions import Expression, names
from bot.domain.networks import Network
from bot.domain.selectors import Selector, SelectorKind

_MOST_STARTING_POINTS = 50
"""Groups are tried as a start for passes from the largest one on, and no more of them than this."""


class Why(StrEnum):
    """Why wallets are read by themselves."""

    FIRST = "first"
    """They have no reading yet that a pass could confirm."""
    SINGLE = "single"
    """Rules ask for single NFTs or for any NFT at all, which no pass shows."""
    UNASKED = "unasked"
    """No rule asks about them."""
    NO_READER = "no_reader"
    """No provider of the network lists collections."""
    UNCOUNTED = "uncounted"
    """How large a collection is could not be found out, or the latest pass over it failed."""
    DEARER = "dearer"
    """Passes would take as many calls as the wallets, or more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules ask about wallets."""

    items: frozenset[str] = frozenset()
    """Chia collections, or Loopring NFTs: what passes can show."""
    is_more: bool = False
    """Whether they ask for something that no pass shows."""

    def __or__(self, other: "Asked") -> "Asked":
        return Asked(self.items | other.items, self.is_more or other.is_more)


@dataclass(frozen=True, slots=True)
class Group:
    """Wallets about which the same is asked."""

    asked: Asked
    due: int
    """How many of them are due, and have a reading that a pass could confirm."""
    first: int = 0
    """How many more are due without such a reading."""
    later: int = 0
    """How many more have their turn spread over the interval to come. A pass spares half of these a call, on average,
    since their next turn then comes that much later."""

    @property
    def spared(self) -> float:
        """How many calls passes over all that is asked would spare."""
        return self.due + self.later / 2


@dataclass(frozen=True, slots=True)
class PassRecord:
    """What is known of a collection that was counted or passed over."""

    size: int | None
    """How many NFTs, or holders, it had; None when that was never told."""
    tried_at: datetime
    obstacle: str = ""
    """Why the latest attempt failed; empty when it did not."""


@dataclass(frozen=True, slots=True)
class PlannedPass:
    """A pass over one collection."""

    item: str
    calls: int


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What a round of reading takes when nothing changed."""

    network: Network
    made_at: datetime
    due: int
    """How many wallets are due."""
    passes: tuple[PlannedPass, ...]
    confirmed: int
    """How many of the due wallets the passes are expected to confirm."""
    alone: tuple[tuple[Why, int], ...]
    """How many wallets are read by themselves, by the reason for it, most first."""
    spacing: float = 0.0
    """The least time between two calls, in seconds."""

    @property
    def pass_calls(self) -> int:
        """The calls for the passes."""
        return sum(each.calls for each in self.passes)

    @property
    def calls(self) -> int:
        """All calls, one for each wallet that is read by itself."""
        return self.pass_calls + self.due - self.confirmed

    @property
    def takes(self) -> timedelta:
        """How long it takes at the provider's pace."""
        return timedelta(seconds=self.calls * self.spacing)


def asked_by(expressions: Iterable[Expression], selectors: Mapping[str, Selector], network: Network) -> Asked:
    """Return what the expressions of a server's rules ask about wallets on a network."""
    asked = Asked()
    for expression in expressions:
        for name in names(expression):
            selector = selectors.get(name)
            if selector is None or selector.network is not network:
                continue
            if selector.kind in (SelectorKind.CHIA_COLLECTION, SelectorKind.NFT_DATA_SET):
                asked |= Asked(selector.items)
            else:
                asked |= Asked(is_more=True)
    return asked


def plan(
    network: Network,
    groups: Sequence[Group],
    calls: Mapping[str, int] | None,
    now: datetime,
    *,
    spacing: float = 0.0,
) -> FetchPlan:
    """Choose the passes that spare more calls than they take.

    `calls`: what a pass over each collection takes; those that are missing cannot be passed over. None when no
    provider of the network lists collections.
    """
    chosen = _chosen([group for group in groups if _is_coverable(group, calls or {})], calls or {})
    confirmed = 0
    alone: dict[Why, int] = {}
    for group in groups:
        alone[Why.FIRST] = alone.get(Why.FIRST, 0) + group.first
        if _is_coverable(group, chosen):
            confirmed += group.due
            continue
        why = _why(group.asked, calls)
        alone[why] = alone.get(why, 0) + group.due
    return FetchPlan(
        network=network,
        made_at=now,
        due=sum(group.due + group.first for group in groups),
        passes=tuple(PlannedPass(item, (calls or {})[item]) for item in sorted(chosen)),
        confirmed=confirmed,
        alone=tuple(sorted(((why, n) for why, n in alone.items() if n), key=lambda each: (-each[1], each[0]))),
        spacing=spacing,
    )


def _is_coverable(group: Group, items: Collection[str]) -> bool:
    asked = group.asked
    return bool(asked.items) and not asked.is_more and all(item in items for item in asked.items)


def _why(asked: Asked, calls: Mapping[str, int] | None) -> Why:
    if not asked.items and not asked.is_more:
        return Why.UNASKED
    if asked.is_more:
        return Why.SINGLE
    if calls is None:
        return Why.NO_READER
    return Why.DEARER if all(item in calls for item in asked.items) else Why.UNCOUNTED


def _chosen(groups: Sequence[Group], calls: Mapping[str, int]) -> frozenset[str]:
    """Add the items of one group after the other, each time those that spare the most calls more than they take.

    All items together are tried too, as it may take several groups to make an item worth its calls.
    """
    chosen: frozenset[str] = frozenset()
    by_size = sorted(groups, key=lambda group: (-group.spared, sorted(group.asked.items)))
    starts = [group.asked.items for group in by_size[:_MOST_STARTING_POINTS]]
    if groups:
        starts.append(frozenset[str]().union(*(group.asked.items for group in groups)))
    while True:
        best, most = chosen, 0.0
        for items in starts:
            gain = _gain(chosen, chosen | items, groups, calls)
            if gain > most:
                best, most = chosen | items, gain
        if best == chosen:
            return chosen
        chosen = best


def _gain(before: frozenset[str], after: frozenset[str], groups: Sequence[Group], calls: Mapping[str, int]) -> float:
    spared = sum(group.spared for group in groups if group.asked.items <= after and not group.asked.items <= before)
    return spared - sum(calls[item] for item in after - before)

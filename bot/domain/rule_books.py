"""A server's rules, arranged so that a holding is asked which of them it can matter to.

A server may have a thousand rules. Somebody who holds one NFT is judged by those that name it, and by those that are
met by holding nothing: all the others say no, and nothing follows from a no about a role that nobody gave.
"""

from collections import defaultdict
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.evaluation import evaluate
from bot.domain.expressions import names
from bot.domain.holdings import Holding, Holdings
from bot.domain.intervals import UNKNOWN, Interval
from bot.domain.networks import Network
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.truth import Truth
from bot.domain.wallets import ReadTimes, WalletState, is_behind

_NOTHING = Interval.exact(0)


class RuleBook:
    """The rules and collections of one server, as they were at one time."""

    def __init__(self, rules: Sequence[Rule], selectors: Mapping[str, Selector]) -> None:
        self.rules = rules
        self.selectors = selectors
        self._by_role = {rule.role_id: place for place, rule in enumerate(rules)}
        self._by_asset = _Naming()
        self._by_collection = _Naming()
        self._by_network: defaultdict[Network, set[int]] = defaultdict(set)
        """Every active rule that names any collection on a network."""
        self._on_any: defaultdict[Network, set[int]] = defaultdict(set)
        """Those that count every NFT on it."""
        self._met_by_nothing: set[int] = set()
        for place, rule in enumerate(rules):
            if rule.state is RuleState.ACTIVE:
                self._enter(place, rule)

    def rules_for(
        self, wallets: Sequence[WalletState], roles: Iterable[int], now: datetime, stale_after: timedelta
    ) -> Sequence[Rule]:
        """Return the rules that can have a say about a member, in the server's order.

        `roles` are those in the member's ledger, or that something else is to be done about: their rules are among
        them in any case. Every other rule says that the member is not entitled, or does not know.
        """
        places = set(self._met_by_nothing)
        places.update(self._by_role[role_id] for role_id in roles if role_id in self._by_role)
        for wallet in wallets:
            if is_evidence(wallet, wallets, now, stale_after):
                places |= self._naming(wallet.network, wallet.holdings)
            else:
                places |= self._by_network.get(wallet.network, frozenset())
        return [self.rules[place] for place in sorted(places)]

    def asks_about(self, network: Network) -> bool:
        """Whether any active rule counts something on a network."""
        return bool(self._by_network.get(network))

    def minds(self, network: Network, before: Holdings, after: Holdings) -> bool:
        """Whether a change of what a wallet holds can change what an active rule counts."""
        return bool(self._naming(network, set(before) ^ set(after)))

    def _enter(self, place: int, rule: Rule) -> None:
        counts = {}
        for name in names(rule.expression):
            selector = self.selectors.get(name)
            counts[name] = UNKNOWN if selector is None else _NOTHING
            if selector is None:
                continue
            self._by_network[selector.network].add(place)
            match selector.kind:
                case SelectorKind.ANY:
                    self._on_any[selector.network].add(place)
                case SelectorKind.CHIA_COLLECTION:
                    self._by_collection.add(selector.network, selector.items, place)
                case SelectorKind.NFT_SET | SelectorKind.NFT_DATA_SET:
                    self._by_asset.add(selector.network, selector.items, place)
        if evaluate(rule.expression, counts) is Truth.YES:
            self._met_by_nothing.add(place)

    def _naming(self, network: Network, holdings: Iterable[Holding]) -> set[int]:
        places: set[int] = set()
        for holding in holdings:
            places.update(self._on_any.get(network, ()))
            places.update(self._by_asset.of(network, holding.asset))
            if holding.collection is not None:
                places.update(self._by_collection.of(network, holding.collection))
        return places


def is_evidence(wallet: WalletState, siblings: Sequence[ReadTimes], now: datetime, stale_after: timedelta) -> bool:
    """Whether what is remembered of a wallet is evidence now, whichever collection it is asked about."""
    views = (wallet,) if wallet.scope is None else (wallet, replace(wallet, read_at=wallet.own_read_at))
    return all(view.is_known(now, stale_after) and not is_behind(view, siblings) for view in views)


class _Naming:
    """Which rules name an id on a network."""

    def __init__(self) -> None:
        self._places: dict[tuple[Network, str], set[int]] = {}

    def add(self, network: Network, items: AnyOf[str], place: int) -> None:
        for item in items:
            self._places.setdefault((network, item), set()).add(place)

    def of(self, network: Network, item: str) -> AnyOf[int]:
        return self._places.get((network, item), ())

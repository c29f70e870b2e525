"""A collection that is traded while somebody reads it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from hypothesis import strategies as st

from bot.domain.collection_passes import CollectionPass
from bot.domain.readings import Unknown, UnknownReason
from bot.sandbox.balances import BalanceRequest, MintGardenStandIn, SpacescanStandIn
from tests.providers.support import FRIENDS, nft, wallet

Move = tuple[int, int, int]
"""After which request, which NFT, to whom."""

moves = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 8), st.integers(1, 3)), max_size=8)
mints = st.sets(st.integers(1, 9), max_size=2)


class Market:
    """Eight NFTs of one collection in the hands of three people, on pages of three."""

    def __init__(self, stand_in: SpacescanStandIn | MintGardenStandIn) -> None:
        self._stand_in = stand_in
        self._people = [wallet(number) for number in (1, 2, 3)]
        stand_in.page_cap = 3
        for person in self._people:
            stand_in.set_holdings(person)
        self._owners = {number: self._people[number % 3] for number in range(1, 9)}
        for number, person in self._owners.items():
            stand_in.give(person, nft(number), collection_id=FRIENDS)
        self._once = {(nft(number), person.text) for number, person in self._owners.items()}

    @contextmanager
    def opened(self, plan: Sequence[Move], new: Collection[int]) -> Iterator[None]:
        """Trade by plan, and mint after some of the requests."""
        self._stand_in.requests.clear()

        def trade(_: BalanceRequest) -> None:
            now = self._stand_in.requests.count
            for when, number, to in plan:
                if when == now:
                    self._move(number, to)
            if now in new:
                self._stand_in.give(self._people[0], nft(100 + now), collection_id=FRIENDS)
                self._once.add((nft(100 + now), self._people[0].text))

        self._stand_in.after_each_request(trade)
        yield
        self._stand_in.after_each_request(None)

    def check(self, outcome: CollectionPass) -> None:
        """Fail unless the pass saw every NFT once, with an owner that it had, or says that it does not know."""
        if isinstance(outcome, Unknown):
            assert outcome.reason in (UnknownReason.INCOMPLETE, UnknownReason.LOOP)
            return
        seen = [(holding.asset, owner) for owner, holdings in outcome.owners.items() for holding in holdings]
        assert set(seen) <= self._once
        assert len(seen) == len(dict(seen)) == outcome.announced
        assert {nft(number) for number in self._owners} <= set(dict(seen))

    def _move(self, number: int, to: int) -> None:
        sender, receiver = self._owners[number], self._people[to - 1]
        if sender is not receiver:
            self._stand_in.move(nft(number), sender, receiver)
            self._owners[number] = receiver
            self._once.add((nft(number), receiver.text))

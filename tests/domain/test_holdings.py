from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.holdings import Holding, Holdings

ids = st.text(alphabet="abc", min_size=1, max_size=3)
holding = st.builds(Holding, ids, st.none() | ids, st.integers(1, 10**30))
lists = st.lists(holding, max_size=6, unique_by=lambda item: item.asset)


@given(lists, st.randoms(use_true_random=False))
def test_the_order_in_which_assets_are_listed_does_not_matter(items: list[Holding], chance: Random) -> None:
    shuffled = items.copy()
    chance.shuffle(shuffled)
    assert Holdings.of(shuffled) == Holdings.of(items)
    assert Holdings.of(shuffled).digest == Holdings.of(items).digest


@given(lists, lists)
def test_different_holdings_have_different_digests(one: list[Holding], other: list[Holding]) -> None:
    same = Holdings.of(one) == Holdings.of(other)
    assert (Holdings.of(one).digest == Holdings.of(other).digest) is same


@given(lists.filter(bool), st.data())
def test_an_asset_that_comes_twice_is_refused_wherever_it_stands(items: list[Holding], data: st.DataObject) -> None:
    again = Holding(data.draw(st.sampled_from(items)).asset, "another collection", 7)
    place = data.draw(st.integers(0, len(items)))
    with pytest.raises(ValueError, match="comes twice"):
        Holdings.of([*items[:place], again, *items[place:]])


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_below_one_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match=f"x has amount {amount}"):
        Holdings.of([Holding("x", None, amount)])


def test_holdings_are_what_was_listed_in_order_of_the_assets() -> None:
    first, second = Holding("x", "z", 2), Holding("y", "a", 1)
    held = Holdings.of([second, first])
    assert list(held) == [first, second]
    assert len(held) == 2
    assert held


def test_an_empty_wallet_holds_nothing() -> None:
    assert not Holdings()
    assert Holdings.of([]) == Holdings()

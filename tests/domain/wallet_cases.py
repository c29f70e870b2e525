"""Wallets, readings and a small world of NFTs, for the tests of everything that follows from readings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import strategies as st

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown, UnknownReason
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.wallets import ReadingPolicy, WalletState, absorb

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY = ReadingPolicy(interval=6 * HOUR, confirm_after=30 * MINUTE, stale_after=2 * DAY)
CHIA, LOOPRING = Network.CHIA_MAINNET, Network.LOOPRING

SELECTORS = {
    "a": Selector(CHIA, SelectorKind.CHIA_COLLECTION, frozenset({"col-cats"})),
    "b": Selector(CHIA, SelectorKind.NFT_SET, frozenset({"nft-cat-1", "nft-dog"})),
    "og_card": Selector(LOOPRING, SelectorKind.NFT_DATA_SET, frozenset({"0xcard"})),
    "and-more": Selector(LOOPRING, SelectorKind.ANY),
    "_x9": Selector(CHIA, SelectorKind.ANY),
}
"""One collection for each name in `rule_strategies`; some of them overlap."""

_CATS_AND_DOG = [
    Holding("nft-cat-1", "col-cats", 1),
    Holding("nft-cat-2", "col-cats", 1),
    Holding("nft-dog", "col-dogs", 1),
]
EVERY_HOLDINGS = {
    CHIA: [
        Holdings.of(nft for nft, is_there in zip(_CATS_AND_DOG, chosen, strict=True) if is_there)
        for chosen in product([False, True], repeat=3)
    ],
    LOOPRING: [
        Holdings.of(Holding(asset, None, amount) for asset, amount in (("0xcard", cards), ("0xpass", passes)) if amount)
        for cards, passes in product(range(3), repeat=2)
    ],
}
"""Everything that a wallet can hold in the small world."""


def address(number: int, network: Network = CHIA) -> Address:
    """The address of a wallet with that number."""
    if network.family is Family.CHIA:
        return Address(network, chia_ids.encode(CHIA_PREFIX[network], bytes([number]) * 32))
    return Address(network, f"0x{number:02x}" + "ab" * 18 + f"{number:02x}")


def nfts(*assets: str, amount: int = 1) -> Holdings:
    """The same amount of each asset, in the collection of the cats."""
    return Holdings.of(Holding(asset, "col-cats", amount) for asset in assets)


def unread(number: int = 1, network: Network = CHIA) -> WalletState:
    """A wallet that has just been linked."""
    return WalletState(number, address(number, network), due_at=NOW)


def known(
    holdings: Holdings,
    number: int = 1,
    network: Network = CHIA,
    read_at: datetime = NOW,
    changed_at: datetime | None = None,
) -> WalletState:
    """A wallet whose latest reading was complete."""
    return replace(unread(number, network), holdings=holdings, source="test", read_at=read_at, changed_at=changed_at)


def complete(holdings: Holdings, at: datetime = NOW) -> Complete:
    """A complete reading."""
    return Complete(holdings, "test", at)


def absorb_all(wallet: WalletState, readings: Sequence[tuple[datetime, Reading]]) -> WalletState:
    """What a wallet has become after all these readings."""
    for at, reading in readings:
        wallet = absorb(wallet, reading, at, POLICY)
    return wallet


def no_evidence() -> st.SearchStrategy[Reading]:
    """Readings that say nothing about what a wallet holds."""
    waits = st.none() | st.integers(0, 50_000).map(lambda seconds: timedelta(seconds=seconds))
    unknown = st.builds(Unknown, st.sampled_from(UnknownReason), st.just("detail"), waits)
    return unknown | st.builds(Invalid, st.sampled_from(InvalidReason), st.just("detail"))


def wallets_with_history(number: int, network: Network) -> st.SearchStrategy[WalletState]:
    """A wallet that was read any number of times, well or badly, at any moments of the last three days."""
    steps = st.lists(
        st.tuples(
            st.integers(0, 3 * 24 * 60).map(lambda minutes: NOW - minutes * MINUTE),
            st.none() | st.sampled_from(EVERY_HOLDINGS[network]),
            no_evidence(),
        ),
        max_size=5,
    )

    def replay(chosen: list[tuple[datetime, Holdings | None, Reading]]) -> WalletState:
        in_order = sorted(chosen, key=lambda step: step[0])
        readings = [(at, bad if held is None else complete(held, at)) for at, held, bad in in_order]
        return absorb_all(unread(number, network), readings)

    return steps.map(replay)


def several_wallets(least: int = 0, most: int = 3) -> st.SearchStrategy[list[WalletState]]:
    """The wallets of one member, each with a history."""
    networks = st.lists(st.sampled_from([CHIA, LOOPRING]), min_size=least, max_size=most)
    return networks.flatmap(
        lambda chosen: st.tuples(
            *(wallets_with_history(number, network) for number, network in enumerate(chosen, start=1))
        ).map(list)
    )

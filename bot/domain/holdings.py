"""What one wallet holds."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Holding:
    """An amount of one asset.

    `asset` is the canonical id of the NFT on its network: `nft1…` on Chia, the `0x`-prefixed 64-digit nftData on
    Loopring. `collection` is the id that the chain itself binds to the NFT (`col1…`), or None where there is none.
    `amount` is at least 1.
    """

    asset: str
    collection: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """All holdings of a wallet at one time, in a fixed order and without doubles."""

    items: tuple[Holding, ...] = ()

    @classmethod
    def of(cls, holdings: Iterable[Holding]) -> "Holdings":
        """Put holdings in order. Raise `ValueError` for an asset that comes twice or an amount below 1."""
        items = tuple(sorted(holdings, key=lambda holding: holding.asset))
        for before, after in pairwise(items):
            if before.asset == after.asset:
                raise ValueError(f"{after.asset} comes twice")
        for item in items:
            if item.amount < 1:
                raise ValueError(f"{item.asset} has amount {item.amount}")
        return cls(items)

    @property
    def digest(self) -> str:
        """A short fingerprint: equal holdings have equal digests, in whatever order they were listed."""
        state = hashlib.blake2b(digest_size=16)
        for item in self.items:
            state.update(f"{item.asset}\x00{item.collection or ''}\x00{item.amount}\n".encode())
        return state.hexdigest()

    def __iter__(self) -> Iterator[Holding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)

"""Who holds what on one network, as its stand-in believes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OwnedNft:
    """An amount of one NFT in one wallet. `asset` is the canonical id, `collection` the `col1…` id on Chia."""

    asset: str
    amount: int = 1
    collection: str | None = None
    name: str | None = None


NOBODY = "nobody"
"""The owner key of NFTs that no API names an owner of."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An NFT where it is, and its place among all that ever arrived anywhere."""

    owner: str
    nft: OwnedNft
    arrived: int


class Ownership:
    """Holdings by owner key, each wallet in the order in which it received things."""

    def __init__(self) -> None:
        self._wallets: dict[str, dict[str, OwnedNft]] = {}
        self._arrivals: dict[tuple[str, str], int] = {}
        self._count = 0

    def of(self, owner: str) -> tuple[OwnedNft, ...]:
        """Return what the owner holds, oldest first; nothing for an owner never heard of."""
        return tuple(self._wallets.get(owner, {}).values())

    def knows(self, owner: str) -> bool:
        """Whether the owner ever held anything or was set to hold nothing."""
        return owner in self._wallets

    def everything(self) -> Iterator[Placed]:
        """Return all NFTs with their owners, `NOBODY` included."""
        for owner, wallet in self._wallets.items():
            for nft in wallet.values():
                yield Placed(owner, nft, self._arrivals[owner, nft.asset])

    def replace(self, owner: str, nfts: Iterable[OwnedNft]) -> None:
        """Make the owner hold exactly these."""
        self._wallets[owner] = {}
        for nft in nfts:
            self.give(owner, nft)

    def give(self, owner: str, nft: OwnedNft) -> None:
        """Add to what the owner holds. Raise `ValueError` for an amount below 1."""
        if nft.amount < 1:
            raise ValueError("an amount is at least 1")
        wallet = self._wallets.setdefault(owner, {})
        held = wallet.get(nft.asset)
        self._count += 1
        self._arrivals[owner, nft.asset] = self._count
        wallet[nft.asset] = nft if held is None else replace(held, amount=held.amount + nft.amount)

    def take(self, owner: str, asset: str, amount: int | None = None) -> OwnedNft:
        """Remove an amount (all by default) and return what was removed. Raise `ValueError` when it is not there."""
        wallet = self._wallets.get(owner, {})
        held = wallet.get(asset)
        if held is None or (amount is not None and not 1 <= amount <= held.amount):
            raise ValueError("the owner does not hold that")
        removed = replace(held, amount=held.amount if amount is None else amount)
        if removed.amount == held.amount:
            del wallet[asset]
        else:
            wallet[asset] = replace(held, amount=held.amount - removed.amount)
        return removed

    def move(self, asset: str, sender: str, receiver: str, amount: int | None = None) -> None:
        """Hand an amount (all by default) from one owner to another."""
        self.give(receiver, self.take(sender, asset, amount))

    def copy(self) -> "Ownership":
        """Return everything as it is now."""
        twin = Ownership()
        twin._wallets = {owner: dict(wallet) for owner, wallet in self._wallets.items()}
        twin._arrivals, twin._count = dict(self._arrivals), self._count
        return twin

"""What the stand-ins on Chia have in common: whose ids they take, and what is in a collection."""

import time
from collections.abc import Callable

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.networks import CHIA_PREFIX, Network
from bot.sandbox.balances.faults import Fault, FaultRule
from bot.sandbox.balances.ownership import NOBODY, OwnedNft, Ownership, Placed
from bot.sandbox.balances.stand_in import StandIn, Wallet


class ChiaStandIn(StandIn):
    """A balance API on one Chia network.

    `prefix` is the address prefix that it accepts and writes (`txch` on testnet11 unless told otherwise). A collection
    is listed by the ids of its NFTs, or, with `latest_last`, in the order of their last transfers: then each transfer
    moves an NFT to the end. `page_cap` is the most rows of a page, whatever was asked for (None: no cap).
    """

    def __init__(
        self,
        network: Network,
        path: str,
        *,
        ownership: Ownership | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(network, path, ownership=ownership, clock=clock)
        self.prefix = CHIA_PREFIX[network]
        self.latest_last = False
        self.page_cap: int | None = None
        self._counted = 0

    def owner_key(self, wallet: Wallet) -> str:
        """Return the puzzle hash in hex: the same wallet whatever the prefix."""
        decoded = chia_ids.decode(wallet.text if isinstance(wallet, Address) else wallet)
        if decoded is None or decoded[0] not in CHIA_PREFIX.values():
            raise ValueError("not a Chia address")
        return decoded[1].hex()

    def asset_key(self, asset: str) -> str:
        """Return the `nft1…` id."""
        canonical = chia_ids.canonical(asset, chia_ids.NFT_PREFIX)
        if canonical is None:
            raise ValueError("not an NFT id")
        return canonical

    def orphan(self, asset: str, *, collection_id: str | None = None) -> None:
        """Let there be an NFT of which the API names no owner."""
        self._ownership.give(NOBODY, OwnedNft(self.asset_key(asset), 1, collection_id))

    def _address(self, owner: str) -> str | None:
        return None if owner == NOBODY else chia_ids.encode(self.prefix, bytes.fromhex(owner))

    def _collection(self, collection: str, rule: FaultRule | None) -> list[Placed]:
        """List a collection in its order, with no owners when they are lost."""
        rows = [placed for placed in self._seen(rule).everything() if placed.nft.collection == collection]
        if rule is not None and rule.fault is Fault.OWNERS_LOST:
            rows = [Placed(NOBODY, placed.nft, placed.arrived) for placed in rows]
        return sorted(rows, key=self._place)

    def _place(self, placed: Placed) -> tuple[int, str]:
        return (placed.arrived if self.latest_last else 0, placed.nft.asset)

    def _nft_count(self, collection: str, rule: FaultRule | None) -> int:
        count = len(self._collection(collection, rule))
        self._counted += 1
        match rule:
            case FaultRule(fault=Fault.TOTAL_LIES):
                return max(0, count + rule.details.delta)
            case FaultRule(fault=Fault.TOTAL_CHANGES):
                return count + self._counted
            case FaultRule(fault=Fault.EMPTY_LIE):
                return 0
            case _:
                return count

    def _knows(self, collection: str) -> bool:
        return any(placed.nft.collection == collection for placed in self._ownership.everything())


def endless(first: int, count: int, collection: str) -> list[Placed]:
    """Return NFTs that nobody gave to anybody, each with an owner of its own: a different page for each `first`."""
    numbers = [first + index for index in range(count)]
    return [
        Placed(f"{number:064x}", OwnedNft(chia_ids.encode(chia_ids.NFT_PREFIX, _far(number)), 1, collection), number)
        for number in numbers
    ]


def _far(number: int) -> bytes:
    """Return an id far from any that a test would give."""
    return ((1 << 200) + number).to_bytes(32)

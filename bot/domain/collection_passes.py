"""What a pass over one collection says about the wallets that hold it.

A pass reads a collection page by page and notes who owns each NFT. Where a collection has fewer pages than a server has
wallets, that is cheaper than asking about each wallet. It is complete when every NFT of the collection was seen, and
the collection's own count proves it: the ids that were seen are as many as the collection says there are.

**It is no snapshot.** Each NFT has the owner that its page named, and the pages were asked one after another. What can
go wrong in between, and why it makes no wrong statement:

- An NFT changes pages and is never seen. Then the count is not reached, and there is no pass.
- It is seen twice with two owners. Then the pass is started again, once.
- It was seen and is sold before the last page. Then the pass is as old as that page, like any reading.
- A wallet swaps an NFT on a page that is still to come for one on a page that is already read. The pass then shows it
  with neither, although it always held one of them. The other way round it shows both. No count can notice that.

Because of the last one a pass is used to *confirm*: a wallet of which it says what is remembered needs no call of its
own (`CompletePass.agrees_with`). A wallet of which it says something else is read by itself, and that reading decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.addresses import Address
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Family, Network
from bot.domain.readings import Unknown


@dataclass(frozen=True, slots=True)
class PassTarget:
    """What a pass is about: a Chia collection (`col1…`), or one NFT on Loopring (its nftData), in canonical spelling.

    Loopring knows the holders of an NFT, and not those of a collection.
    """

    network: Network
    item: str

    def covers(self, holding: Holding) -> bool:
        """Tell whether a holding on the target's network is one that the pass sees."""
        return (holding.collection if self.network.family is Family.CHIA else holding.asset) == self.item

    def part_of(self, holdings: Holdings) -> Holdings:
        """Return the holdings that the pass sees."""
        return Holdings(tuple(holding for holding in holdings if self.covers(holding)))


@dataclass(frozen=True, slots=True)
class CompletePass:
    """Every NFT of the target was seen, or every holder of it. Use it to confirm; see the module's text."""

    target: PassTarget
    owners: Mapping[str, Holdings] = field(repr=False)
    """What each wallet holds of the target, by its canonical address. Who is not in it was not seen with any."""
    without_owner: frozenset[str]
    """NFTs of which the provider names no owner. They count as seen, and say nothing about anybody."""
    announced: int
    """The provider's own count: NFTs of the collection, or holders of the Loopring NFT."""
    source: str
    """The provider, e.g. `mintgarden`."""
    observed_at: datetime
    """When the first page was asked (aware, UTC): nothing in the pass is older."""
    calls: int
    """Questions that the pass took, abandoned attempts included; repeated tries of one question are not counted."""
    speaks_of: frozenset[str] | None = field(default=None, repr=False)
    """The only wallets of which the absence from `owners` means anything; None: all of them."""

    @property
    def ownerless(self) -> int:
        """How many NFTs have no owner."""
        return len(self.without_owner)

    def agrees_with(self, wallet: Address, remembered: Holdings) -> bool:
        """Tell whether the pass saw the wallet with exactly what is remembered of the target.

        False is no evidence of a change: it means that the wallet is to be read by itself.
        """
        if wallet.network is not self.target.network:
            return False
        if self.speaks_of is not None and wallet.text not in self.speaks_of and wallet.text not in self.owners:
            return False
        return self.owners.get(wallet.text, Holdings()) == self.target.part_of(remembered)


CollectionPass = CompletePass | Unknown
"""What a pass over one collection came to. An `Unknown` says nothing about any wallet."""

"""What a provider is that can tell the holders of a whole collection."""

from collections.abc import Collection
from typing import Protocol

from bot.domain.addresses import Address
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Unknown


class CollectionReader(Protocol):
    """The client of one API that lists the NFTs of a collection with their owners, or the holders of an NFT."""

    @property
    def name(self) -> str:
        """The word for it in settings, passes and logs: that of the provider it belongs to."""

    @property
    def networks(self) -> frozenset[Network]:
        """The networks whose collections it knows."""

    @property
    def spacing(self) -> float:
        """The least time between two calls, in seconds. Passes and readings of one provider share it."""

    @property
    def page_size(self) -> int:
        """How many rows one call brings at most."""

    def calls_for(self, count: int) -> int:
        """Return how many calls a pass takes when nothing goes wrong, for a target whose `count` this is.

        Looking up wallets that a Loopring list names by account number only is not in it.
        """

    async def count(self, target: PassTarget) -> int | Unknown:
        """Ask how large a target is, in one call: NFTs of a collection, holders of a Loopring NFT.

        Nothing but cancellation is raised.
        """

    async def read_collection(self, target: PassTarget, wallets: Collection[Address] = ()) -> CollectionPass:
        """Read a whole collection, or say why that was not possible.

        `wallets` are those that somebody wants to know about. It matters only where the API names owners by other
        words than addresses: the pass then speaks of these wallets and of those whose addresses it was told.
        Nothing but cancellation is raised.
        """

"""MintGarden: what a Chia address holds, and who holds a collection.

`GET /address/{address}/nfts?type=owned&size=100&page=<cursor>` (`type` is required),
`GET /collections/{col1…}/nfts?size=100&page=<cursor>` and `GET /collections/{col1…}` for the count. No key is wanted.
`page` is the opaque `next` of the page before. Limits are not published; clients keep half a second between calls.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.addresses import AccountId, Address, ReadTarget
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.errors import ConfigError
from bot.domain.networks import Family, Network
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown, UnknownReason
from bot.providers.cache import ReadingCache
from bot.providers.collection_walk import CollectionPage, calls_of_walk, walk
from bot.providers.cursors import CursorPage, read_by_cursor
from bot.providers.http import Endpoint, HttpClient
from bot.providers.mintgarden_wire import collection_page, nft_count, wallet_page

BASE_URLS = {
    Network.CHIA_MAINNET: "https://api.mintgarden.io",
    Network.CHIA_TESTNET11: "https://api.testnet.mintgarden.io",
}
PER_MINUTE = 120.0

_PAGE_SIZE = 100
_MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class MintGardenOptions:
    """How to reach MintGarden. Empty addresses mean the documented hosts."""

    networks: frozenset[Network] = frozenset(BASE_URLS)
    base_url: str = ""
    testnet_base_url: str = ""
    requests_per_minute: float = PER_MINUTE
    cache_seconds: float = 300


class MintGardenProvider:
    """The client of MintGarden, for wallets and for collections."""

    name = "mintgarden"
    retired = False
    page_size = _PAGE_SIZE

    def __init__(self, options: MintGardenOptions, http: HttpClient) -> None:
        strangers = [network.value for network in options.networks if network.family is not Family.CHIA]
        if strangers:
            raise ConfigError(f"MintGarden does not serve {', '.join(sorted(strangers))}.")
        if options.requests_per_minute <= 0:
            raise ConfigError("MintGarden's requests_per_minute must be above 0.")
        self.networks = options.networks
        self.spacing = 60 / options.requests_per_minute
        given = {
            Network.CHIA_MAINNET: options.base_url.strip(),
            Network.CHIA_TESTNET11: options.testnet_base_url.strip(),
        }
        self._endpoints: Mapping[Network, Endpoint] = {
            network: http.endpoint(
                provider=self.name, base_url=given[network] or BASE_URLS[network], spacing=self.spacing
            )
            for network in options.networks
        }
        self._cache = ReadingCache(http.clock, lifetime=timedelta(seconds=options.cache_seconds))

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask what an address holds; a complete reading may come from the last five minutes unless `fresh`."""
        endpoint = self._endpoints.get(target.network)
        if isinstance(target, AccountId) or endpoint is None:
            return Invalid(InvalidReason.ADDRESS, "MintGarden knows addresses on Chia networks only")
        cached = None if fresh else self._cache.get(target)
        if cached is not None:
            return cached
        reading = await self._ask(endpoint, target)
        if isinstance(reading, Complete):
            self._cache.put(target, reading)
        return reading

    def calls_for(self, count: int) -> int:
        """Return how many calls a pass over so many NFTs takes, the count included."""
        return calls_of_walk(count, _PAGE_SIZE)

    async def count(self, target: PassTarget) -> int | Unknown:
        """Ask how many NFTs a collection has."""
        endpoint = self._endpoints.get(target.network)
        return self._stranger(target) if endpoint is None else endpoint.alarm.hear(await _count(endpoint, target))

    async def read_collection(self, target: PassTarget, wallets: Collection[Address] = ()) -> CollectionPass:
        """Ask who owns each NFT of a collection. The pass speaks of all wallets, whichever are asked about."""
        del wallets
        endpoint = self._endpoints.get(target.network)
        if endpoint is None:
            return self._stranger(target)

        async def fetch(cursor: str | None) -> CollectionPage | Unknown:
            # NFTs without an owner are wanted too: without them the count could not be reached.
            query = {"size": str(_PAGE_SIZE), "require_owner": "false", "require_price": "false", **_at(cursor)}
            answer = await endpoint.get("collections", target.item, "nfts", query=query)
            if isinstance(answer, Unknown):
                return answer
            return collection_page(answer, target.network, target.item, _PAGE_SIZE)

        async def count() -> int | Unknown:
            return await _count(endpoint, target)

        outcome = await walk(target, fetch, count, most_pages=_MOST_PAGES, name=self.name)
        return endpoint.alarm.hear(outcome)

    async def _ask(self, endpoint: Endpoint, wallet: Address) -> Reading:
        async def fetch(cursor: str | None, again: bool) -> CursorPage | Unknown:
            query = {"type": "owned", "size": str(_PAGE_SIZE), **_at(cursor)}
            answer = await endpoint.get("address", wallet.text, "nfts", query=query, join=not again)
            return answer if isinstance(answer, Unknown) else wallet_page(answer, wallet)

        whole = await read_by_cursor(fetch, page_size=_PAGE_SIZE, most_pages=_MOST_PAGES, name=self.name)
        endpoint.alarm.hear(whole)
        return whole if isinstance(whole, Unknown) else Complete(whole.holdings, self.name, whole.observed_at)

    def _stranger(self, target: PassTarget) -> Unknown:
        return Unknown(UnknownReason.NO_PROVIDER, f"{self.name} knows no collections on {target.network.label}")


async def _count(endpoint: Endpoint, target: PassTarget) -> int | Unknown:
    # Never joined to a count that is under way: it must be asked after the pages.
    answer = await endpoint.get("collections", target.item, join=False)
    return answer if isinstance(answer, Unknown) else nft_count(answer, target.item)


def _at(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"page": cursor}

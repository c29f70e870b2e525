"""Spacescan: who holds a Chia collection (`POST /collections/{col1…}/nfts`).

The documented answer is `{"status": "success", "data": [{"id": "nft1…", "owner": {…}, …}], "pagination": {…}}`. The
body of the question holds filters (none here), the query the page, from 1, and how many rows it has: 50 by default, and
no maximum is documented. What is in `owner` is documented for a single NFT only: "DID and address", and the creator's
there has the shape `{"did": {"id"}, "address": {"address": "xch1…"}}`. What is in `pagination` is documented nowhere,
so it is not looked at. `GET /collections/{col1…}?include_nft_count=true` answers with `data.id` and `data.nft_count`.
"""

from collections.abc import Collection

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Unknown, UnknownReason
from bot.providers.chia_rows import read_id, read_owner
from bot.providers.collection_walk import CollectionPage, OwnedRow, calls_of_walk, walk
from bot.providers.http import Endpoint, HttpClient
from bot.providers.http_reply import Answer
from bot.providers.json_body import JsonValue, whole_number
from bot.providers.spacescan import NAME, SpacescanOptions, odd, open_endpoints, succeeded

_PAGE_SIZE = 50
_MOST_PAGES = 500


class SpacescanCollections:
    """The client of Spacescan's collections, at the pace that it shares with the wallets."""

    name = NAME
    page_size = _PAGE_SIZE

    def __init__(self, options: SpacescanOptions, http: HttpClient) -> None:
        self.networks = options.networks
        self.spacing = options.spacing
        self._endpoints = open_endpoints(options, http)

    def calls_for(self, count: int) -> int:
        """Return how many calls a pass over so many NFTs takes, the count included."""
        return calls_of_walk(count, _PAGE_SIZE)

    async def count(self, target: PassTarget) -> int | Unknown:
        """Ask how many NFTs a collection has."""
        endpoint = self._endpoints.get(target.network)
        return _stranger(target) if endpoint is None else endpoint.alarm.hear(await _count(endpoint, target))

    async def read_collection(self, target: PassTarget, wallets: Collection[Address] = ()) -> CollectionPass:
        """Ask who owns each NFT of a collection. The pass speaks of all wallets, whichever are asked about."""
        del wallets
        endpoint = self._endpoints.get(target.network)
        if endpoint is None:
            return _stranger(target)

        async def fetch(page: str | None) -> CollectionPage | Unknown:
            number = int(page or 1)
            query = {"page": str(number), "count": str(_PAGE_SIZE)}
            answer = await endpoint.post("collections", target.item, "nfts", query=query, body={})
            return answer if isinstance(answer, Unknown) else _page(answer, target.network, number)

        async def count() -> int | Unknown:
            return await _count(endpoint, target)

        outcome = await walk(target, fetch, count, most_pages=_MOST_PAGES, name=NAME)
        return endpoint.alarm.hear(outcome)


async def _count(endpoint: Endpoint, target: PassTarget) -> int | Unknown:
    # Never joined to a count that is under way: it must be asked after the pages.
    answer = await endpoint.get("collections", target.item, query={"include_nft_count": "true"}, join=False)
    body = answer if isinstance(answer, Unknown) else succeeded(answer)
    if isinstance(body, Unknown):
        return body
    data = body.get("data")
    if not isinstance(data, dict):
        return odd("a collection without data")
    named, count = data.get("id"), whole_number(data.get("nft_count"))
    if read_id(named, chia_ids.COLLECTION_PREFIX) != target.item or count is None:
        return odd("it is another collection, or its nft_count is missing")
    return count


def _page(answer: Answer, network: Network, number: int) -> CollectionPage | Unknown:
    body = succeeded(answer)
    if isinstance(body, Unknown):
        return body
    entries = body.get("data")
    if not isinstance(entries, list):
        return odd("the list of a collection is missing")
    rows = []
    for entry in entries:
        row = _row(entry, network)
        if isinstance(row, Unknown):
            return row
        rows.append(row)
    return CollectionPage(tuple(rows), str(number + 1), len(rows) < _PAGE_SIZE, answer.asked_at)


def _row(entry: JsonValue, network: Network) -> OwnedRow | Unknown:
    if not isinstance(entry, dict):
        return odd("a row is not an object")
    nft = read_id(entry.get("id"), chia_ids.NFT_PREFIX)
    if nft is None or "owner" not in entry:
        return odd("a row has no valid id, or no owner")
    owner = entry["owner"]
    if owner is None:
        return OwnedRow(nft, None)
    if not isinstance(owner, dict) or "address" not in owner:
        return odd("an owner has no address")
    address = owner["address"]
    if isinstance(address, dict):
        address = address.get("address")
    # Somebody with an identity and no address is an owner that cannot be read, and not nobody.
    if address is None and owner.get("did") is None:
        return OwnedRow(nft, None)
    wallet = read_owner(address, network)
    return odd("an owner has no valid address") if wallet is None else OwnedRow(nft, wallet)


def _stranger(target: PassTarget) -> Unknown:
    return Unknown(UnknownReason.NO_PROVIDER, f"{NAME} knows no collections on {target.network.label}")

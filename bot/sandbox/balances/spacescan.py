"""A stand-in for Spacescan: `GET /address/nft-balance/{address}`, and collections.

Documented: `{"status", "balance": [{"nft_id", "name", "collection_id", "preview_url"}]}` in one page, keys in the
header `x-api-key`, requests without a User-Agent rejected at the gateway. The error body is the one documented for
sibling endpoints. `POST /collections/{collection}/nfts?page=1&count=50` answers `{"status", "data", "pagination"}` with
rows of `id`, `owner` and more, where the inside of `owner` and `pagination` is not documented. `GET
/collections/{collection}` tells the `nft_count` when asked to.
"""

import time
from collections.abc import Callable

from aiohttp import web

from bot.domain import chia_ids
from bot.domain.networks import Network
from bot.sandbox.balances.bodies import Document
from bot.sandbox.balances.chia import ChiaStandIn, endless
from bot.sandbox.balances.faults import Fault, FaultRule
from bot.sandbox.balances.ownership import OwnedNft, Ownership, Placed
from bot.sandbox.balances.stand_in import Page

_NO_USER_AGENT = "<html><body><h1>403 Forbidden</h1></body></html>"
_DEFAULT_ROWS = 50
_BAD_PAGE = {"status": "failed", "message": "Invalid parameters"}


class SpacescanStandIn(ChiaStandIn):
    """Spacescan on one Chia network.

    `list_key` is where it puts the rows of a wallet: `balance` as documented, `data` as its paid hosts are said to do.
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
        self.list_key = "balance"

    def routes(self) -> list[web.RouteDef]:
        """Serve the documented paths."""
        return [
            web.get(f"{self.path}/address/nft-balance/{{address}}", self._nft_balance),
            web.post(f"{self.path}/collections/{{collection}}/nfts", self._collection_nfts),
            web.get(f"{self.path}/collections/{{collection}}", self._collection_info),
        ]

    async def _nft_balance(self, request: web.Request) -> web.StreamResponse:
        decoded = chia_ids.decode(request.match_info["address"])
        owner = decoded[1].hex() if decoded is not None and decoded[0] == self.prefix else None
        keyed = self._is_keyed(request)
        refusal = self._turned_away(request, keyed=keyed)
        if refusal is None and owner is None:
            refusal = web.json_response({"status": "failed", "message": "Invalid address"}, status=400)
        return await self._serve(
            request, owner, keyed=keyed, refusal=refusal, page=lambda rule: self._page(owner, rule)
        )

    async def _collection_nfts(self, request: web.Request) -> web.StreamResponse:
        collection, keyed = request.match_info["collection"], self._is_keyed(request)
        number, count = request.query.get("page", "1"), request.query.get("count", str(_DEFAULT_ROWS))
        refusal = self._turned_away(request, keyed=keyed) or self._no_collection(collection)
        if not (number.isdecimal() and count.isdecimal() and int(number) and int(count)):
            refusal, number, count = web.json_response(_BAD_PAGE, status=400), "1", "1"

        def page(rule: FaultRule | None) -> Page:
            return self._collection_page(collection, int(number), int(count), rule)

        return await self._serve(request, collection, keyed=keyed, refusal=refusal, page=page)

    async def _collection_info(self, request: web.Request) -> web.StreamResponse:
        collection, keyed = request.match_info["collection"], self._is_keyed(request)
        refusal = self._turned_away(request, keyed=keyed) or self._no_collection(collection)

        def page(rule: FaultRule | None) -> Page:
            data: Document = {"id": collection, "name": "A collection", "description": "", "creator": {}}
            if request.query.get("include_nft_count") == "true":
                data["nft_count"] = self._nft_count(collection, rule)
            return Page({"status": "success", "data": data}, "data", "id")

        return await self._serve(request, collection, keyed=keyed, refusal=refusal, page=page)

    def _collection_page(self, collection: str, number: int, count: int, rule: FaultRule | None) -> Page:
        fault = rule.fault if rule is not None else None
        rows = min(count, self.page_cap or count)
        start = 0 if fault is Fault.REPEATED_PAGE else (number - 1) * rows
        listed = self._collection(collection, rule)
        placed = endless(start, rows, collection) if fault is Fault.ENDLESS_PAGES else listed[start : start + rows]
        document: Document = {
            "status": "success",
            "data": [self._collection_row(each) for each in placed],
            "pagination": {"page": number, "count": rows, "total": len(listed)},
        }
        return Page(document, "data", "id")

    def _collection_row(self, placed: Placed) -> Document:
        address = self._address(placed.owner)
        return {
            "id": placed.nft.asset,
            "name": placed.nft.name or f"NFT {placed.nft.asset[-4:]}",
            "description": "",
            "preview_url": None,
            "minted_at": "2022-07-04T05:01:44.000Z",
            "trade_count": 0,
            "volume": 0,
            "attributes": [],
            "owner": None if address is None else {"did": None, "address": {"address": address}},
        }

    def _no_collection(self, collection: str) -> web.Response | None:
        if self._knows(collection):
            return None
        return web.json_response({"status": "failed", "message": "Collection not found"}, status=404)

    def _is_keyed(self, request: web.Request) -> bool:
        return self.api_key is not None and request.headers.get("x-api-key") == self.api_key

    def _page(self, owner: str | None, rule: FaultRule | None) -> Page:
        rows: list[object] = [self._row(nft) for nft in self._held(owner or "", rule)]
        return Page({"status": "success", self.list_key: rows}, self.list_key, "nft_id")

    def _turned_away(self, request: web.Request, *, keyed: bool) -> web.Response | None:
        if not request.headers.get("User-Agent"):
            return web.Response(status=403, text=_NO_USER_AGENT, content_type="text/html")
        if self.api_key is not None and not keyed:
            return web.json_response({"message": "Unauthorized"}, status=401)
        return None

    def _own_error(self, rule: FaultRule) -> web.Response | None:
        del rule  # Spacescan's own error is a body under 200, see `Fault.STATUS_FAILED`.
        return None

    @staticmethod
    def _row(nft: OwnedNft) -> Document:
        return {
            "nft_id": nft.asset,
            "name": nft.name or f"NFT {nft.asset[-4:]}",
            "collection_id": nft.collection,
            "preview_url": None,
        }

"""A stand-in for MintGarden: `GET /address/{address}/nfts`, `GET /collections/{collection}/nfts` and their count.

Documented nowhere by the vendor; the shapes are those that its users have seen. Lists are pages by cursor,
`{"items", "page", "size", "next", "previous"}`, 50 rows by default and at most 100. The cursor is the place of the last
row, so a page holds what comes after it whatever has moved meanwhile. `type` is required for addresses. The edge turns
away anonymous clients, the default User-Agent of Python's own library among them.
"""

import re
import time
from collections.abc import Callable
from itertools import islice

from aiohttp import web

from bot.domain import chia_ids
from bot.domain.networks import Network
from bot.sandbox.balances.bodies import Document
from bot.sandbox.balances.chia import ChiaStandIn, endless
from bot.sandbox.balances.faults import Fault, FaultRule
from bot.sandbox.balances.ownership import NOBODY, Ownership, Placed
from bot.sandbox.balances.stand_in import Page

_DEFAULT_ROWS, _MOST_ROWS = 50, 100
_CURSOR = re.compile(r">i:([0-9]+)~s:(nft1[a-z0-9]+)", re.ASCII)
_EDGE = "<html><body><h1>403 Forbidden</h1></body></html>"


class MintGardenStandIn(ChiaStandIn):
    """MintGarden on one Chia network.

    `null_at_end` tells how a list ends: with a page whose `next` is null, or with one more page that is empty and names
    itself. A page always says how large it may be, unless `tells_size` is off.
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
        self.null_at_end = True
        self.tells_size = True

    def routes(self) -> list[web.RouteDef]:
        """Serve wallets and collections."""
        return [
            web.get(f"{self.path}/address/{{address}}/nfts", self._address_nfts),
            web.get(f"{self.path}/collections/{{collection}}/nfts", self._collection_nfts),
            web.get(f"{self.path}/collections/{{collection}}", self._collection_info),
        ]

    async def _address_nfts(self, request: web.Request) -> web.StreamResponse:
        decoded = chia_ids.decode(request.match_info["address"])
        owner = decoded[1].hex() if decoded is not None and decoded[0] == self.prefix else None
        refusal = self._turned_away(request)
        if refusal is None and (owner is None or request.query.get("type") != "owned"):
            refusal = _invalid("type")

        def page(rule: FaultRule | None) -> Page:
            seen = self._seen(rule).everything()
            return self._list(request, [placed for placed in seen if placed.owner == owner], owner or NOBODY, rule)

        return await self._serve(request, owner, keyed=False, refusal=refusal, page=page)

    async def _collection_nfts(self, request: web.Request) -> web.StreamResponse:
        collection = request.match_info["collection"]
        refusal = self._turned_away(request) or self._no_collection(collection)

        def page(rule: FaultRule | None) -> Page:
            listed = self._collection(collection, rule)
            if request.query.get("require_owner") == "true":
                listed = [placed for placed in listed if placed.owner != NOBODY]
            return self._list(request, listed, collection, rule)

        return await self._serve(request, collection, keyed=False, refusal=refusal, page=page)

    async def _collection_info(self, request: web.Request) -> web.StreamResponse:
        collection = request.match_info["collection"]
        refusal = self._turned_away(request) or self._no_collection(collection)

        def page(rule: FaultRule | None) -> Page:
            count = self._nft_count(collection, rule)
            document: Document = {"id": collection, "name": "A collection", "nft_count": count, "collector_count": 1}
            return Page(document, "nft_count", "id")

        return await self._serve(request, collection, keyed=False, refusal=refusal, page=page)

    def _list(self, request: web.Request, listed: list[Placed], about: str, rule: FaultRule | None) -> Page:
        fault = rule.fault if rule is not None else None
        wished = request.query.get("size", "")
        size = min(int(wished) if wished.isdecimal() else _DEFAULT_ROWS, self.page_cap or _MOST_ROWS)
        cursor = request.query.get("page")
        after = (-1, "") if cursor is None or fault is Fault.REPEATED_PAGE else _place_of(cursor)
        left = [placed for placed in sorted(listed, key=self._place) if self._place(placed) > after]
        if fault is Fault.ENDLESS_PAGES:
            left = endless(after[0] + 1, size + 1, about)
        items = list(islice(left, size))
        last = items[-1] if items else None
        following = cursor if last is None else self._cursor_after(last, fault)
        if fault is Fault.LAST_PAGE or (self.null_at_end and len(left) <= size):
            following = None
        document: Document = {"items": [self._item(placed) for placed in items], "page": cursor, "next": following}
        if self.tells_size:
            document["size"] = size
        return Page(document, "items", "encoded_id")

    def _cursor_after(self, placed: Placed, fault: Fault | None) -> str:
        number, asset = self._place(placed)
        return f">i:{placed.arrived if fault is Fault.ENDLESS_PAGES else number}~s:{asset}"

    def _item(self, placed: Placed) -> Document:
        decoded = chia_ids.decode(placed.nft.asset)
        return {
            "id": "" if decoded is None else decoded[1].hex(),
            "encoded_id": placed.nft.asset,
            "name": placed.nft.name or f"NFT {placed.nft.asset[-4:]}",
            "edition_number": 1,
            "edition_total": 1,
            "collection_id": placed.nft.collection,
            "owner_address_encoded_id": self._address(placed.owner),
            "owner_encoded_id": None,
            "is_blocked": False,
        }

    def _turned_away(self, request: web.Request) -> web.Response | None:
        agent = request.headers.get("User-Agent", "")
        if not agent or agent.startswith("Python-urllib"):
            return web.Response(status=403, text=_EDGE, content_type="text/html")
        size, cursor = request.query.get("size", "1"), request.query.get("page")
        if not size.isdecimal() or not 1 <= int(size) <= _MOST_ROWS:
            return _invalid("size")
        return _invalid("page") if cursor is not None and _CURSOR.fullmatch(cursor) is None else None

    def _no_collection(self, collection: str) -> web.Response | None:
        return None if self._knows(collection) else web.json_response({"detail": "Not Found"}, status=404)

    def _own_error(self, rule: FaultRule) -> web.Response | None:
        del rule  # MintGarden's errors are statuses with a body that is not looked at.
        return None


def _place_of(cursor: str) -> tuple[int, str]:
    match = _CURSOR.fullmatch(cursor)
    return (-1, "") if match is None else (int(match[1]), match[2])


def _invalid(name: str) -> web.Response:
    detail = [{"loc": ["query", name], "msg": "field required", "type": "value_error.missing"}]
    return web.json_response({"detail": detail}, status=422)

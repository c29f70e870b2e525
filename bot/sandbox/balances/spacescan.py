"""A stand-in for Spacescan: `GET /address/nft-balance/{address}`.

Documented: `{"status", "balance": [{"nft_id", "name", "collection_id", "preview_url"}]}` in one page, keys in the
header `x-api-key`, requests without a User-Agent rejected at the gateway. The error body is the one documented for
sibling endpoints.
"""

import time
from collections.abc import Callable

from aiohttp import web

from bot.domain import chia_ids
from bot.domain.addresses import Address
from bot.domain.networks import CHIA_PREFIX, Network
from bot.sandbox.balances.bodies import Document
from bot.sandbox.balances.faults import FaultRule
from bot.sandbox.balances.ownership import OwnedNft
from bot.sandbox.balances.stand_in import Page, StandIn, Wallet

_NO_USER_AGENT = "<html><body><h1>403 Forbidden</h1></body></html>"


class SpacescanStandIn(StandIn):
    """Spacescan on one Chia network.

    `prefix` is the address prefix the API accepts (`txch` on testnet11 unless told otherwise); `list_key` is where it
    puts the rows: `balance` as documented, `data` as its paid hosts are said to do.
    """

    def __init__(self, network: Network, path: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(network, path, clock=clock)
        self.prefix = CHIA_PREFIX[network]
        self.list_key = "balance"

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

    def routes(self) -> list[web.RouteDef]:
        """Serve the one documented path."""
        return [web.get(f"{self.path}/address/nft-balance/{{address}}", self._nft_balance)]

    async def _nft_balance(self, request: web.Request) -> web.StreamResponse:
        decoded = chia_ids.decode(request.match_info["address"])
        owner = decoded[1].hex() if decoded is not None and decoded[0] == self.prefix else None
        keyed = self.api_key is not None and request.headers.get("x-api-key") == self.api_key
        refusal = self._refusal(request, owner, keyed=keyed)
        return await self._serve(
            request, owner, keyed=keyed, refusal=refusal, page=lambda rule: self._page(owner, rule)
        )

    def _page(self, owner: str | None, rule: FaultRule | None) -> Page:
        rows: list[object] = [self._row(nft) for nft in self._held(owner or "", rule)]
        return Page({"status": "success", self.list_key: rows}, self.list_key, "nft_id")

    def _refusal(self, request: web.Request, owner: str | None, *, keyed: bool) -> web.Response | None:
        if not request.headers.get("User-Agent"):
            return web.Response(status=403, text=_NO_USER_AGENT, content_type="text/html")
        if self.api_key is not None and not keyed:
            return web.json_response({"message": "Unauthorized"}, status=401)
        if owner is None:
            return web.json_response({"status": "failed", "message": "Invalid address"}, status=400)
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

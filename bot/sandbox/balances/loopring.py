"""A stand-in for Loopring's relayer: `GET /api/v3/user/nft/base/balances`, `…/nft/info/nftHolders`, `…/account`.

Documented: `{"totalNum", "data": [{"total", "nftData"}]}`, `offset` and `limit` (default 20, at most 50), any valid
key in `X-API-KEY`, errors as HTTP 400 with `{"resultInfo": {"code", "message"}}`. Accounts are numbered in the order
in which they are first heard of.
"""

import re
import time
from collections.abc import Callable

from aiohttp import web

from bot.domain.addresses import Address
from bot.domain.networks import Network
from bot.sandbox.balances.bodies import Document
from bot.sandbox.balances.faults import Fault, FaultRule
from bot.sandbox.balances.ownership import OwnedNft, Placed
from bot.sandbox.balances.stand_in import Page, StandIn, Wallet

_HEX_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_NFT_DATA = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_FIRST_ACCOUNT = 10_000
_DEFAULT_ROWS, _MOST_ROWS = 20, 50
_NEVER_SEEN = 1 << 200
"""Where the nftData of endless pages begin: far from any that a test would give."""


class LoopringStandIn(StandIn):
    """Loopring on one network.

    `page_cap` is the most rows a page carries whatever was asked; `total_past_end` tells whether a page past the end
    still names the total (it likely says 0); `total_as_text` writes amounts as strings, as the documented table does
    (the documented sample has numbers); `strangers_fail` answers 101002 for addresses that never held anything instead
    of an empty list; `names_addresses` tells whether a list of holders says the address besides the account number.
    """

    def __init__(self, network: Network, path: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(network, path, clock=clock)
        self.names_addresses = True
        self.page_cap = _MOST_ROWS
        self.total_past_end = False
        self.total_as_text = False
        self.strangers_fail = False
        self._account_ids: dict[str, int] = {}
        self._answered = 0

    def owner_key(self, wallet: Wallet) -> str:
        """Return the lower-case address."""
        text = wallet.text if isinstance(wallet, Address) else wallet
        if _HEX_ADDRESS.fullmatch(text) is None:
            raise ValueError("not an Ethereum-style address")
        return text.lower()

    def asset_key(self, asset: str) -> str:
        """Return `0x` and 64 lower-case digits, whatever padding was given."""
        if _NFT_DATA.fullmatch(asset) is None:
            raise ValueError("not an nftData")
        return f"0x{int(asset, 16):064x}"

    def account_id(self, wallet: Wallet) -> int:
        """Return the account number of a wallet; the account is opened when there is none yet."""
        return self._account_ids.setdefault(self.owner_key(wallet), _FIRST_ACCOUNT + len(self._account_ids))

    def routes(self) -> list[web.RouteDef]:
        """Serve the balances, the holders and the account lookup."""
        return [
            web.get(f"{self.path}/api/v3/user/nft/base/balances", self._balances),
            web.get(f"{self.path}/api/v3/nft/info/nftHolders", self._nft_holders),
            web.get(f"{self.path}/api/v3/account", self._account),
        ]

    async def _balances(self, request: web.Request) -> web.StreamResponse:
        owner = self._owner(request.query.get("accountId"), request.query.get("address"))
        keyed = self._is_keyed(request)
        refusal = self._refusal(request, owner, keyed=keyed)
        return await self._serve(
            request, owner, keyed=keyed, refusal=refusal, page=lambda rule: self._page(request, owner, rule)
        )

    async def _nft_holders(self, request: web.Request) -> web.StreamResponse:
        named, keyed = request.query.get("nftData", ""), self._is_keyed(request)
        asset = self.asset_key(named) if _NFT_DATA.fullmatch(named) else None
        refusal = self._turned_away(request, keyed=keyed)
        if refusal is None and asset is None:
            refusal = _error(100001, "Invalid argument")

        def page(rule: FaultRule | None) -> Page:
            held = [placed for placed in self._seen(rule).everything() if placed.nft.asset == asset]
            rows = [self._holder(placed) for placed in sorted(held, key=lambda placed: placed.arrived)]
            return self._window_of(request, rows, _stranger, "nftHolders", "accountId", rule)

        return await self._serve(request, asset, keyed=keyed, refusal=refusal, page=page)

    def _holder(self, placed: Placed) -> Document:
        address: Document = {"address": placed.owner} if self.names_addresses else {}
        return {
            "accountId": self.account_id(placed.owner),
            **address,
            "tokenId": 32_768,
            "amount": str(placed.nft.amount),
        }

    def _is_keyed(self, request: web.Request) -> bool:
        return self.api_key is not None and request.headers.get("X-API-KEY") == self.api_key

    async def _account(self, request: web.Request) -> web.StreamResponse:
        owner = self._owner(request.query.get("accountId"), request.query.get("owner"))
        known = owner is not None and (owner in self._account_ids or self._ownership.knows(owner))
        refusal = None if known else _error(101002, "account not found")

        def page(_: FaultRule | None) -> Page:
            document: Document = {
                "accountId": self.account_id(owner) if owner is not None else 0,
                "owner": owner or "",
                "frozen": False,
                "publicKey": {"x": "", "y": ""},
                "tags": "",
                "nonce": 0,
                "keyNonce": 0,
                "keySeed": "",
            }
            return Page(document, "tags", "accountId")

        return await self._serve(request, owner, keyed=False, refusal=refusal, page=page)

    def _owner(self, account: str | None, address: str | None) -> str | None:
        if account is not None:
            return next((owner for owner, number in self._account_ids.items() if str(number) == account), None)
        return address.lower() if address is not None and _HEX_ADDRESS.fullmatch(address) else None

    def _turned_away(self, request: web.Request, *, keyed: bool) -> web.Response | None:
        if self.api_key is not None and not keyed:
            return (
                _error(104002, "Invalid ApiKey") if "X-API-KEY" in request.headers else _error(104001, "Empty ApiKey")
            )
        offset, limit = _window(request)
        if not offset.isdecimal() or not limit.isdecimal() or int(limit) > _MOST_ROWS:
            return _error(100001, "Invalid argument")
        return None

    def _refusal(self, request: web.Request, owner: str | None, *, keyed: bool) -> web.Response | None:
        turned_away = self._turned_away(request, keyed=keyed)
        if turned_away is not None:
            return turned_away
        if owner is None:
            named = "accountId" in request.query
            return _error(101002, "account not found") if named else _error(100001, "Invalid argument")
        if self.strangers_fail and not self._ownership.knows(owner):
            return _error(101002, "account not found")
        return None

    def _page(self, request: web.Request, owner: str | None, rule: FaultRule | None) -> Page:
        rows = [self._row(nft) for nft in self._held(owner or "", rule)]
        return self._window_of(
            request, rows, lambda place: self._row(OwnedNft(f"0x{_NEVER_SEEN + place:064x}")), "data", "nftData", rule
        )

    def _window_of(
        self,
        request: web.Request,
        listed: list[Document],
        invent: Callable[[int], Document],
        list_key: str,
        id_key: str,
        rule: FaultRule | None,
    ) -> Page:
        """Cut the page that was asked for out of a list; `invent` makes the rows of a list that never ends."""
        fault = rule.fault if rule is not None else None
        offset, rows = (int(text) if text.isdecimal() else 0 for text in _window(request))
        rows = min(rows, self.page_cap)
        self._answered += 1
        if fault is Fault.ENDLESS_PAGES:
            return _listed(1_000_000, [invent(offset + index) for index in range(rows)], list_key, id_key)
        start = 0 if fault is Fault.REPEATED_PAGE else offset
        total = len(listed) if start < len(listed) or self.total_past_end else 0
        if rule is not None and fault is Fault.TOTAL_LIES:
            total = max(0, len(listed) + rule.details.delta)
        if fault is Fault.TOTAL_CHANGES:
            total = len(listed) + self._answered
        return _listed(total, listed[start : start + rows], list_key, id_key)

    def _row(self, nft: OwnedNft) -> Document:
        return {"total": str(nft.amount) if self.total_as_text else nft.amount, "nftData": nft.asset}

    def _own_error(self, rule: FaultRule) -> web.Response | None:
        details = rule.details
        if rule.fault is Fault.RESULT_INFO:
            return _error(details.code, details.message, status=details.status or 400)
        if rule.fault is Fault.LEGACY_ERROR:
            return web.json_response({"code": details.code, "msg": details.message}, status=details.status or 200)
        return None


def _window(request: web.Request) -> tuple[str, str]:
    return request.query.get("offset", "0"), request.query.get("limit", str(_DEFAULT_ROWS))


def _listed(total: int, rows: list[Document], list_key: str, id_key: str) -> Page:
    return Page({"totalNum": total, list_key: rows}, list_key, id_key)


def _stranger(place: int) -> Document:
    address = f"0x{(1 << 159) + place:040x}"
    return {"accountId": 1_000_000 + place, "address": address, "tokenId": 32_768, "amount": "1"}


def _error(code: int, message: str, *, status: int = 400) -> web.Response:
    return web.json_response({"resultInfo": {"code": code, "message": message}}, status=status)

"""What the stand-ins have in common: holdings, faults, a limit, a log, and the order in which they matter."""

import math
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from aiohttp import web

from bot.domain.addresses import Address
from bot.domain.networks import Network
from bot.sandbox.balances.bodies import Document, encoded, spoiled
from bot.sandbox.balances.faults import Fault, FaultBook, FaultDetails, FaultRule
from bot.sandbox.balances.misbehaviour import misbehave
from bot.sandbox.balances.ownership import OwnedNft, Ownership
from bot.sandbox.balances.traffic import BalanceRequest, RequestLog

Wallet = str | Address
"""How callers name a wallet: its text in any accepted spelling, or a checked address."""


@dataclass(frozen=True, slots=True)
class Page:
    """A good answer, and where in it the rows and their identifiers are."""

    document: Document
    list_key: str
    id_key: str


class StandIn(ABC):
    """One balance API on one network, as its documentation describes it.

    `api_key` is the key it wants (None: it serves everybody). Several APIs on one network share its `ownership`.
    `clock` counts seconds for the request limit.
    """

    def __init__(
        self,
        network: Network,
        path: str,
        *,
        ownership: Ownership | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.network = network
        self.path = path
        self.origin = ""
        self.api_key: str | None = None
        self.requests = RequestLog()
        self._ownership = Ownership() if ownership is None else ownership
        self._frozen: Ownership | None = None
        self._faults = FaultBook()
        self._clock = clock
        self._limit: tuple[int, float] | None = None
        self._announces_limit = False
        self._recent: deque[float] = deque()
        self._after_each: Callable[[BalanceRequest], None] | None = None

    @property
    def base_url(self) -> str:
        """What to put into the provider's `base_url` setting. Raise `RuntimeError` before the server is started."""
        if not self.origin:
            raise RuntimeError("the sandbox is not started")
        return self.origin + self.path

    # Holdings.

    def give(self, wallet: Wallet, asset: str, amount: int = 1, *, collection_id: str | None = None) -> None:
        """Let a wallet receive an NFT. Raise `ValueError` when the id is not one on this network."""
        self._ownership.give(self.owner_key(wallet), OwnedNft(self.asset_key(asset), amount, collection_id))

    def take(self, wallet: Wallet, asset: str, amount: int | None = None) -> None:
        """Let a wallet lose an amount of an NFT (all by default)."""
        self._ownership.take(self.owner_key(wallet), self.asset_key(asset), amount)

    def move(self, asset: str, sender: Wallet, receiver: Wallet, amount: int | None = None) -> None:
        """Let a wallet hand an amount of an NFT (all by default) to another."""
        self._ownership.move(self.asset_key(asset), self.owner_key(sender), self.owner_key(receiver), amount)

    def set_holdings(self, wallet: Wallet, nfts: Iterable[OwnedNft] = ()) -> None:
        """Let a wallet hold exactly these."""
        named = [replace(nft, asset=self.asset_key(nft.asset)) for nft in nfts]
        self._ownership.replace(self.owner_key(wallet), named)

    def holdings(self, wallet: Wallet) -> tuple[OwnedNft, ...]:
        """Return what a wallet truly holds, oldest first, whatever the faults make the API say."""
        return self._ownership.of(self.owner_key(wallet))

    # Misbehaviour.

    def fail(
        self,
        fault: Fault,
        *,
        times: int | None = None,
        wallet: Wallet | None = None,
        after: int = 0,
        details: FaultDetails | None = None,
    ) -> None:
        """Misbehave for the next `times` requests (None: until cleared), for one wallet or all.

        `after` requests pass untouched first, so that `after=1` spoils the second page of a reading.
        """
        if fault is Fault.STALE:
            self._frozen = self._ownership.copy()
        owner = None if wallet is None else self.owner_key(wallet)
        self._faults.add(FaultRule(fault, details or FaultDetails(), owner, after, times))

    def heal(self, fault: Fault | None = None) -> None:
        """End one kind of fault, or all of them, and forget the request limit's past."""
        self._faults.clear(fault)
        self._recent.clear()

    def limit(self, requests: int, seconds: float, *, announced: bool = False) -> None:
        """Answer 429 to more than so many requests in so many seconds, telling in Retry-After when there is room.

        When it is `announced`, every answer says in X-RateLimit headers how many are left, and when there are more.
        """
        self._limit = (requests, seconds)
        self._announces_limit = announced

    def after_each_request(self, action: Callable[[BalanceRequest], None] | None) -> None:
        """Do something right after each answer is decided: a transfer between two pages, for example."""
        self._after_each = action

    def count(self, wallet: Wallet | None = None) -> int:
        """How many requests came, in all or about one wallet."""
        return self.requests.count if wallet is None else self.requests.count_of(self.owner_key(wallet))

    # The API itself.

    @abstractmethod
    def owner_key(self, wallet: Wallet) -> str:
        """Return the identity of a wallet whatever the spelling; raise `ValueError` when it is none."""

    @abstractmethod
    def asset_key(self, asset: str) -> str:
        """Return the canonical id of an NFT; raise `ValueError` when it is none."""

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """Return the paths this API serves."""

    @property
    def ownership(self) -> Ownership:
        """Who holds what on the network, for another API that tells of the same."""
        return self._ownership

    def _seen(self, rule: FaultRule | None) -> Ownership:
        stale = rule is not None and rule.fault is Fault.STALE
        return self._frozen if stale and self._frozen is not None else self._ownership

    def _held(self, owner: str, rule: FaultRule | None) -> tuple[OwnedNft, ...]:
        return self._seen(rule).of(owner)

    def _admit(self) -> web.Response | None:
        """Refuse a request above the limit."""
        if self._limit is None:
            return None
        allowed, seconds = self._limit
        now = self._clock()
        while self._recent and self._recent[0] <= now - seconds:
            self._recent.popleft()
        if len(self._recent) >= allowed:
            wait = max(1, round(self._recent[0] + seconds - now))
            return web.json_response({"message": "Too many requests"}, status=429, headers={"Retry-After": str(wait)})
        self._recent.append(now)
        return None

    def _allowance(self) -> dict[str, str]:
        if self._limit is None or not self._announces_limit or not self._recent:
            return {}
        allowed, seconds = self._limit
        room_in = max(0.0, self._recent[0] + seconds - self._clock())
        return {
            "X-RateLimit-Remaining": str(allowed - len(self._recent)),
            "X-RateLimit-Reset": str(math.ceil(room_in)),
        }

    async def _serve(
        self,
        request: web.Request,
        owner: str | None,
        *,
        keyed: bool,
        refusal: web.Response | None,
        page: Callable[[FaultRule | None], Page],
    ) -> web.StreamResponse:
        """Answer one question about `owner`: faults of the connection first, then refusals, then the page itself."""
        rule = self._faults.meet(owner)
        status = 0
        try:
            response = await self._response(request, rule, refusal, page)
            if rule is None or rule.fault not in (Fault.RESET, Fault.TRUNCATED):
                status = response.status
            return response
        finally:
            self._record(request, owner, keyed, rule, status)

    async def _response(
        self,
        request: web.Request,
        rule: FaultRule | None,
        refusal: web.Response | None,
        page: Callable[[FaultRule | None], Page],
    ) -> web.StreamResponse:
        good = page(rule)
        body = encoded(good.document)
        if rule is not None:
            broken = await misbehave(request, rule, body)
            if broken is None:
                broken = self._own_error(rule)
            if broken is not None:
                return broken
            spoilt = spoiled(good.document, good.list_key, good.id_key, rule)
            body = body if spoilt is None else spoilt
        refused = refusal if refusal is not None else self._admit()
        if refused is not None:
            return refused
        return web.Response(body=body, content_type="application/json", headers=self._allowance())

    @abstractmethod
    def _own_error(self, rule: FaultRule) -> web.Response | None:
        """Return an error in the dialect of this API, when the fault asks for one."""

    def _record(
        self, request: web.Request, owner: str | None, keyed: bool, rule: FaultRule | None, status: int
    ) -> None:
        entry = BalanceRequest(
            at=self._clock(),
            path=request.path,
            query=dict(request.query),
            owner=owner,
            keyed=keyed,
            user_agent=request.headers.get("User-Agent", ""),
            accept=request.headers.get("Accept", ""),
            status=status,
            fault=rule.fault if rule is not None else None,
        )
        self.requests.add(entry)
        if self._after_each is not None:
            self._after_each(entry)

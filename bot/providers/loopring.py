"""Loopring L2: what an account holds (`GET /api/v3/user/nft/base/balances`).

The documented answer is `{"totalNum": 1, "data": [{"total": 1, "nftData": "0x…"}]}`, at most 50 rows a page; errors are
`{"resultInfo": {"code", "message"}}` under HTTP 400, formerly `{"code", "msg"}` under 200. Loopring has said that the
relayer went offline for good on 2026-06-28, so expect `Unknown` and see `retired.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.addresses import AccountId, ReadTarget
from bot.domain.errors import ConfigError
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import Network
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown, UnknownReason
from bot.providers.cache import ReadingCache
from bot.providers.http import Endpoint, HttpClient
from bot.providers.http_reply import Answer
from bot.providers.json_body import JsonValue, whole_number
from bot.providers.paging import Page, read_all

NAME = "loopring"

BASE_URLS = {
    Network.LOOPRING: "https://api3.loopring.io",
    Network.LOOPRING_TESTNET: "https://uat2.loopring.io",
}
PER_SECOND = 2.0

PAGE_SIZE = 50
"""The most rows that a page carries."""
MOST_PAGES = 200

_PATH = ("api", "v3", "user", "nft", "base", "balances")
_NFT_DATA = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_ERROR_KEYS = frozenset({"resultInfo", "code", "msg"})

_THEIR_ERROR = 100000
_NO_ACCOUNT_OR_BAD_KEY = frozenset({101001, 101002})
_KEY_TROUBLE = range(104000, 105000)


@dataclass(frozen=True, slots=True)
class LoopringOptions:
    """How to reach Loopring. Empty addresses mean the documented hosts. Any valid key may read any account."""

    networks: frozenset[Network] = frozenset(BASE_URLS)
    base_url: str = ""
    testnet_base_url: str = ""
    api_key: str = field(default="", repr=False)
    requests_per_second: float = PER_SECOND
    cache_seconds: float = 300

    @property
    def spacing(self) -> float:
        """The least time between two calls, in seconds."""
        return 1 / self.requests_per_second


def open_endpoints(options: LoopringOptions, http: HttpClient, *, keyed: bool = True) -> dict[Network, Endpoint]:
    """Open the ways to Loopring's hosts, with the key or without. Raise `ConfigError` for options that cannot work."""
    strangers = [network.value for network in options.networks if network not in BASE_URLS]
    if strangers:
        raise ConfigError(f"Loopring does not serve {', '.join(sorted(strangers))}.")
    if options.requests_per_second <= 0:
        raise ConfigError("Loopring's requests_per_second must be above 0.")
    given = {Network.LOOPRING: options.base_url, Network.LOOPRING_TESTNET: options.testnet_base_url}
    key = options.api_key.strip()
    return {
        network: http.endpoint(
            provider=NAME,
            base_url=given[network].strip() or BASE_URLS[network],
            spacing=options.spacing,
            headers={"X-API-KEY": key} if key and keyed else {},
        )
        for network in options.networks
    }


class LoopringProvider:
    """The client of Loopring."""

    name = NAME
    retired = False

    def __init__(self, options: LoopringOptions, http: HttpClient) -> None:
        self.networks = options.networks
        self._endpoints = open_endpoints(options, http)
        self.spacing = options.spacing
        self._cache = ReadingCache(http.clock, lifetime=timedelta(seconds=options.cache_seconds))

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask what an address or account holds; a reading may come from the last five minutes unless `fresh`."""
        endpoint = self._endpoints.get(target.network)
        if endpoint is None:
            return Invalid(InvalidReason.ADDRESS, "Loopring knows Loopring accounts only")
        cached = None if fresh else self._cache.get(target)
        if cached is not None:
            return cached
        reading = await self._ask(endpoint, target)
        if isinstance(reading, Complete):
            self._cache.put(target, reading)
        return reading

    async def _ask(self, endpoint: Endpoint, target: ReadTarget) -> Reading:
        # Checksummed, as wallets and the documented examples write addresses: servers that check EIP-55 and servers
        # that fold the case both take it.
        owner = {"accountId": target.text} if isinstance(target, AccountId) else {"address": target.display}

        async def fetch(offset: int, again: bool) -> Page | Unknown:
            query = {**owner, "offset": str(offset), "limit": str(PAGE_SIZE)}
            answer = await endpoint.get(*_PATH, query=query, join=not again)
            return answer if isinstance(answer, Unknown) else read_page(answer, "data", _row)

        whole = await read_all(fetch, page_size=PAGE_SIZE, most_pages=MOST_PAGES, name=self.name)
        if isinstance(whole, Unknown):
            if whole.reason in (UnknownReason.AUTH, UnknownReason.BAD_REQUEST):
                endpoint.alarm.ring(whole.detail)
            return whole
        endpoint.alarm.quiet()
        amounts = sorted(whole.amounts.items())
        holdings = Holdings.of(Holding(f"0x{nft:064x}", None, amount) for nft, amount in amounts if amount > 0)
        return Complete(holdings, self.name, whole.observed_at)


RowReader = Callable[[JsonValue], tuple[int, int] | None]
"""Reads one row as (identity, amount); None when it is not one."""


def read_page(answer: Answer, rows_key: str, read_row: RowReader) -> Page | Unknown:
    """Read one page of a list, `{"totalNum", <rows_key>: [...]}`, or say why it is none."""
    body = succeeded(answer)
    if isinstance(body, Unknown):
        return body
    total = whole_number(body.get("totalNum"))
    entries = body.get(rows_key)
    if total is None or not isinstance(entries, list):
        return odd("totalNum or the list is missing")
    rows = []
    for entry in entries:
        row = read_row(entry)
        if row is None:
            return odd("a row is not what it should be")
        rows.append(row)
    return Page(tuple(rows), total, answer.asked_at)


def succeeded(answer: Answer) -> dict[str, JsonValue] | Unknown:
    """Return the object that Loopring answered with, or why it is not an answer."""
    body = answer.body
    if isinstance(body, dict) and not _ERROR_KEYS.isdisjoint(body):
        return _error(body)
    if answer.status != 200:
        return Unknown(UnknownReason.BAD_REQUEST, "loopring refused the request (HTTP 400)")
    return body if isinstance(body, dict) else odd("the body is not an object")


def odd(what: str) -> Unknown:
    """Say that an answer is not what Loopring documents."""
    return Unknown(UnknownReason.SCHEMA, f"loopring's answer is not as documented: {what}")


def _row(entry: JsonValue) -> tuple[int, int] | None:
    """Read one row as (nftData, amount). The hex digits come padded or not, so their value is the identity."""
    if not isinstance(entry, dict):
        return None
    nft_data = entry.get("nftData")
    amount = whole_number(entry.get("total"))
    if not isinstance(nft_data, str) or _NFT_DATA.fullmatch(nft_data) is None or amount is None:
        return None
    return int(nft_data, 16), amount


def _error(body: dict[str, JsonValue]) -> Unknown:
    """Say what an error object means. None of them says that a wallet is empty.

    101001 and 101002 ("account not found") are also the answers to a wrong API key, so they prove nothing.
    """
    info = body.get("resultInfo")
    code = whole_number(info.get("code") if isinstance(info, dict) else body.get("code"))
    if code is None:
        return odd("an error without a code")
    if code in _KEY_TROUBLE:
        return Unknown(UnknownReason.AUTH, f"loopring refused our API key (code {code})")
    if code in _NO_ACCOUNT_OR_BAD_KEY:
        return Unknown(UnknownReason.NOT_FOUND, f"loopring knows no such account, or not our API key (code {code})")
    if code == _THEIR_ERROR:
        return Unknown(UnknownReason.SERVER, f"loopring reports an error of its own (code {code})")
    return Unknown(UnknownReason.BAD_REQUEST, f"loopring did not take the request (code {code})")

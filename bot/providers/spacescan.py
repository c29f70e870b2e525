"""Spacescan: what a Chia address holds (`GET /address/nft-balance/{address}`).

The documented answer is `{"status": "success", "balance": [{"nft_id", "name", "collection_id", "preview_url"}]}` in one
page: no paging parameter, total or maximum is documented. The paid hosts are said to call the list `data`. Anything
else is unknown, never empty.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain import chia_ids
from bot.domain.addresses import AccountId, Address, ReadTarget
from bot.domain.errors import ConfigError
from bot.domain.holdings import Holding, Holdings
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.domain.readings import Complete, Invalid, InvalidReason, Reading, Unknown, UnknownReason
from bot.providers.cache import ReadingCache
from bot.providers.chia_rows import read_id
from bot.providers.http import Endpoint, HttpClient
from bot.providers.http_reply import Answer
from bot.providers.json_body import JsonValue

_log = logging.getLogger(__name__)

NAME = "spacescan"

FREE_BASE_URLS = {
    Network.CHIA_MAINNET: "https://api.spacescan.io",
    Network.CHIA_TESTNET11: "https://api-testnet11.spacescan.io",
}
"""Hosts that serve without a key."""
PRO_BASE_URLS = {
    Network.CHIA_MAINNET: "https://pro-api.spacescan.io",
    Network.CHIA_TESTNET11: "https://pro-api-testnet11.spacescan.io",
}
"""Hosts that want the key."""
FREE_PER_MINUTE = 5.0
PRO_PER_MINUTE = 30.0

_ROUND_SIZES = frozenset({50, 100, 500, 1000})
_ON_LOOP_ROWS = 200
_LISTS = ("balance", "data")


@dataclass(frozen=True, slots=True)
class SpacescanOptions:
    """How to reach Spacescan. Empty addresses mean the documented hosts: the paid ones when there is a key.

    `testnet_prefix` is the address prefix that the testnet host is asked with: `txch` by the rules of the network,
    although Spacescan's own examples show `xch`.
    """

    networks: frozenset[Network] = frozenset(FREE_BASE_URLS)
    base_url: str = ""
    testnet_base_url: str = ""
    api_key: str = field(default="", repr=False)
    testnet_prefix: str = CHIA_PREFIX[Network.CHIA_TESTNET11]
    requests_per_minute: float | None = None
    """None: 5 without a key, 30 with one."""
    cache_seconds: float = 300

    @property
    def spacing(self) -> float:
        """The least time between two calls, in seconds."""
        per_minute = PRO_PER_MINUTE if self.api_key.strip() else FREE_PER_MINUTE
        return 60 / (self.requests_per_minute or per_minute)


def open_endpoints(options: SpacescanOptions, http: HttpClient) -> dict[Network, Endpoint]:
    """Open the ways to Spacescan's hosts. Raise `ConfigError` for options that cannot work."""
    strangers = [network.value for network in options.networks if network.family is not Family.CHIA]
    if strangers:
        raise ConfigError(f"Spacescan does not serve {', '.join(sorted(strangers))}.")
    if options.requests_per_minute is not None and options.requests_per_minute <= 0:
        raise ConfigError("Spacescan's requests_per_minute must be above 0.")
    key = options.api_key.strip()
    given = {Network.CHIA_MAINNET: options.base_url, Network.CHIA_TESTNET11: options.testnet_base_url}
    return {
        network: http.endpoint(
            provider=NAME,
            base_url=given[network].strip() or (PRO_BASE_URLS if key else FREE_BASE_URLS)[network],
            spacing=options.spacing,
            headers={"x-api-key": key} if key else {},
        )
        for network in options.networks
    }


class SpacescanProvider:
    """The client of Spacescan."""

    name = NAME
    retired = False

    def __init__(self, options: SpacescanOptions, http: HttpClient) -> None:
        if options.testnet_prefix not in CHIA_PREFIX.values():
            raise ConfigError("Spacescan's testnet prefix must be txch or xch.")
        self.networks = options.networks
        self._endpoints = open_endpoints(options, http)
        self.spacing = options.spacing
        self._prefixes = {**CHIA_PREFIX, Network.CHIA_TESTNET11: options.testnet_prefix}
        self._cache = ReadingCache(http.clock, lifetime=timedelta(seconds=options.cache_seconds))

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask what an address holds; a complete reading may come from the last five minutes unless `fresh`."""
        if isinstance(target, AccountId) or target.network not in self._endpoints:
            return Invalid(InvalidReason.ADDRESS, "Spacescan knows addresses on Chia networks only")
        cached = None if fresh else self._cache.get(target)
        if cached is not None:
            return cached
        reading = await self._ask(self._endpoints[target.network], target)
        if isinstance(reading, Complete):
            self._cache.put(target, reading)
        return reading

    async def _ask(self, endpoint: Endpoint, address: Address) -> Reading:
        answer = await endpoint.get("address", "nft-balance", self._spelled(address))
        if isinstance(answer, Unknown):
            return answer
        rows = _rows(answer)
        if isinstance(rows, Unknown):
            if rows.reason is UnknownReason.CONFIG:
                endpoint.alarm.ring(rows.detail)
            return rows
        if len(rows) in _ROUND_SIZES:
            _log.warning("spacescan answered exactly %d rows: is there a limit nobody documented?", len(rows))
        holdings = _holdings(rows) if len(rows) <= _ON_LOOP_ROWS else await asyncio.to_thread(_holdings, rows)
        if isinstance(holdings, Unknown):
            return holdings
        endpoint.alarm.quiet()
        return Complete(holdings, self.name, answer.asked_at)

    def _spelled(self, address: Address) -> str:
        """Write the address with the prefix that the host of its network accepts."""
        decoded = chia_ids.decode(address.text)
        return address.text if decoded is None else chia_ids.encode(self._prefixes[address.network], decoded[1])


def succeeded(answer: Answer) -> dict[str, JsonValue] | Unknown:
    """Return the object in which Spacescan says that it succeeded, or why there is none."""
    if answer.status != 200:
        return Unknown(UnknownReason.BAD_REQUEST, "spacescan refused the request (HTTP 400)")
    body = answer.body
    if not isinstance(body, dict):
        return odd("the body is not an object")
    status = body.get("status")
    if not isinstance(status, str):
        return odd("there is no status")
    return body if status.lower() == "success" else _failure(body.get("message"))


def odd(what: str) -> Unknown:
    """Say that an answer is not what Spacescan documents."""
    return Unknown(UnknownReason.SCHEMA, f"spacescan's answer is not as documented: {what}")


def _rows(answer: Answer) -> list[JsonValue] | Unknown:
    """Find the list of NFTs in an answer, or say why it is not one."""
    body = succeeded(answer)
    if isinstance(body, Unknown):
        return body
    lists = [body[key] for key in _LISTS if key in body]
    if not lists:
        return odd("there is no list")
    first, *others = lists
    # Two lists that differ would leave us guessing which of them is the wallet.
    if not isinstance(first, list) or any(other != first for other in others):
        return odd("the list is not a list, or there are two")
    return first


def _failure(message: JsonValue) -> Unknown:
    """Spacescan says that it failed. Our own checksum has passed, so a refused address points at the set-up."""
    if isinstance(message, str) and "invalid address" in message.lower():
        return Unknown(
            UnknownReason.CONFIG,
            "spacescan refuses a well-formed address: check base_url, testnet_base_url and the testnet prefix",
        )
    return Unknown(UnknownReason.SERVER, "spacescan says that the request failed (HTTP 200)")


def _holdings(rows: list[JsonValue]) -> Holdings | Unknown:
    """Read every row, or none. An NFT that is listed twice counts once, provided that both rows agree on it."""
    found: dict[str, Holding] = {}
    for row in rows:
        if not isinstance(row, dict):
            return odd("a row is not an object")
        asset = read_id(row.get("nft_id"), chia_ids.NFT_PREFIX)
        if asset is None:
            return odd("a row has no valid nft_id")
        # Documented as present; a missing one is a change of format, and guessing would cost somebody a role.
        if "collection_id" not in row:
            return odd("a row has no collection_id")
        collection = None
        if row["collection_id"] is not None:
            collection = read_id(row["collection_id"], chia_ids.COLLECTION_PREFIX)
            if collection is None:
                return odd("a row has an invalid collection_id")
        holding = Holding(asset, collection, 1)
        if found.setdefault(asset, holding) != holding:
            return odd("one NFT is listed in two collections")
    return Holdings.of(found.values())

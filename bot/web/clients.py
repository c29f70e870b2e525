"""Who is at the other end of a connection. What a request says about that itself counts only from trusted proxies."""

import ipaddress
from collections.abc import Sequence

from aiohttp import web

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

UNKNOWN_CLIENT = "unknown"
_MOST_HOPS = 20


class Clients:
    """Tells clients apart by their network address."""

    def __init__(self, trusted_proxies: Sequence[IpNetwork]) -> None:
        self._trusted = tuple(trusted_proxies)

    @property
    def trusts_nobody(self) -> bool:
        """Whether no proxy is trusted, so that every client is who it connects as."""
        return not self._trusted

    def key_of(self, request: web.BaseRequest) -> str:
        """A name for the client, for rate limits: its address, or its /64 with IPv6, where one host has many."""
        address = self._address(request)
        if address is None:
            return UNKNOWN_CLIENT
        if address.version == 6:
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    def is_forwarded_plain(self, request: web.BaseRequest) -> bool:
        """Whether a trusted proxy says that the client came without TLS."""
        peer = _parse(request.remote or "")
        said = request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip().lower()
        return peer is not None and self._is_trusted(peer) and said == "http"

    def _address(self, request: web.BaseRequest) -> IpAddress | None:
        """The nearest address that is not a trusted proxy's: what stands further left anybody can have written."""
        address = _parse(request.remote or "")
        if address is None or not self._is_trusted(address):
            return address
        said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        for hop in reversed(said[-_MOST_HOPS:]):
            before = _parse(hop.strip())
            if before is None:
                break
            address = before
            if not self._is_trusted(address):
                break
        return address

    def _is_trusted(self, address: IpAddress) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)


def _parse(text: str) -> IpAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address

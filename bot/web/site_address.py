"""Under which address the server is reached, and what follows from it: the exact host, origin and kind of cookie."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_DEFAULT_PORT = {"http": 80, "https": 443}
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """The address that browsers use."""

    scheme: str
    authority: str
    """Host, with the port unless it is the scheme's own, in lower case."""
    listening_port: int

    @classmethod
    def of(cls, public_url: str | None, host: str, port: int) -> "SiteAddress":
        """Derive it from the settings: without a public address, the one that is listened on."""
        if public_url is None:
            shown = f"[{host}]" if ":" in host else host
            return cls("http", _authority("http", f"{shown}:{port}"), port)
        parts = urlsplit(public_url)
        return cls(parts.scheme, _authority(parts.scheme, parts.netloc), port)

    @property
    def is_secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """What browsers send as Origin; also the start of every link to a page."""
        return f"{self.scheme}://{self.authority}"

    def is_host(self, named: str, *, for_health: bool = False) -> bool:
        """Whether a Host header names this site. Health checks on the same machine may use a loopback name."""
        authority = _authority(self.scheme, named)
        if authority == self.authority:
            return True
        return for_health and authority in {
            _authority("http", f"{name}:{self.listening_port}") for name in _LOOPBACK_NAMES
        }


def _authority(scheme: str, netloc: str) -> str:
    return netloc.lower().removesuffix(f":{_DEFAULT_PORT[scheme]}")

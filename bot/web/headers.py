"""The headers that every response carries, whatever else it is."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing but our own files. No `sandbox` and no `require-trusted-types-for`: wallets inject code into the page."""

_ALWAYS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Server": "holdfast",
}
_TRANSPORT_SECURITY: Final = "max-age=31536000"


def put_headers(response: web.StreamResponse, *, is_secure: bool) -> None:
    """Put the headers on a response. Only a caching rule that it has already is left alone."""
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    if is_secure:
        response.headers["Strict-Transport-Security"] = _TRANSPORT_SECURITY

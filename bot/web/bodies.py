"""Reading what a page sends: JSON objects of known form and size, in reasonable time."""

import asyncio
from collections.abc import Mapping

import pydantic_core
from aiohttp import web

from bot.domain.networks import Network
from bot.web.refusals import RefusalError, WebCode

MOST_BYTES = 32 * 1024
MOST_SECONDS = 10.0
"""How long a body may take to arrive."""
_CHUNK = 4096


class Body:
    """A JSON object that was sent. Every reader raises `RefusalError` for a value that is missing or does not fit."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def text(self, name: str, longest: int) -> str:
        """A text."""
        value = self._fields.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise RefusalError(WebCode.BAD_REQUEST)
        return value

    def optional_text(self, name: str, longest: int) -> str | None:
        """A text, or null."""
        return None if self._fields.get(name) is None else self.text(name, longest)

    def number(self, name: str) -> int:
        """A positive whole number that a database can hold."""
        value = self._fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
            raise RefusalError(WebCode.BAD_REQUEST)
        return value

    def network(self, name: str = "network") -> Network:
        """A network by its word."""
        try:
            return Network(self.text(name, 40))
        except ValueError:
            raise RefusalError(WebCode.BAD_REQUEST) from None


async def read_body(request: web.Request) -> Body:
    """Read a JSON object. Raises `RefusalError` for anything else, for too much of it, and when it does not come."""
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        raise RefusalError(WebCode.NOT_JSON)
    if request.content_length is not None and request.content_length > MOST_BYTES:
        raise RefusalError(WebCode.TOO_LARGE)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            raw = await _read(request)
    except TimeoutError:
        raise RefusalError(WebCode.TOO_SLOW) from None
    try:
        parsed: object = pydantic_core.from_json(raw, allow_inf_nan=False)  # bounds the nesting, too
    except ValueError:
        raise RefusalError(WebCode.BAD_JSON) from None
    if not isinstance(parsed, dict):
        raise RefusalError(WebCode.BAD_JSON)
    return Body({str(name): value for name, value in parsed.items()})


async def _read(request: web.Request) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise RefusalError(WebCode.TOO_LARGE)
    return bytes(raw)

"""What all pages have in common on the way to the browser and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

Given: TypeAlias = Mapping[str, Sequence[str]]
"""The fields of a form."""


class Annex(Protocol):
    """A page that belongs to something else than the played Discord, and is linked from there."""

    title: str
    path: str

    def add_to(self, app: web.Application) -> None:
        """Put the routes into a web application."""


def html_answer(text: str, status: int = 200) -> web.Response:
    """A page: no scripts, nothing from elsewhere, never kept."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


async def given(request: web.Request) -> Given:
    """Read a form. Raises `HTTPForbidden` when another web page in the same browser sent it."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden
    form = await request.post()
    return {key: [str(value) for value in form.getall(key)] for key in form}


def one(fields: Given, name: str) -> str:
    """The first value of a field, or nothing."""
    values = fields.get(name)
    return values[0] if values else ""

"""Making responses."""

import json
from collections.abc import Mapping

from aiohttp import web

from bot.web.pages import Value


def json_answer(body: Mapping[str, Value], status: int = 200) -> web.Response:
    """A JSON response."""
    return web.Response(text=json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


def page_answer(page: str, status: int = 200) -> web.Response:
    """A page."""
    return web.Response(text=page, status=status, content_type="text/html")


def see(path: str) -> web.Response:
    """Send the browser elsewhere, with GET."""
    return web.Response(status=303, headers={"Location": path})

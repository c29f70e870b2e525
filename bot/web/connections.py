"""Connections: bounded in number and in patience, and polite even to what is not HTTP."""

import asyncio
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from bot.web.answers import json_answer
from bot.web.headers import put_headers

log = structlog.get_logger(__name__)

MOST_CONNECTIONS: Final = 500
"""At the same time. Far more than members need, far fewer than a process can have files open."""
HEAD_SECONDS: Final = 10.0
"""How long a request's head may take to arrive."""
IDLE_SECONDS: Final = 15.0
"""How long a connection is kept open between two requests."""
LINGER_SECONDS: Final = 2.0
"""How long the rest of a body that nobody wants is still taken in, so that the answer gets through."""
_LONGEST_LINE: Final = 4096
_MOST_HEADERS: Final = 64


class _NoAccessLog(AbstractAccessLogger):
    """Paths hold secrets; the metrics count requests by route instead."""

    @property
    def enabled(self) -> bool:
        """Never."""
        return False

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log nothing."""


class GuardedConnection(web.RequestHandler):
    """One connection. aiohttp itself waits for ever for a request's head, and answers bad HTTP without our headers."""

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, *, is_secure: bool) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            max_headers=_MOST_HEADERS,
            auto_decompress=False,
            access_log_class=_NoAccessLog,
        )
        self._server = server
        self._is_secure = is_secure
        self._deadline: asyncio.TimerHandle | None = None
        self._is_answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or drop it when there are too many."""
        super().connection_made(transport)
        if len(self._server.connections) > MOST_CONNECTIONS:
            self._drop()
        else:
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._deadline is None and not self._is_answering:
            self._expect_head()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self._head_is_here()
        super().connection_lost(exc)

    def begin_answer(self) -> None:
        """A whole head has arrived."""
        self._head_is_here()
        self._is_answering = True

    def end_answer(self) -> None:
        """The request is answered: the next one's head has its own time."""
        self._is_answering = False

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent
    ) -> web.StreamResponse:
        """Answer what cannot be understood as HTTP, without repeating any of it here or in the log."""
        self._head_is_here()
        if status >= 500:
            log.error("web.failed", error=type(exc).__name__)
        response = json_answer({"code": "bad_request", "message": "This is not a request.", "again": False}, status)
        put_headers(response, is_secure=self._is_secure)
        response.force_close()
        return response

    def _expect_head(self) -> None:
        self._deadline = self._loop.call_later(HEAD_SECONDS, self._drop)

    def _head_is_here(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _drop(self) -> None:
        self._deadline = None
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

"""The life of the web server: it listens, and ends cleanly."""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from bot.domain.errors import ConfigError
from bot.web.application import WebParts, build_application
from bot.web.connections import GuardedConnection

log = structlog.get_logger(__name__)

_LAST_SECONDS: Final = 3.0
"""For requests under way when the bot stops."""
_BACKLOG: Final = 128


class WebServer:
    """Serves one application on one port."""

    def __init__(self, host: str, port: int, parts: WebParts) -> None:
        self._host = host
        self._port = port
        self._parts = parts
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen. Raises `ConfigError` when that address cannot be listened on."""
        runner = web.AppRunner(build_application(self._parts), access_log=None, shutdown_timeout=_LAST_SECONDS)
        self._runner = runner
        await runner.setup()
        server = runner.server
        if server is None:
            raise RuntimeError("a runner that is set up has a server")
        loop = asyncio.get_running_loop()

        def connection() -> GuardedConnection:
            return GuardedConnection(server, loop, is_secure=self._parts.site.is_secure)

        try:
            self._listener = await loop.create_server(connection, self._host, self._port, backlog=_BACKLOG)
        except OSError as error:
            raise ConfigError(
                f"The web server cannot listen on {self._host} port {self._port} (web.host, web.port): "
                f"{error.strerror or type(error).__name__}. If `holdfast web` serves the page there already, start "
                "`holdfast run` with --no-web."
            ) from None
        log.info("web.listening", host=self._host, port=self._port, public=self._parts.site.origin)

    async def close(self) -> None:
        """Stop listening, finish what is under way, end all connections."""
        if self._listener is not None:
            self._listener.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._parts.log_in is not None:
            await self._parts.log_in.close()

"""Whether the settings of the web server fit together, and its port is what it should be."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import datetime

from bot.config import WebSettings
from bot.domain.errors import ConfigError, StoreBusyError
from bot.domain.markup import moment
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad, good, warning
from bot.services.signs_of_life import ProcessKind, SignsOfLife
from bot.store.migrations import MigrationState, state

_SECONDS = 3.0


def check_web(web: WebSettings) -> CheckResult:
    """Look at the settings alone."""
    label = "Web address"
    if web.enabled:
        return _check_verify_page(web)
    if web.has_log_in:
        return warning(label, "A Discord log-in is set up for a page that is off.", "Set web.enabled = true.")
    if web.public_url is None:
        return good(label, "None is set; members prove wallets by pasting a signature in Discord.")
    return good(label, "It is named in the texts that wallets sign.")


async def check_port(web: WebSettings, url: str, signs: SignsOfLife) -> Sequence[CheckResult]:
    """Look whether the verify page is served, or could be."""
    if not web.enabled:
        return ()
    label, where = "Web port", f"{web.host} port {web.port}"
    if await _answers(web):
        return (good(label, f"Holdfast's page answers on {where}."),)
    elsewhere = await _served_elsewhere(url, signs)
    if elsewhere is not None:
        return (good(label, f"`holdfast web` serves the page, last seen {moment(elsewhere)}."),)
    problem = await asyncio.to_thread(_why_not_free, web.host, web.port)
    if problem is None:
        return (good(label, f"Nobody listens on {where}, so the bot can when it runs."),)
    return (
        bad(
            label,
            f"Holdfast's page does not answer on {where}, and the bot could not listen there: {problem}.",
            "End the program that holds the port, or set web.host and web.port to what is free.",
        ),
    )


async def _served_elsewhere(url: str, signs: SignsOfLife) -> datetime | None:
    """When a process that serves the page was seen, be it on another machine; None if there is none, or no telling."""
    try:
        if await state(url) is not MigrationState.CURRENT:
            return None
        seen = await signs.seen()
    except (ConfigError, StoreBusyError):
        return None
    return max((sign.at for sign in seen if sign.process.kind is ProcessKind.WEB), default=None)


async def _answers(web: WebSettings) -> bool:
    """Whether what listens there is a Holdfast: its liveness page is open to whoever is on this machine."""
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nConnection: close\r\n\r\n"
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104 - compared, not listened on
    try:
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(target, web.port)
            try:
                writer.write(request.encode())
                await writer.drain()
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def _why_not_free(host: str, port: int) -> str | None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return "that host is not an address of this machine"
    for family, kind, protocol, _, address in found[:1]:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                return (error.strerror or type(error).__name__).lower()
    return None


def _check_verify_page(web: WebSettings) -> CheckResult:
    label = "Verify page"
    if web.public_url is None:
        return warning(
            label,
            f"It is served on {web.host} port {web.port} only, where nobody but this machine comes.",
            "Set web.public_url to the address your community knows you by, with a reverse proxy in front.",
        )
    if web.public_url.startswith("http://"):
        return warning(
            label,
            "web.public_url is not encrypted: whoever is on the way can take over what members do there.",
            "Put a reverse proxy with TLS in front, and begin web.public_url with https://.",
        )
    if not web.has_log_in:
        return warning(
            label,
            "Members do not log in to Discord there; a code that they type into Discord completes their first proof.",
            "Set web.oauth_client_id and web.oauth_client_secret, so that a link opens for its own member only.",
        )
    if not web.trusted_proxies:
        return warning(
            label,
            "No reverse proxy is trusted, so that behind one all visitors share one limit of requests.",
            "Name the proxy's network in web.trusted_proxies, unless nothing is in front of Holdfast.",
        )
    return good(label, "It is served, and members log in to Discord there.")

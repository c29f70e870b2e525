"""Faults of the connection and of the status line, the same for every stand-in."""

import asyncio
import socket
import struct

from aiohttp import web

from bot.sandbox.balances.faults import Fault, FaultRule

_JSON = {"Content-Type": "application/json"}
_HTML = "<html><body><h1>{status}</h1></body></html>"
_PLAIN_STATUS = {
    Fault.UNPROCESSABLE: (422, '{"detail": "unprocessable"}'),
    Fault.UNAUTHORIZED: (401, '{"message": "Unauthorized"}'),
    Fault.FORBIDDEN: (403, _HTML.format(status=403)),
    Fault.NOT_FOUND: (404, '{"status": "failed", "message": "Not found"}'),
    Fault.SERVER_ERROR: (500, _HTML.format(status=500)),
    Fault.BAD_GATEWAY: (502, _HTML.format(status=502)),
    Fault.UNAVAILABLE: (503, ""),
    Fault.NO_CONTENT: (204, ""),
    Fault.BAD_REQUEST: (400, '{"status": "failed", "message": "Bad request"}'),
}


async def misbehave(request: web.Request, rule: FaultRule, good: bytes) -> web.StreamResponse | None:
    """Answer as the fault demands, or return None when it is not one of the connection or the status line.

    `good` is the body that would have been sent. A hanging request ends when the client gives up or the server stops.
    """
    details = rule.details
    match rule.fault:
        case Fault.HANG:
            await asyncio.Event().wait()
        case Fault.RESET:
            _reset(request)
            return web.Response()
        case Fault.TRUNCATED:
            return await _half(request, good)
        case Fault.BAD_ENCODING:
            return web.Response(body=good, headers={**_JSON, "Content-Encoding": "gzip"})
        case Fault.REDIRECT_AWAY:
            return web.Response(status=details.status or 302, headers={"Location": details.location})
        case Fault.REDIRECT_HERE:
            return web.Response(status=details.status or 307, headers={"Location": request.path_qs})
        case Fault.RATE_LIMITED:
            headers = {} if details.retry_after is None else {"Retry-After": details.retry_after}
            return web.json_response({"message": "Too many requests"}, status=429, headers=headers)
    if rule.fault not in _PLAIN_STATUS:
        return None
    status, text = _PLAIN_STATUS[rule.fault]
    kind = "text/html" if text.startswith("<") else "application/json"
    return web.Response(status=details.status or status, text=text, content_type=kind)


def _reset(request: web.Request) -> None:
    """Close with a TCP reset, as a crashing server or a firewall does."""
    if request.transport is None:
        return
    raw = request.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


async def _half(request: web.Request, good: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={**_JSON, "Content-Length": str(len(good))})
    await response.prepare(request)
    await response.write(good[: len(good) // 2])
    if request.transport is not None:
        request.transport.close()
    return response

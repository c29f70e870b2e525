"""Speaking to the server below what an HTTP client would do."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawReply:
    """The head of a response, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def send(port: int, request: bytes, timeout: float = 20.0) -> RawReply | None:
    """Send bytes and read until the server closes; None when it closes without a word."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            await writer.drain()
            raw = await reader.read()
        finally:
            writer.close()
    return parsed(raw) if raw else None


def parsed(raw: bytes) -> RawReply:
    """Take a response apart."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return RawReply(int(first.split()[1]), headers, body)


def request(method: str, path: str, host: str, *headers: str, body: bytes = b"") -> bytes:
    """A request that asks for the connection to be closed after it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body

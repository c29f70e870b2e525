"""From an HTTP response to what it means, before any provider looks at the body."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from bot.domain.readings import Unknown, UnknownReason
from bot.providers.json_body import JsonValue, NotJsonError, parse
from bot.providers.quota_headers import DEFAULT_PAUSE, LONGEST_PAUSE, SHORTEST_PAUSE, pause_for_quota

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_OF_ANY_METHOD = frozenset({307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """A body worth reading: of a 200, or of a 400, whose body may say why."""

    status: int
    body: JsonValue
    asked_at: datetime
    """When the request went out (aware, UTC)."""


async def understand(
    response: aiohttp.ClientResponse, *, name: str, asked_at: datetime, now: datetime, most_bytes: int
) -> Answer | Unknown | URL:
    """Return the answer, why there is none, or the address on the same host where it is.

    `name` is the provider, for the details. Raises `aiohttp.ClientError` or `TimeoutError` when the body breaks off.
    """
    status = response.status
    if status in (200, 400):
        return await _read(response, name=name, asked_at=asked_at, most_bytes=most_bytes)
    if status in _REDIRECTS:
        return _redirect(response, name)
    if status == 429:
        wished = pause_asked_for(response.headers.get("Retry-After"), now)
        pause = wished or pause_for_quota(response.headers, now) or DEFAULT_PAUSE
        return Unknown(UnknownReason.RATE, f"{name} asked us to slow down (HTTP 429)", pause)
    if status >= 500:
        pause_or_none = pause_asked_for(response.headers.get("Retry-After"), now)
        return Unknown(UnknownReason.SERVER, f"{name} has trouble (HTTP {status})", pause_or_none)
    reason = {
        401: UnknownReason.AUTH,
        403: UnknownReason.AUTH,
        404: UnknownReason.NOT_FOUND,
    }.get(status, UnknownReason.BAD_REQUEST if status >= 400 else UnknownReason.SCHEMA)
    refused = "refused our API key or User-Agent" if reason is UnknownReason.AUTH else "gave no usable answer"
    return Unknown(reason, f"{name} {refused} (HTTP {status})")


def pause_asked_for(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or an HTTP date, as one second to five minutes; None without one."""
    if header is None:
        return None
    text = header.strip()
    if _SECONDS.fullmatch(text):
        wish = timedelta(seconds=float(text))
    else:
        try:
            date = parsedate_to_datetime(text)
            wish = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wish, SHORTEST_PAUSE), LONGEST_PAUSE)


async def _read(
    response: aiohttp.ClientResponse, *, name: str, asked_at: datetime, most_bytes: int
) -> Answer | Unknown:
    chunks, size = [], 0
    while chunk := await response.content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            return Unknown(UnknownReason.TOO_LARGE, f"{name} sent more than {most_bytes:,} bytes")
    try:
        return Answer(response.status, await parse(b"".join(chunks)), asked_at)
    except NotJsonError:
        reason = UnknownReason.SCHEMA if response.status == 200 else UnknownReason.BAD_REQUEST
        return Unknown(reason, f"{name} sent something that is not JSON (HTTP {response.status})")


def _redirect(response: aiohttp.ClientResponse, name: str) -> Unknown | URL:
    elsewhere = Unknown(UnknownReason.REDIRECT, f"{name} pointed to another host (HTTP {response.status})")
    if response.method != "GET" and response.status not in _REDIRECTS_OF_ANY_METHOD:
        return Unknown(UnknownReason.REDIRECT, f"{name} pointed a question elsewhere (HTTP {response.status})")
    try:
        there = response.url.join(URL(response.headers.get("Location", "")))
        return there if there.origin() == response.url.origin() else elsewhere
    except ValueError:
        return elsewhere

"""The REST side of the server: reads a request, lets faults and limits have their say, calls the handler, records."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from .errors import DiscordError, not_json, unauthorized
from .faults import MEMBER, Answer, Effect, Fault, Faults, When
from .forms import refuse
from .jsontypes import Json, as_int, as_object, dump, parse
from .models import Upload
from .ratelimits import RateLimits
from .rest.routing import Call, Reply, Route, Router
from .traffic import Exchange, Traffic
from .world import World

BASE_PATH = "/api/v10"
MAX_REASON = 512
_BAN = "<html><body><h1>Error 1015</h1>You are being rate limited</body></html>"


@dataclass(frozen=True, slots=True)
class _Body:
    json: Json
    files: Mapping[str, Upload]


class _DropError(Exception):
    """The connection shall be reset instead of answered."""


class RestServer:
    """Answers everything below `/api/v10`."""

    def __init__(self, world: World, router: Router, limits: RateLimits, faults: Faults, traffic: Traffic) -> None:
        self._world = world
        self._router = router
        self._limits = limits
        self._faults = faults
        self._traffic = traffic

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        path = request.path.removeprefix(BASE_PATH)
        answer, route = Answer(0), None
        body = _Body(None, {})
        try:
            body = await _read_body(request)
            route, params = self._router.find(request.method, request.raw_path.split("?")[0].removeprefix(BASE_PATH))
            answer = await self._answer(request, route, params, body)
        except DiscordError as error:
            answer = Answer(error.status, error.body())
        except _DropError:
            if request.transport is not None:
                request.transport.abort()
        self._limits.note_status(answer.status)
        self._traffic.add(
            Exchange(
                request.method,
                None if route is None else route.template,
                path,
                dict(request.query),
                body.json,
                tuple(file.filename for file in body.files.values()),
                _reason(request),
                answer.status,
                answer.body if answer.text is None else answer.text,
                self._world.clock(),
            )
        )
        self._world.changed.notify()
        return _response(answer)

    async def _answer(self, request: web.Request, route: Route, params: Mapping[str, str], body: _Body) -> Answer:
        if self._limits.banned:
            return Answer(429, text=_BAN, headers={"Retry-After": "600"})
        fault = self._faults.take(request.method, route.template, params)
        early = await self._before(fault)
        if early is not None:
            return early
        if route.needs_token and request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise unauthorized()
        limited, headers = self._limits.take(request.method, route.template, params)
        if limited is not None:
            wait = {"Via": "1.1 google", "Retry-After": str(int(limited.retry_after) + 1)}
            return Answer(429, limited.body(), None, {**headers, **wait})
        reason = _reason(request)
        if reason is not None and len(reason) > MAX_REASON:
            raise refuse(("X-Audit-Log-Reason",), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_REASON} or fewer in length.")
        pretend = fault is not None and fault.effect is Effect.PRETEND
        call = Call(request.method, route.template, params, dict(request.query), body.json, body.files, reason, pretend)
        answer = self._call(route, call, headers)
        if fault is not None and fault.when is When.AFTER:
            if isinstance(fault.effect, Answer):
                return fault.effect
            raise _DropError
        return answer

    def _call(self, route: Route, call: Call, headers: Mapping[str, str]) -> Answer:
        try:
            reply = route.handler(call)
        except DiscordError as error:
            return Answer(error.status, error.body(), None, headers)
        return Answer(reply.status, self._show(call, reply), None, headers)

    def _show(self, call: Call, reply: Reply) -> Json:
        if call.method == "GET" and call.route == MEMBER:
            guild_id, user_id = as_int(call.params["guild_id"]), as_int(call.params["user_id"])
            if guild_id is not None and user_id is not None and self._faults.hides_roles(guild_id, user_id):
                return {**as_object(reply.body), "roles": []}
        return reply.body

    async def _before(self, fault: Fault | None) -> Answer | None:
        if fault is None or fault.when is When.AFTER:
            return None
        match fault.effect:
            case Answer() as answer:
                return answer
            case Effect.DROP:
                raise _DropError
            case Effect.HANG:
                await fault.released.wait()
                raise _DropError
            case Effect.SLOW:
                await asyncio.sleep(fault.seconds)
        return None


def _reason(request: web.Request) -> str | None:
    text = request.headers.get("X-Audit-Log-Reason")
    return None if text is None else unquote(text)


def _response(answer: Answer) -> web.Response:
    if answer.status == 204 or answer.status == 0:
        return web.Response(status=204, headers=answer.headers)
    if answer.text is not None:
        return web.Response(status=answer.status, text=answer.text, content_type="text/html", headers=answer.headers)
    # Exactly `application/json`: clients compare the whole header.
    headers = {**answer.headers, "Content-Type": "application/json"}
    return web.Response(status=answer.status, body=dump(answer.body).encode(), headers=headers)


async def _read_body(request: web.Request) -> _Body:
    if not request.can_read_body:
        return _Body(None, {})
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    text = await request.read()
    if not text:
        return _Body(None, {})
    if request.content_type != "application/json":
        raise refuse((), "CONTENT_TYPE_INVALID", 'Expected "Content-Type" header to be "application/json".')
    return _Body(_parse(text), {})


async def _read_multipart(request: web.Request) -> _Body:
    payload: Json = None
    files: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is None:
            payload = _parse(data) if part.name == "payload_json" else payload
        else:
            content_type = part.headers.get("Content-Type", "application/octet-stream")
            files[part.name] = Upload(part.filename, data, content_type)
    return _Body(payload, files)


def _parse(text: bytes) -> Json:
    try:
        return parse(text)
    except ValueError:
        raise not_json() from None

"""Requests, answers, and how a request finds its handler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from bot.sandbox.discord.errors import method_not_allowed, not_found
from bot.sandbox.discord.forms import refuse
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.models import Upload


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read and matched to its route."""

    method: str
    route: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    files: Mapping[str, Upload]
    """Uploaded files by their part's name, `files[0]`."""
    reason: str | None
    """The decoded `X-Audit-Log-Reason`."""
    pretend: bool = False
    """Check everything and answer as if it were done, but change nothing (a fault that role writes can have)."""

    def id(self, name: str) -> int:
        """An id in the path. Raises DiscordError 50035 when it is none."""
        text = self.params[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            raise refuse((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return int(text)

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """An integer in the query. Raises DiscordError 50035 when it does not fit."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit():
            raise refuse((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
        if not least <= int(text) <= most:
            raise refuse((name,), "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")
        return int(text)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean in the query."""
        text = self.query.get(name)
        return default if text is None else text.lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. 204 has no body."""

    status: int = 200
    body: Json = None


NO_CONTENT = Reply(204)

Handler: TypeAlias = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template as in Discord's OpenAPI description."""

    method: str
    template: str
    handler: Handler
    needs_token: bool = True
    """Interaction endpoints authenticate by the token in their path."""

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters of a path that fits the template, else None."""
        parts = self.template.strip("/").split("/")
        if len(parts) != len(segments):
            return None
        params: dict[str, str] = {}
        for part, segment in zip(parts, segments, strict=True):
            if part.startswith("{"):
                params[part[1:-1]] = segment
            elif part != segment:
                return None
        return params


class Router:
    """Finds the route of a request. Templates with more literal parts win: `@me` before `{user_id}`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[Route]] = {}
        for route in sorted(routes, key=lambda one: one.template.count("{")):
            self._by_length.setdefault(route.template.count("/"), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and its parameters. Raises DiscordError 404 or 405 (code 0) when there is none."""
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        other_method = False
        for route in self._by_length.get(len(segments), []):
            params = route.match(segments)
            if params is None:
                continue
            if route.method == method:
                return route, params
            other_method = True
        raise method_not_allowed() if other_method else not_found()

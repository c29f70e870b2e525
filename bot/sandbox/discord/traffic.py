"""What the bot asked and what it got: every REST request, for tests and for the curious."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .jsontypes import Json


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer. `status` 0 means that the connection was dropped instead of an answer."""

    method: str
    route: str | None
    """The template as in Discord's OpenAPI description, `/guilds/{guild_id}`; None when there is no such route."""
    path: str
    query: Mapping[str, str]
    body: Json
    files: tuple[str, ...]
    reason: str | None
    status: int
    response: Json
    at: float


class Traffic:
    """The record of all requests, oldest first."""

    def __init__(self, limit: int = 100_000) -> None:
        self._exchanges: list[Exchange] = []
        self._limit = limit

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest go when there are too many."""
        self._exchanges.append(exchange)
        if len(self._exchanges) > self._limit:
            del self._exchanges[: self._limit // 10]

    def clear(self) -> None:
        """Forget everything."""
        self._exchanges.clear()

    def to(self, method: str, route: str) -> list[Exchange]:
        """The exchanges on one route, as `to("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")`."""
        return [one for one in self._exchanges if (one.method, one.route) == (method, route)]

    @property
    def unknown_routes(self) -> list[Exchange]:
        """Requests to routes that the sandbox does not have."""
        return [one for one in self._exchanges if one.route is None]

    @property
    def role_writes(self) -> list[Exchange]:
        """Requests that would change a member's roles, whatever came of them."""
        return [
            one
            for one in self._exchanges
            if one.route is not None
            and one.route.startswith("/guilds/{guild_id}/members/{user_id}")
            and one.method in ("PUT", "DELETE", "PATCH")
        ]

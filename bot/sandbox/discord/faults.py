"""Faults on demand: what a REST answer can be when Discord, or the way to it, has a bad day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

from .errors import SandboxError
from .jsontypes import Json

MEMBER = "/guilds/{guild_id}/members/{user_id}"
MEMBER_ROLE = MEMBER + "/roles/{role_id}"
_HTML = "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"


class When(Enum):
    """What becomes of the request itself."""

    INSTEAD = "instead"
    """It is not carried out."""
    AFTER = "after"
    """It is carried out, and then the answer goes wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A made-up answer: JSON, or text when `text` is set."""

    status: int
    body: Json = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Effect(Enum):
    """What goes wrong, other than the answer itself."""

    DROP = "drop the connection"
    HANG = "never answer"
    SLOW = "answer late"
    PRETEND = "accept without applying"
    EMPTY_ROLES = "leave out the member's roles"


@dataclass(slots=True, eq=False)
class Fault:
    """One rule. `hits` counts how often it struck; `left` None means until cleared."""

    method: str
    route: str
    effect: Effect | Answer
    when: When = When.INSTEAD
    left: int | None = None
    guild_id: int | None = None
    user_id: int | None = None
    seconds: float = 0.0
    hits: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def clear(self) -> None:
        """Let it strike no more, and let go of the requests that it holds."""
        self.left = 0
        self.released.set()

    def strikes(self, method: str, route: str, params: Mapping[str, str]) -> bool:
        """Whether this request is meant."""
        return (
            self.left != 0
            and self.method in ("*", method)
            and fnmatchcase(route, self.route)
            and (self.guild_id is None or params.get("guild_id") == str(self.guild_id))
            and (self.user_id is None or params.get("user_id") == str(self.user_id))
        )

    def strike(self) -> None:
        """Count one hit."""
        self.hits += 1
        if self.left is not None:
            self.left -= 1


class Faults:
    """The rules in force. Routes are templates as in Discord's OpenAPI description, `*` matches anything.

    Every method that makes a rule takes `times` (None: until cleared), and `guild_id`/`user_id` to narrow it down.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a rule in force. Raises SandboxError for `PRETEND` on a route where nothing can be pretended."""
        if fault.effect is Effect.PRETEND and fault.route not in (MEMBER, MEMBER_ROLE):
            raise SandboxError("only role writes can be accepted without being applied")
        self._faults.append(fault)
        return fault

    def take(self, method: str, route: str, params: Mapping[str, str]) -> Fault | None:
        """The first rule that strikes this request; its hit is counted."""
        for fault in self._faults:
            if fault.effect is not Effect.EMPTY_ROLES and fault.strikes(method, route, params):
                fault.strike()
                return fault
        return None

    def hides_roles(self, guild_id: int, user_id: int) -> bool:
        """Whether this member shall be shown without roles now; the hit is counted."""
        params = {"guild_id": str(guild_id), "user_id": str(user_id)}
        for fault in self._faults:
            if fault.effect is Effect.EMPTY_ROLES and fault.strikes("GET", MEMBER, params):
                fault.strike()
                return True
        return False

    def clear(self) -> None:
        """End all faults."""
        for fault in self._faults:
            fault.clear()
        self._faults.clear()

    def fail(
        self,
        method: str,
        route: str,
        status: int,
        code: int = 0,
        message: str = "Sandbox fault",
        *,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Answer with a Discord error, as `fail("PUT", MEMBER_ROLE, 403, 50013)`."""
        answer = Answer(status, {"message": message, "code": code})
        return self.add(Fault(method, route, answer, When.INSTEAD, times, guild_id, user_id))

    def server_error(
        self,
        method: str,
        route: str,
        status: int = 503,
        *,
        after: bool = False,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Answer 5xx with an HTML page; `after` carries the request out first."""
        answer = Answer(status, text=_HTML.format(status=status))
        when = When.AFTER if after else When.INSTEAD
        return self.add(Fault(method, route, answer, when, times, guild_id, user_id))

    def rate_limit(
        self,
        method: str,
        route: str,
        retry_after: float = 0.1,
        *,
        via: bool = True,
        is_global: bool = False,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Answer 429. Without `via` it is Cloudflare's: an HTML page that gives no bucket."""
        if via:
            body: dict[str, Json] = {
                "message": "You are being rate limited.",
                "retry_after": retry_after,
                "global": is_global,
                "code": 0,
            }
            headers = {"Via": "1.1 google", "Retry-After": str(max(1, round(retry_after)))}
            answer = Answer(429, body, None, headers)
        else:
            answer = Answer(429, text=_HTML.format(status=429), headers={"Retry-After": "600"})
        return self.add(Fault(method, route, answer, When.INSTEAD, times, guild_id, user_id))

    def drop(
        self,
        method: str,
        route: str,
        *,
        after: bool = False,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Reset the connection instead of answering; `after` carries the request out first.

        HTTP clients (aiohttp for one) repeat an idempotent request once when a kept connection breaks; `times=2`
        makes the loss felt.
        """
        when = When.AFTER if after else When.INSTEAD
        return self.add(Fault(method, route, Effect.DROP, when, times, guild_id, user_id))

    def hang(
        self,
        method: str,
        route: str,
        *,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Never answer; the connection is dropped when the fault is cleared (and see `drop`)."""
        return self.add(Fault(method, route, Effect.HANG, When.INSTEAD, times, guild_id, user_id))

    def slow(
        self,
        method: str,
        route: str,
        seconds: float,
        *,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Answer late, otherwise as always."""
        return self.add(Fault(method, route, Effect.SLOW, When.INSTEAD, times, guild_id, user_id, seconds))

    def accept_without_applying(
        self,
        method: str,
        route: str = MEMBER_ROLE,
        *,
        times: int | None = 1,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> Fault:
        """Answer a role write as if it were done, and do nothing."""
        return self.add(Fault(method, route, Effect.PRETEND, When.INSTEAD, times, guild_id, user_id))

    def empty_roles(self, *, times: int | None = 1, guild_id: int | None = None, user_id: int | None = None) -> Fault:
        """Show members without their roles, to GET member and to gateway requests for members."""
        return self.add(Fault("GET", MEMBER, Effect.EMPTY_ROLES, When.INSTEAD, times, guild_id, user_id))

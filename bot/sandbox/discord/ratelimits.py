"""Rate limits as Discord keeps them: a bucket per route and major parameter, and a global one.

Discord documents the headers, 50 requests a second for all, and that interaction endpoints are exempt from it; the
sizes of buckets are measured. Windows are fixed: the first request opens one.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .jsontypes import Json

MAJOR_PARAMETERS = ("guild_id", "channel_id", "webhook_id", "webhook_token")
_EXEMPT = ("/interactions/", "/webhooks/{webhook_id}/{webhook_token}")


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BucketRule:
    """Which routes share a bucket, and its size."""

    name: str
    allowance: Allowance


_MEMBER_ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
_MEMBER = "/guilds/{guild_id}/members/{user_id}"
_MESSAGES = "/channels/{channel_id}/messages"


def discord_rules() -> dict[tuple[str, str], BucketRule]:
    """Measured buckets by (method, route). What is not here gets the default allowance."""
    member_roles = BucketRule("member-roles", Allowance(10, 10.0))
    return {
        ("PUT", _MEMBER_ROLE): member_roles,
        ("DELETE", _MEMBER_ROLE): member_roles,
        ("PATCH", _MEMBER): BucketRule("member-edit", Allowance(10, 10.0)),
        ("POST", _MESSAGES): BucketRule("message-create", Allowance(5, 5.0)),
        ("PATCH", _MESSAGES + "/{message_id}"): BucketRule("message-edit", Allowance(5, 5.0)),
        ("DELETE", _MESSAGES + "/{message_id}"): BucketRule("message-delete", Allowance(5, 1.0)),
    }


@dataclass(slots=True)
class _Window:
    allowance: Allowance
    opened: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Limited:
    """A request that came too early: status 429 with this body."""

    retry_after: float
    is_global: bool

    def body(self) -> dict[str, Json]:
        """The body of the 429."""
        return {
            "message": "You are being rate limited.",
            "retry_after": round(self.retry_after, 3),
            "global": self.is_global,
            "code": 0,
        }


@dataclass(slots=True)
class RateLimits:
    """The limits and what became of them. Change any field while running; `enabled=False` switches all off."""

    enabled: bool = True
    global_per_second: int = 50
    default: Allowance = Allowance(50, 1.0)
    rules: dict[tuple[str, str], BucketRule] = field(default_factory=discord_rules)
    clock: Callable[[], float] = time.monotonic
    invalid_limit: int = 10_000
    """Answers of 401, 403 and 429 in ten minutes that get the host banned."""
    limited: int = 0
    """How many requests got a 429."""
    limited_globally: int = 0
    requests: int = 0
    _windows: dict[str, _Window] = field(default_factory=dict)
    _global: _Window | None = None
    _invalid: deque[float] = field(default_factory=deque)

    def take(self, method: str, route: str, params: Mapping[str, str]) -> tuple[Limited | None, dict[str, str]]:
        """Count one request. Gives the refusal, if it is one, and the X-RateLimit headers."""
        self.requests += 1
        if not self.enabled:
            return None, {}
        now = self.clock()
        if not route.startswith(_EXEMPT):
            blocked = self._take_global(now)
            if blocked is not None:
                return blocked, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        if route.startswith("/interactions/"):
            return None, {}
        rule = self.rules.get((method, route), BucketRule(f"{method} {route}", self.default))
        major = ":".join(params[name] for name in MAJOR_PARAMETERS if name in params)
        window = self._window(f"{rule.name}:{major}", rule.allowance, now)
        resets_in = max(0.0, window.opened + window.allowance.seconds - now)
        refused = window.used >= window.allowance.requests
        if not refused:
            window.used += 1
        headers = {
            "X-RateLimit-Limit": str(window.allowance.requests),
            "X-RateLimit-Remaining": str(window.allowance.requests - window.used),
            "X-RateLimit-Reset": f"{time.time() + resets_in:.3f}",
            "X-RateLimit-Reset-After": f"{resets_in:.3f}",
            "X-RateLimit-Bucket": hashlib.blake2b(rule.name.encode(), digest_size=16).hexdigest(),
        }
        if not refused:
            return None, headers
        self.limited += 1
        return Limited(resets_in, False), headers | {"X-RateLimit-Scope": "user"}

    def _window(self, key: str, allowance: Allowance, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or window.allowance != allowance or now >= window.opened + allowance.seconds:
            window = _Window(allowance, now)
            self._windows[key] = window
        return window

    def _take_global(self, now: float) -> Limited | None:
        if self._global is None or now >= self._global.opened + 1.0:
            self._global = _Window(Allowance(self.global_per_second, 1.0), now)
        if self._global.used >= self.global_per_second:
            self.limited += 1
            self.limited_globally += 1
            return Limited(self._global.opened + 1.0 - now, True)
        self._global.used += 1
        return None

    def note_status(self, status: int) -> None:
        """Count an answer that Discord calls invalid: 401, 403, 429."""
        if status in (401, 403, 429):
            self._invalid.append(self.clock())

    @property
    def invalid_requests(self) -> int:
        """Invalid answers in the last ten minutes."""
        oldest = self.clock() - 600.0
        while self._invalid and self._invalid[0] < oldest:
            self._invalid.popleft()
        return len(self._invalid)

    @property
    def banned(self) -> bool:
        """Whether the host is banned: then every answer is a 429 without `Via`, in HTML."""
        return self.enabled and self.invalid_requests >= self.invalid_limit

"""How much is left of one of Discord's limits, and how long to wait for it.

Discord counts in windows: the first request opens one, and at its end the whole limit is free again.
https://discord.com/developers/docs/topics/rate-limits#header-format-rate-limit-header-examples
"""

import math
from dataclasses import dataclass, replace

from bot.domain.urgency import Urgency

_RESERVED_PART = 5
"""One of so many requests is kept for people until the end of a window is near."""
_MARGIN = 0.002
"""Seconds between the end of a window and the next request; Discord rounds to milliseconds."""
_PEOPLE_FIRST = 0.5
"""Seconds for which sweeps stand back after a person: the next one's request may be on its way."""


@dataclass(frozen=True, slots=True)
class Room:
    """What Discord last said of a limit."""

    limit: int
    remaining: int
    resets_at: float
    """In seconds, by the clock of whoever asks."""

    def wait(self, urgency: Urgency, window: float, now: float) -> float:
        """How long the next request has to wait, in seconds; at most to the end of the window."""
        left = self.resets_at - now
        if left <= 0:
            return 0.0
        if self.remaining <= 0:
            return left + _MARGIN
        if urgency is Urgency.PERSON or self.remaining > math.ceil(self.limit / _RESERVED_PART):
            return 0.0
        # What is left goes out evenly, and early enough that all of it is used up at the end.
        return max(0.0, left - (self.remaining + 1) * window / self.limit)


@dataclass(frozen=True, slots=True)
class SharedRoom:
    """What several processes know together of a limit. Times are in seconds, by one clock for all.

    Before anything is known one request may go, and the others wait for what its answer tells.
    """

    limit: int = 0
    """0: not known."""
    remaining: int = 0
    resets_at: float = 0.0
    window: float = 1.0
    people_until: float = 0.0
    """Until then sweeps stand back."""

    def ask(self, urgency: Urgency, now: float) -> tuple[float, "SharedRoom"]:
        """Ask for one request. Returns how long to wait before asking again, 0 if it may go; and the room then."""
        is_over = self.resets_at <= now
        room = replace(self, remaining=max(self.limit, 1), resets_at=now + self.window) if is_over else self
        wait = Room(max(room.limit, 1), room.remaining, room.resets_at).wait(urgency, room.window, now)
        if urgency is Urgency.SWEEP:
            wait = max(wait, self.people_until - now)
        else:
            room = replace(room, people_until=now + wait + _PEOPLE_FIRST)
        if wait < _MARGIN / 2:
            return 0.0, replace(room, remaining=room.remaining - 1)
        return wait, replace(self, people_until=room.people_until)

    def told(self, limit: int, remaining: int, resets_at: float, now: float) -> "SharedRoom":
        """What is known after an answer. Others may have asked since, so what is left can only be less."""
        if resets_at <= now:
            return self
        window = resets_at - now if self.limit == 0 or remaining == limit - 1 else max(self.window, resets_at - now)
        is_first = limit != self.limit
        left = remaining if is_first or self.resets_at <= now else min(self.remaining, remaining)
        return replace(self, limit=limit, remaining=left, resets_at=resets_at, window=window)

    def told_nothing(self, now: float) -> "SharedRoom":
        """What is known after a request of which nothing was heard, or an answer that does not speak of limits."""
        return replace(self, resets_at=now) if self.limit == 0 else self

"""Rate limits that need the same little memory however many people come."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_KEYS: Final = 10_000
"""How many people one limit remembers; the longest silent one is forgotten first."""


class RateLimit:
    """A token bucket for each key: `per_minute` requests at once, refilled evenly over a minute."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._size = float(per_minute)
        self._refill = per_minute / 60
        self._monotonic = monotonic
        self._most_keys = most_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> float:
        """Take one request out of a key's bucket. Returns 0, or the seconds until there is room for one."""
        now = self._monotonic()
        left, since = self._buckets.pop(key, (self._size, now))
        left = min(self._size, left + (now - since) * self._refill)
        wait = 0.0 if left >= 1 else (1 - left) / self._refill
        self._buckets[key] = (left if wait else left - 1, now)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        return wait

"""Keeping a pace: calls at even steps, a hair slower than is allowed, where who is late for a moment loses nothing.

A limit of N calls a minute is used up only if every call keeps its own time. With steps that begin at the call before,
each delay of a few milliseconds would be lost for good. So a call may be late by `LATEST` and the next one is still
due in time. For that, and for what the way to the service takes now longer and now shorter, the steps are wider by
`MARGIN`: in a minute these are 300 ms, so that the service never sees N + 1 calls within a minute.
"""

from typing import Final

MARGIN: Final = 1.005
LATEST: Final = 0.1
"""Seconds."""


def step(spacing: float) -> float:
    """Return the time between two calls, where at least `spacing` is allowed; both in seconds."""
    return spacing * MARGIN

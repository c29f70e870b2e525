"""What an API says of itself about how many more calls it will take: believed over our own settings.

Read are `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds from now, or the time as seconds since 1970; both are
in use), `RateLimit-Remaining` and `RateLimit-Reset` (seconds from now), and the one header `RateLimit` of the IETF's
later drafts: `"burst";r=0;t=5, "day";r=900;t=40000`, before that `limit=100, remaining=0, reset=5`.
What cannot be read says nothing.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from multidict import CIMultiDict, CIMultiDictProxy

SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
"""However far away a window's end is, the API is asked again after this long: it may have been meant otherwise."""
DEFAULT_PAUSE = timedelta(seconds=60)

_PAIRS = (("X-RateLimit-Remaining", "X-RateLimit-Reset"), ("RateLimit-Remaining", "RateLimit-Reset"))
_COUNT = re.compile(r"[0-9]{1,15}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_LETTER = {key: re.compile(rf"(?:^|;)\s*{key}\s*=\s*([0-9]{{1,15}})\s*(?=;|$)", re.ASCII) for key in ("r", "t")}
_WORD = {
    key: re.compile(rf"(?:^|[,;])\s*{key}\s*=\s*([0-9]{{1,15}})\s*(?=[,;]|$)", re.ASCII)
    for key in ("remaining", "reset")
}
_SINCE_1970 = 1_000_000_000
"""A reset beyond this is no span of seconds: it would be thirty years."""

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """One limit of an API: so many calls are left, and in so long there are more (None: it does not say)."""

    remaining: int
    resets_in: timedelta | None


def quota_windows(headers: Headers, now: datetime) -> tuple[QuotaWindow, ...]:
    """Read all limits that an answer speaks of; `now` is aware."""
    pairs = [_pair(headers, remaining, reset, now) for remaining, reset in _PAIRS]
    listed = [window for text in headers.getall("RateLimit", ()) for window in _listed(text)]
    return (*(window for window in pairs if window is not None), *listed)


def pause_for_quota(headers: Headers, now: datetime, *, under_way: int = 0) -> timedelta | None:
    """Return how long not to call, one second to five minutes; None when there is room.

    `under_way` calls were sent and not answered yet: they will use up what is left.
    """
    spent = [window for window in quota_windows(headers, now) if window.remaining <= under_way]
    if not spent:
        return None
    longest = max(DEFAULT_PAUSE if window.resets_in is None else window.resets_in for window in spent)
    return min(max(longest, SHORTEST_PAUSE), LONGEST_PAUSE)


def _pair(headers: Headers, remaining: str, reset: str, now: datetime) -> QuotaWindow | None:
    left = headers.get(remaining, "").strip()
    if _COUNT.fullmatch(left) is None:
        return None
    return QuotaWindow(int(left), _until(headers.get(reset, "").strip(), now))


def _until(text: str, now: datetime) -> timedelta | None:
    if _SECONDS.fullmatch(text) is None:
        return None
    seconds = float(text)
    if seconds >= _SINCE_1970:
        seconds -= now.timestamp()
    # An absurd number may be beyond what a time span can hold, and means no more than a long one.
    return timedelta(seconds=min(max(seconds, 0), 2 * LONGEST_PAUSE.total_seconds()))


def _listed(text: str) -> list[QuotaWindow]:
    words = {key: pattern.search(text) for key, pattern in _WORD.items()}
    if words["remaining"] is not None:
        return [_window(words["remaining"], words["reset"])]
    windows = []
    for policy in re.sub(r'"[^"]*"', '""', text).split(","):
        left = _LETTER["r"].search(policy)
        if left is not None:
            windows.append(_window(left, _LETTER["t"].search(policy)))
    return windows


def _window(left: re.Match[str], until: re.Match[str] | None) -> QuotaWindow:
    reset = None if until is None else timedelta(seconds=min(int(until[1]), 2 * int(LONGEST_PAUSE.total_seconds())))
    return QuotaWindow(int(left[1]), reset)

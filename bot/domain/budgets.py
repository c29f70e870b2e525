"""What the bot may spend: how close it is to what Discord bans for, and the calls that balance services allow."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RefusalFigures:
    """Requests that Discord refused (401, 403, 429) within a rolling window."""

    used: int
    limit: int
    """At so many the bot stops asking until older ones leave the window; Discord bans at twenty times as many."""
    window: timedelta

    @property
    def is_open(self) -> bool:
        """Whether the bot still asks."""
        return self.used < self.limit


RESERVED_PART = 10
"""One part in so many of a month's quota is kept for people who wait: who link a wallet, or have it read again."""


def for_sweeps(quota: int) -> int:
    """Return how many of a month's calls sweeps may spend, people's calls counted as well."""
    return quota - math.ceil(quota / RESERVED_PART)


@dataclass(frozen=True, slots=True)
class CallBudget:
    """What a provider lets us spend, and what is spent. Times are aware."""

    provider: str
    spacing: float
    """The least time between two calls, in seconds."""
    spent: int
    """Calls this month."""
    quota: int | None
    """Calls a month; None: no limit is known."""
    resets_at: datetime
    """When the next month begins."""
    paused_for: float = 0.0
    """For how many seconds more the provider wants no call."""

    @property
    def left_for_sweeps(self) -> int | None:
        """How many calls sweeps may still spend this month; None: as many as the pace allows."""
        return None if self.quota is None else max(0, for_sweeps(self.quota) - self.spent)

    def room(self, now: datetime, month: timedelta = timedelta(days=30)) -> int | None:
        """Return how many calls sweeps may make now without living at the expense of the rest of the month.

        A day's share may be spent ahead. None: as many as the pace allows.
        """
        if self.quota is None:
            return None
        ahead = month - max(self.resets_at - now, timedelta(0)) + timedelta(days=1)
        line = int(for_sweeps(self.quota) * min(1.0, ahead / month))
        return max(0, line - self.spent)

    def spacing_of_sweeps(self, now: datetime) -> float:
        """Return the time between two calls of sweeps that lasts for the month, in seconds; inf: none is left."""
        left = self.left_for_sweeps
        if left is None:
            return self.spacing
        if left == 0:
            return math.inf
        return max(self.spacing, (self.resets_at - now).total_seconds() / left)


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often wallets are read."""

    lively: timedelta
    """Those that changed lately."""
    quiet: timedelta | None
    """Those that did not; None: none at all, as no call is left."""
    is_stretched: bool = False
    """Whether the budget does not allow for the interval that the host wishes for."""
    is_too_slow: bool = False
    """Whether readings grow older than they may, so that roles freeze in between."""


LONGEST_SHARE = 0.9
"""The part of the time that a reading may be old, within which the next one is planned where that is possible."""


def cadence(
    wallets: int,
    lively: int,
    spacing: float,
    interval: timedelta,
    stale_after: timedelta,
) -> Cadence:
    """Return how often wallets can be read, when one call for each is made every `spacing` seconds.

    `lively` of the wallets changed lately. These are read as often as the host wishes, as far as the others do not grow
    stale for it.
    """
    wish, limit = interval.total_seconds(), stale_after.total_seconds() * LONGEST_SHARE
    if spacing == math.inf:
        return Cadence(interval, None, is_stretched=True, is_too_slow=True) if wallets else Cadence(interval, interval)
    even = wallets * spacing
    if even <= wish:
        return Cadence(interval, interval)
    quiet = wallets - lively
    if even >= limit or not quiet or not lively:
        every = timedelta(seconds=even)
        return Cadence(every, every, is_stretched=True, is_too_slow=every > stale_after)
    rate = 1 / spacing
    left = rate - lively / wish
    slow = quiet / left if left > 0 else math.inf
    if slow <= limit:
        return Cadence(interval, timedelta(seconds=slow), is_stretched=True)
    fast = lively / (rate - quiet / limit)
    return Cadence(timedelta(seconds=fast), timedelta(seconds=limit), is_stretched=True)

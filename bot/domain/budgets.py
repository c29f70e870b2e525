"""How close the bot is to what Discord bans for."""

from dataclasses import dataclass
from datetime import timedelta


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

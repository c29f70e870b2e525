"""A provider that is no more.

Its network stays known and the roles that rest on it stay as they are: a service that was shut down says nothing about
what anybody holds.
"""

from datetime import date

from bot.domain.addresses import ReadTarget
from bot.domain.networks import Network
from bot.domain.readings import Reading, Unknown, UnknownReason


class RetiredProvider:
    """Stands where a dead provider was and answers `Unknown` without a call. `since` is None when nobody noted it."""

    retired = True
    spacing = 0.0

    def __init__(self, name: str, networks: frozenset[Network], since: date | None = None) -> None:
        self.name = name
        self.networks = networks
        when = f" since {since.isoformat()}" if since is not None else ""
        self._reading = Unknown(
            UnknownReason.RETIRED, f"{name} is retired{when}; roles that rest on it stay as they are"
        )

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Answer that nobody can tell any more."""
        del target, fresh
        return self._reading

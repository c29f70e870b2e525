"""What every provider is, for the parts that use one."""

from typing import Protocol

from bot.domain.addresses import ReadTarget
from bot.domain.networks import Network
from bot.domain.readings import Reading


class Provider(Protocol):
    """The client of one balance API."""

    @property
    def name(self) -> str:
        """The word for it in settings, readings and logs, e.g. `spacescan`."""

    @property
    def networks(self) -> frozenset[Network]:
        """The networks it can be asked about."""

    @property
    def retired(self) -> bool:
        """Whether the host declared it dead: it answers, but nobody should link a wallet for its sake."""

    @property
    def spacing(self) -> float:
        """The least time between two calls, in seconds."""

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask what a wallet holds.

        A complete reading may be up to five minutes old (its `observed_at` says how old); `fresh` asks the API in any
        case. Whatever goes wrong is `Unknown` or `Invalid`; nothing but cancellation is raised.
        """

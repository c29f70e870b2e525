"""What balance services let us spend, as the settings, the meter and the services themselves say."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.domain.budgets import CallBudget
from bot.domain.networks import Network
from bot.provider_settings import ProvidersSettings
from bot.providers.clock import Clock
from bot.providers.directory import ProviderDirectory
from bot.providers.meter import until_next_month


def quotas(settings: ProvidersSettings) -> Mapping[str, int | None]:
    """Calls a month by provider; None where no limit is set."""
    return {
        "spacescan": settings.spacescan.monthly_quota,
        "mintgarden": settings.mintgarden.monthly_quota,
        "loopring": settings.loopring.monthly_quota,
    }


@dataclass(frozen=True, slots=True)
class ProviderBudgets:
    """Looks budgets up."""

    directory: ProviderDirectory
    quotas: Mapping[str, int | None]
    spent: Callable[[str], Awaitable[int]]
    """Counts a provider's calls of this month. Raises `StoreBusyError`."""
    clock: Clock

    async def of(self, network: Network) -> CallBudget | None:
        """Return the budget of the provider that is asked about a network; None without one. Raises `StoreBusyError`.

        What is spent is looked up only where it matters.
        """
        name = self.directory.serving(network)
        if name is None:
            return None
        now, quota = self.clock.now(), self.quotas.get(name)
        return CallBudget(
            provider=name,
            spacing=self.directory.spacing(network),
            spent=0 if quota is None else await self.spent(name),
            quota=quota,
            resets_at=now + until_next_month(now),
            paused_for=self.directory.paused_for(name),
        )

"""Who is asked about which network."""

from collections.abc import Iterable

from bot.domain.addresses import ReadTarget
from bot.domain.networks import Network
from bot.domain.readings import Reading, Unknown, UnknownReason
from bot.providers.provider import Provider

_MOST_AT_ONCE = 16
_QUEUE_SECONDS = 4.0
"""How long somebody may have to wait behind a sweep's calls."""


class ProviderDirectory:
    """The registered providers, best first: of two that serve one network, the first one is asked.

    There is no falling back from one to the other: the answers would alternate between two opinions about one wallet.
    """

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._by_network: dict[Network, Provider] = {}
        for provider in providers:
            for network in provider.networks:
                self._by_network.setdefault(network, provider)

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks on which linking a wallet makes sense: served, and not by a retired provider."""
        return tuple(network for network in Network if self._serves(network))

    def provider_for(self, network: Network) -> Provider | None:
        """Return the provider that is asked about a network, retired or not."""
        return self._by_network.get(network)

    def at_once(self, network: Network) -> int:
        """How many wallets of a network a sweep should ask about at the same time, at least 1.

        Few where the provider's pace is slow, so that a member who waits does not queue behind a sweep.
        """
        provider = self.provider_for(network)
        if provider is None or provider.spacing * _MOST_AT_ONCE <= _QUEUE_SECONDS:
            return _MOST_AT_ONCE
        return max(1, int(_QUEUE_SECONDS / provider.spacing))

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask the provider of the target's network; see `Provider.read`."""
        provider = self.provider_for(target.network)
        if provider is None:
            return Unknown(UnknownReason.NO_PROVIDER, f"no enabled provider serves {target.network.label}")
        return await provider.read(target, fresh=fresh)

    def _serves(self, network: Network) -> bool:
        provider = self._by_network.get(network)
        return provider is not None and not provider.retired

"""Who is asked about which network."""

from collections.abc import Iterable, Sequence

from bot.domain.addresses import ReadTarget
from bot.domain.canaries import CanaryReport
from bot.domain.networks import Network
from bot.domain.readings import Reading, Unknown, UnknownReason
from bot.providers.canary import GuardedProvider
from bot.providers.collection_reader import CollectionReader
from bot.providers.provider import Provider

_MOST_AT_ONCE = 16
_WHILE = 10.0
_MOST_IN_A_WHILE = 5_000
_QUEUE_SECONDS = 4.0
"""How long somebody may have to wait behind a sweep's calls."""


class ProviderDirectory:
    """The registered providers, best first: of two that serve one network, the first one is asked.

    There is no falling back from one to the other: the answers would alternate between two opinions about one wallet.
    The second may be asked for its opinion, though, and `readers` for whole collections.
    """

    def __init__(self, providers: Iterable[Provider], readers: Iterable[CollectionReader] = ()) -> None:
        self._by_network: dict[Network, Provider] = {}
        self._second: dict[Network, Provider] = {}
        self._readers: dict[Network, CollectionReader] = {}
        for provider in providers:
            for network in provider.networks:
                if self._by_network.setdefault(network, provider) is not provider and not provider.retired:
                    self._second.setdefault(network, provider)
        for reader in readers:
            for network in reader.networks:
                self._readers.setdefault(network, reader)

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks on which linking a wallet makes sense: served, and not by a retired provider."""
        return tuple(network for network in Network if self._serves(network))

    def provider_for(self, network: Network) -> Provider | None:
        """Return the provider that is asked about a network, retired or not."""
        return self._by_network.get(network)

    def second_opinion(self, network: Network) -> Provider | None:
        """Return the provider to ask when the first one's answer is to be doubted; None when there is no other."""
        return self._second.get(network)

    def collection_reader(self, network: Network) -> CollectionReader | None:
        """Return who can read whole collections on a network; None when nobody can."""
        return self._readers.get(network)

    def at_once(self, network: Network) -> int:
        """How many wallets of a network a sweep should ask about at the same time, at least 1.

        Few where the provider's pace is slow, so that a member who waits does not queue behind a sweep.
        """
        provider = self.provider_for(network)
        if provider is None or provider.spacing * _MOST_AT_ONCE <= _QUEUE_SECONDS:
            return _MOST_AT_ONCE
        return max(1, int(_QUEUE_SECONDS / provider.spacing))

    def spacing(self, network: Network) -> float:
        """The least time between two calls to the provider of a network, in seconds."""
        provider = self.provider_for(network)
        return 0.0 if provider is None else provider.spacing

    @property
    def canaries(self) -> Sequence[CanaryReport]:
        """How the canaries of the networks that have one stand. Costs no call."""
        guarded = dict.fromkeys(one for one in self._by_network.values() if isinstance(one, GuardedProvider))
        return [report for one in guarded for report in one.canaries if self._by_network[report.network] is one]

    async def look_at_canaries(self) -> None:
        """Read every canary that was not read lately; each costs a call."""
        for one in dict.fromkeys(self._by_network.values()):
            if isinstance(one, GuardedProvider):
                await one.look()

    def in_a_while(self, network: Network) -> int:
        """How many wallets of a network can be read in about ten seconds, at least `at_once`."""
        provider = self.provider_for(network)
        at_pace = (
            _MOST_IN_A_WHILE if provider is None else int(_WHILE / max(provider.spacing, _WHILE / _MOST_IN_A_WHILE))
        )
        return max(self.at_once(network), at_pace)

    async def read(self, target: ReadTarget, *, fresh: bool = False) -> Reading:
        """Ask the provider of the target's network; see `Provider.read`."""
        provider = self.provider_for(target.network)
        if provider is None:
            return Unknown(UnknownReason.NO_PROVIDER, f"no enabled provider serves {target.network.label}")
        return await provider.read(target, fresh=fresh)

    def _serves(self, network: Network) -> bool:
        provider = self._by_network.get(network)
        return provider is not None and not provider.retired

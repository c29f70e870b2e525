"""Who is asked about which network."""

from collections.abc import Callable, Iterable, Sequence

from bot.domain.addresses import Address, ReadTarget
from bot.domain.canaries import CanaryReport
from bot.domain.collection_passes import CollectionPass, PassTarget
from bot.domain.networks import Network
from bot.domain.readings import Reading, Unknown, UnknownReason
from bot.providers.canary import GuardedProvider
from bot.providers.collection_reader import CollectionReader
from bot.providers.errands import for_sweep
from bot.providers.provider import Provider

_MOST_AT_ONCE = 16
_WHILE = 10.0
_MOST_IN_A_WHILE = 5_000
_QUEUE_SECONDS = 4.0
"""How long somebody may have to wait behind a sweep's calls."""


class ProviderDirectory:
    """The registered providers, best first: of two that serve one network, the first one is asked.

    `read` never falls back from one to the other: the answers would alternate between two opinions about one wallet.
    The second may be asked for its opinion, though, and `readers` for whole collections. `pauses` tells for how many
    seconds more a provider wants no call.
    """

    def __init__(
        self,
        providers: Iterable[Provider],
        readers: Iterable[CollectionReader] = (),
        pauses: Callable[[str], float] = lambda _: 0.0,
    ) -> None:
        self._pauses = pauses
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

    def reads_collections(self, network: Network) -> bool:
        """Whether somebody can list whole collections on a network."""
        return network in self._readers

    def pass_calls(self, network: Network, size: int) -> int:
        """How many calls a pass over a collection of that size takes. Raises `KeyError` where nobody can."""
        return self._readers[network].calls_for(size)

    async def size_of(self, target: PassTarget) -> int | Unknown:
        """Ask for a sweep how large a collection is. Raises `KeyError` where nobody can tell."""
        with for_sweep():
            return await self._readers[target.network].count(target)

    async def pass_over(self, target: PassTarget) -> CollectionPass:
        """Ask for a sweep who holds a collection. Raises `KeyError` where nobody can tell."""
        with for_sweep():
            return await self._readers[target.network].read_collection(target)

    async def read_for_sweep(self, address: Address) -> Reading:
        """Ask what a wallet holds, behind everybody who waits in person."""
        with for_sweep():
            return await self.read(address, fresh=True)

    def has_second(self, network: Network) -> bool:
        """Whether another provider can be asked for its opinion about a wallet."""
        return network in self._second

    async def ask_second(self, address: Address) -> Reading:
        """Ask the other provider what a wallet holds, behind everybody who waits. Raises `KeyError` without one."""
        with for_sweep():
            return await self._second[address.network].read(address, fresh=True)

    def serving(self, network: Network) -> str | None:
        """Return the name of the provider that is asked about a network; None without one, or when it is retired."""
        provider = self._by_network.get(network)
        return None if provider is None or provider.retired else provider.name

    def paused_for(self, provider: str) -> float:
        """For how many seconds more a provider wants no call, as far as this process was told."""
        return self._pauses(provider)

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

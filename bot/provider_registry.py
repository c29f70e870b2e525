"""The registered providers, in order of preference.

A new one is one entry here; docs/developers/adding-a-provider.md tells the rest.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from bot.domain.addresses import parse_address
from bot.domain.networks import Network
from bot.provider_settings import (
    LoopringSettings,
    MintGardenSettings,
    ProvidersSettings,
    Retired,
    SpacescanSettings,
)
from bot.providers.canary import GuardedProvider
from bot.providers.collection_reader import CollectionReader
from bot.providers.directory import ProviderDirectory
from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.loopring_holders import LoopringHolders
from bot.providers.mintgarden import MintGardenOptions, MintGardenProvider
from bot.providers.provider import Provider
from bot.providers.retired import RetiredProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider
from bot.providers.spacescan_collections import SpacescanCollections


class Registration(NamedTuple):
    """One provider: whether the host uses it, whether it is dead, its canaries, and how to build it and its reader."""

    enabled: bool
    retired: Retired
    canaries: Mapping[Network, str | None]
    """By network: a wallet that is known to hold something."""
    build: Callable[[HttpClient], Provider]
    build_reader: Callable[[HttpClient], CollectionReader] | None = None
    """For an API that can list whole collections."""


def registrations(settings: ProvidersSettings) -> tuple[Registration, ...]:
    """Every provider there is, best first."""
    spacescan, mintgarden, loopring = settings.spacescan, settings.mintgarden, settings.loopring
    return (
        Registration(
            spacescan.enabled,
            spacescan.retired,
            {Network.CHIA_MAINNET: spacescan.canary, Network.CHIA_TESTNET11: spacescan.testnet_canary},
            lambda http: SpacescanProvider(_spacescan(spacescan), http),
            lambda http: SpacescanCollections(_spacescan(spacescan), http),
        ),
        Registration(
            mintgarden.enabled,
            mintgarden.retired,
            {Network.CHIA_MAINNET: mintgarden.canary, Network.CHIA_TESTNET11: mintgarden.testnet_canary},
            lambda http: MintGardenProvider(_mintgarden(mintgarden), http),
            lambda http: MintGardenProvider(_mintgarden(mintgarden), http),
        ),
        Registration(
            loopring.enabled,
            loopring.retired,
            {Network.LOOPRING: loopring.canary, Network.LOOPRING_TESTNET: loopring.testnet_canary},
            lambda http: LoopringProvider(_loopring(loopring), http),
            lambda http: LoopringHolders(_loopring(loopring), http),
        ),
    )


def _spacescan(settings: SpacescanSettings) -> SpacescanOptions:
    return SpacescanOptions(
        networks=frozenset[Network](settings.networks),
        base_url=settings.base_url or "",
        testnet_base_url=settings.testnet_base_url or "",
        api_key=settings.api_key.get_secret_value(),
        testnet_prefix=settings.testnet_prefix,
        requests_per_minute=settings.requests_per_minute,
    )


def _mintgarden(settings: MintGardenSettings) -> MintGardenOptions:
    return MintGardenOptions(
        networks=frozenset[Network](settings.networks),
        base_url=settings.base_url,
        testnet_base_url=settings.testnet_base_url,
        requests_per_minute=settings.requests_per_minute,
    )


def _loopring(settings: LoopringSettings) -> LoopringOptions:
    return LoopringOptions(
        base_url=settings.base_url,
        testnet_base_url=settings.testnet_base_url,
        api_key=settings.api_key.get_secret_value(),
        requests_per_second=settings.requests_per_second,
    )


def build_directory(settings: ProvidersSettings, http: HttpClient) -> ProviderDirectory:
    """Build the enabled providers, each behind its canaries. A retired one stays known, and says that it is retired."""
    providers: list[Provider] = []
    readers: list[CollectionReader] = []
    for registration in registrations(settings):
        if not registration.enabled:
            continue
        provider = registration.build(http)
        if registration.retired is not False:
            since = registration.retired if isinstance(registration.retired, date) else None
            provider = RetiredProvider(provider.name, provider.networks, since)
        elif any(registration.canaries.values()):
            wallets = {network: parse_address(network, text) for network, text in registration.canaries.items() if text}
            provider = GuardedProvider(provider, wallets, http.clock)
        if registration.retired is False and registration.build_reader is not None:
            reader = registration.build_reader(http)
            readers.append(provider.guarding(reader) if isinstance(provider, GuardedProvider) else reader)
        providers.append(provider)
    # Who was switched on beside a service that is no more is to be asked in its place.
    return ProviderDirectory(sorted(providers, key=lambda provider: provider.retired), readers, pauses=http.paused_for)

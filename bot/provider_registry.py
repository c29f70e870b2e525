"""The registered providers, in order of preference.

A new one is one entry here; docs/developers/adding-a-provider.md tells the rest.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from bot.config import ProvidersSettings, Retired
from bot.domain.networks import Network
from bot.providers.directory import ProviderDirectory
from bot.providers.http import HttpClient
from bot.providers.loopring import LoopringOptions, LoopringProvider
from bot.providers.provider import Provider
from bot.providers.retired import RetiredProvider
from bot.providers.spacescan import SpacescanOptions, SpacescanProvider


class Registration(NamedTuple):
    """One provider: whether the host uses it, whether it is dead, and how to build it."""

    enabled: bool
    retired: Retired
    build: Callable[[HttpClient], Provider]


def registrations(settings: ProvidersSettings) -> tuple[Registration, ...]:
    """Every provider there is, best first."""
    spacescan, loopring = settings.spacescan, settings.loopring
    return (
        Registration(
            spacescan.enabled,
            spacescan.retired,
            lambda http: SpacescanProvider(
                SpacescanOptions(
                    networks=frozenset[Network](spacescan.networks),
                    base_url=spacescan.base_url or "",
                    testnet_base_url=spacescan.testnet_base_url or "",
                    api_key=spacescan.api_key.get_secret_value(),
                    testnet_prefix=spacescan.testnet_prefix,
                    requests_per_minute=spacescan.requests_per_minute,
                ),
                http,
            ),
        ),
        Registration(
            loopring.enabled,
            loopring.retired,
            lambda http: LoopringProvider(
                LoopringOptions(
                    base_url=loopring.base_url,
                    testnet_base_url=loopring.testnet_base_url,
                    api_key=loopring.api_key.get_secret_value(),
                    requests_per_second=loopring.requests_per_second,
                ),
                http,
            ),
        ),
    )


def build_directory(settings: ProvidersSettings, http: HttpClient) -> ProviderDirectory:
    """Build the enabled providers. A retired one stays known, and answers that it is retired."""
    providers: list[Provider] = []
    for registration in registrations(settings):
        if not registration.enabled:
            continue
        provider = registration.build(http)
        if registration.retired is not False:
            since = registration.retired if isinstance(registration.retired, date) else None
            provider = RetiredProvider(provider.name, provider.networks, since)
        providers.append(provider)
    return ProviderDirectory(providers)

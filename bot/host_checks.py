"""The doctor's checks of the installation: database, providers, Discord settings, web settings."""

from collections.abc import Sequence

from bot.config import Settings
from bot.domain.errors import ConfigError, StoreBusyError
from bot.domain.networks import Network
from bot.providers.directory import ProviderDirectory
from bot.services.health import CheckResult, CheckStatus, HostCheck
from bot.store.migrations import MigrationState, state

GOOD, WARNING, BAD = CheckStatus.GOOD, CheckStatus.WARNING, CheckStatus.BAD


def host_checks(settings: Settings, reader: ProviderDirectory) -> Sequence[HostCheck]:
    """All checks of the installation. None of them costs a call of a provider's quota."""

    async def database() -> Sequence[CheckResult]:
        return [await _check_database(settings.database.url.get_secret_value())]

    async def providers() -> Sequence[CheckResult]:
        return [_check_network(settings, reader, network) for network in Network]

    async def discord() -> Sequence[CheckResult]:
        return [_check_discord(settings)]

    async def web() -> Sequence[CheckResult]:
        return [_check_web(settings)]

    return (database, providers, discord, web)


async def _check_database(url: str) -> CheckResult:
    try:
        schema = await state(url)
    except (ConfigError, StoreBusyError) as error:
        return CheckResult("Database", BAD, str(error), "Check database.url, and that the database runs.")
    match schema:
        case MigrationState.CURRENT:
            return CheckResult("Database", GOOD, "It answers, and its schema is the current one.")
        case MigrationState.EMPTY:
            return CheckResult("Database", GOOD, "It is empty; `holdfast run` sets it up.")
        case MigrationState.BEHIND:
            return CheckResult("Database", BAD, "Its schema is older than this version.", "Run `holdfast migrate`.")
        case MigrationState.AHEAD:
            return CheckResult("Database", BAD, "A newer version wrote it.", "Install that version of Holdfast again.")


def _check_network(settings: Settings, reader: ProviderDirectory, network: Network) -> CheckResult:
    label = f"Balances on {network.label}"
    provider = reader.provider_for(network)
    if provider is None:
        return CheckResult(
            label, WARNING, "No enabled provider reads it.", "Enable one under [providers] if you need it."
        )
    if provider.retired:
        return CheckResult(label, GOOD, f"{provider.name} is retired: roles that rest on it stay as they are.")
    if provider.name == "loopring" and not settings.providers.loopring.api_key.get_secret_value():
        return CheckResult(
            label,
            WARNING,
            "Loopring's relayer was shut down in June 2026, and there is no api_key: readings will be unknown.",
            "Set providers.loopring.retired = 2026-06-28, or the api_key if you have an API that answers.",
        )
    return CheckResult(label, GOOD, f"Read from {provider.name}.")


def _check_discord(settings: Settings) -> CheckResult:
    if not settings.discord.token.get_secret_value():
        return CheckResult(
            "Discord token",
            BAD,
            "No token is set.",
            "Copy it from your application's Bot page in Discord's developer portal into discord.token.",
        )
    return CheckResult("Discord token", GOOD, "A token is set.")


def _check_web(settings: Settings) -> CheckResult:
    web = settings.web
    if web.enabled:
        return _check_verify_page(settings)
    if web.has_log_in:
        return CheckResult(
            "Web address", WARNING, "A Discord log-in is set up for a page that is off.", "Set web.enabled = true."
        )
    if settings.web.public_url is None:
        return CheckResult("Web address", GOOD, "None is set; members prove wallets by pasting a signature in Discord.")
    return CheckResult("Web address", GOOD, "It is named in the texts that wallets sign.")


def _check_verify_page(settings: Settings) -> CheckResult:
    label, web = "Verify page", settings.web
    if web.public_url is None:
        return CheckResult(
            label,
            WARNING,
            f"It is served on {web.host} port {web.port} only, where nobody but this machine comes.",
            "Set web.public_url to the address your community knows you by, with a reverse proxy in front.",
        )
    if web.public_url.startswith("http://"):
        return CheckResult(
            label,
            WARNING,
            "web.public_url is not encrypted: whoever is on the way can take over what members do there.",
            "Put a reverse proxy with TLS in front, and begin web.public_url with https://.",
        )
    if not web.has_log_in:
        return CheckResult(
            label,
            WARNING,
            "Members do not log in to Discord there; a code that they type into Discord completes their first proof.",
            "Set web.oauth_client_id and web.oauth_client_secret, so that a link opens for its own member only.",
        )
    if not web.trusted_proxies:
        return CheckResult(
            label,
            WARNING,
            "No reverse proxy is trusted, so that behind one all visitors share one limit of requests.",
            "Name the proxy's network in web.trusted_proxies, unless nothing is in front of Holdfast.",
        )
    return CheckResult(label, GOOD, "It is served, and members log in to Discord there.")

"""Whether balances can be read: the service, its pace, its quota, and what came of the latest readings."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yarl import URL

from bot.config import Settings, SweepSettings
from bot.domain.budgets import CallBudget, cadence
from bot.domain.canaries import CanaryReport, CanaryState
from bot.domain.diagnosis import NetworkReadings
from bot.domain.durations import format_duration
from bot.domain.markup import moment
from bot.domain.networks import Network
from bot.provider_budgets import ProviderBudgets
from bot.providers.clock import Clock
from bot.providers.directory import ProviderDirectory
from bot.providers.loopring import BASE_URLS
from bot.providers.meter import until_next_month
from bot.providers.provider import Provider
from bot.providers.reach import why_unreachable
from bot.services.doctor import CheckResult
from bot.services.doctor.results import bad, good, warning

_NEARLY_SPENT = 0.9
_LOOK_SECONDS = 30.0
_TELLING_DAYS = 3
"""So many days into a month, the calls so far say something about the rest of it."""


@dataclass(frozen=True, slots=True)
class Balances:
    """The checks of the balance services."""

    settings: Settings
    directory: ProviderDirectory
    clock: Clock
    quotas: Mapping[str, int | None]
    spent: Callable[[str], Awaitable[int]]
    """Counts a provider's calls of this month. Raises `StoreBusyError`."""
    origins: Callable[[], Sequence[tuple[str, URL]]]
    """Names of providers, and where their APIs are."""

    async def check_network(self, network: Network, readings: NetworkReadings | None) -> Sequence[CheckResult]:
        """Look at one network. `readings`: what came of it lately; None when nobody linked a wallet there."""
        label = f"Balances on {network.label}"
        provider = self.directory.provider_for(network)
        if provider is None:
            return [_not_read(label, readings)]
        if provider.retired:
            return [good(label, f"{provider.name} is retired: roles that rest on it stay as they are.")]
        if self._is_shut_down(provider, network) and not (readings and readings.unreadable < readings.wallets):
            return [
                warning(
                    label,
                    "Loopring's relayer was shut down in June 2026, and there is no api_key: readings will be unknown.",
                    "Set providers.loopring.retired = 2026-06-28, or the api_key if you have an API that answers.",
                )
            ]
        return [_check_readings(label, provider, readings), *self._check_canary(network)]

    async def look_at_canaries(self) -> None:
        """Read the canaries that were not read lately, within bounds; each costs a call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self.directory.look_at_canaries()

    async def check_pace(self, readings: NetworkReadings) -> Sequence[CheckResult]:
        """Whether a network's wallets can all be read in time."""
        provider, interval = self.directory.provider_for(readings.network), self.settings.sweep.interval
        if provider is None or provider.retired:
            return ()
        budget = await ProviderBudgets(self.directory, self.quotas, self.spent, self.clock).of(readings.network)
        if budget is not None and budget.quota is not None:
            quota = _check_cadence(budget, readings, self.settings.sweep, self.clock.now())
            if quota is not None:
                return (quota,)
        needed = timedelta(seconds=provider.spacing * readings.wallets)
        label = f"Pace on {readings.network.label}"
        one_pass = f"One pass over {_wallets(readings.wallets)} takes about {_span(needed)} at {provider.name}'s pace"
        if needed <= interval:
            return (good(label, f"{one_pass}; each is read every {format_duration(interval)}."),)
        return (
            warning(
                label,
                f"{one_pass}, which is longer than sweep.interval ({format_duration(interval)}). So readings grow "
                "older than you asked for.",
                f"Raise sweep.interval, or get a key with a higher pace for providers.{provider.name}.",
            ),
        )

    async def check_quotas(self) -> Sequence[CheckResult]:
        """How much of the month's calls is spent. Raises `StoreBusyError`."""
        names = sorted({provider.name for provider in self._serving()})
        return [self._check_quota(name, await self.spent(name)) for name in names]

    async def check_reach(self) -> Sequence[CheckResult]:
        """Whether the services' hosts can be reached. Opens connections; asks nothing that counts as a call."""
        serving = {provider.name for provider in self._serving()}
        found = []
        for name, origin in self.origins():
            if name not in serving:
                continue
            label, problem = f"Way to {name}", await why_unreachable(origin)
            if problem is None:
                found.append(good(label, f"{origin.host} can be reached."))
            else:
                found.append(
                    warning(
                        label,
                        f"{origin.host} cannot be reached from here ({problem}). Roles that rest on it freeze.",
                        f"See whether this machine reaches the internet, and whether the service is still there. Is it "
                        f"gone for good, set providers.{name}.retired to the day.",
                    )
                )
        return found

    def _check_canary(self, network: Network) -> Sequence[CheckResult]:
        label = f"Canary on {network.label}"
        for report in self.directory.canaries:
            if report.network is network:
                return (_judge_canary(label, report),)
        return ()

    def _serving(self) -> Sequence[Provider]:
        found = (self.directory.provider_for(network) for network in Network)
        return [provider for provider in found if provider is not None and not provider.retired]

    def _is_shut_down(self, provider: Provider, network: Network) -> bool:
        loopring = self.settings.providers.loopring
        asked = loopring.base_url if network is Network.LOOPRING else loopring.testnet_base_url
        return provider.name == "loopring" and asked == BASE_URLS[network] and not loopring.api_key.get_secret_value()

    def _check_quota(self, name: str, spent: int) -> CheckResult:
        label, quota, now = f"Calls to {name}", self.quotas.get(name), self.clock.now()
        if quota is None:
            return good(label, f"{spent} this month; no monthly quota is set.")
        starts_again = moment(now + until_next_month(now))
        left = max(0, quota - spent)
        used = f"{spent} of {quota} are used this month, {left} are left"
        more = f"Raise providers.{name}.monthly_quota if your plan allows more, or sweep.interval to read less often."
        if not left:
            return bad(
                label, f"{used}. Readings are unknown and roles freeze until it starts again {starts_again}.", more
            )
        ends_at = _spent_at(spent, quota, now)
        if spent >= quota * _NEARLY_SPENT or ends_at is not None:
            when = "" if ends_at is None else f" At this pace they are spent {moment(ends_at)}."
            return warning(label, f"{used}; it starts again {starts_again}.{when}", more)
        return good(label, f"{used}; it starts again {starts_again}.")


def _check_readings(label: str, provider: Provider, readings: NetworkReadings | None) -> CheckResult:
    if readings is None:
        return good(label, f"Read from {provider.name}. Nobody has linked a wallet there yet.")
    newest = readings.newest_reading
    last = "there was no complete reading yet" if newest is None else f"the last complete reading was {moment(newest)}"
    since = "" if readings.unreadable_since is None else f" since {moment(readings.unreadable_since)}"
    fix = f"It tries again by itself. The host sees the cause in the bot's log, in the lines about {provider.name}."
    if readings.unreadable and readings.unreadable == readings.wallets:
        return bad(label, f"No wallet could be read from {provider.name}{since}; {last}.", fix)
    if readings.unreadable:
        return warning(label, f"Some wallets could not be read from {provider.name}{since}; {last}.", fix)
    return good(label, f"Read from {provider.name}; {last}.")


def _judge_canary(label: str, report: CanaryReport) -> CheckResult:
    since = "" if report.since is None else f" since {moment(report.since)}"
    match report.state:
        case CanaryState.HOLDS:
            return good(label, f"{report.provider} shows what it is known to hold{since}.")
        case CanaryState.UNREAD:
            return good(label, "It is read with the next wallet.")
        case CanaryState.UNREADABLE:
            return warning(
                label,
                f"{report.provider} could not be asked about it{since}, so it is not believed that a wallet is empty.",
                "Nothing is lost, and it is tried again by itself. The host sees the cause in the bot's log.",
            )
        case CanaryState.EMPTY:
            return bad(
                label,
                f"{report.provider} reads it as empty{since}, so none of its answers is believed: roles stay as they "
                "are.",
                "Most often the service is in trouble and recovers. If the wallet was emptied, the host must set "
                f"another canary under [providers.{report.provider}].",
            )


def _not_read(label: str, readings: NetworkReadings | None) -> CheckResult:
    if readings is None:
        return good(label, "No enabled provider reads it, and nobody has linked a wallet there.")
    return bad(
        label,
        "No enabled provider reads it, though wallets are linked there: the roles that rest on them are frozen.",
        "Enable a provider for it under [providers].",
    )


def _spent_at(spent: int, quota: int, now: datetime) -> datetime | None:
    """When the quota ends if calls go on as they did this month; None when it lasts, or the month is too young."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    elapsed = now - first
    if elapsed < timedelta(days=_TELLING_DAYS) or not spent:
        return None
    if elapsed * quota > (elapsed + until_next_month(now)) * spent:
        return None
    return first + elapsed * (quota / spent)


def _check_cadence(
    budget: CallBudget, readings: NetworkReadings, sweep: SweepSettings, now: datetime
) -> CheckResult | None:
    """Judge how often the month's calls let each wallet be read; None when as often as was asked for."""
    label = f"Pace on {readings.network.label}"
    found = cadence(readings.wallets, 0, budget.spacing_of_sweeps(now), sweep.interval, sweep.stale_after)
    more = f"Raise providers.{budget.provider}.monthly_quota if your plan allows more, or sweep.interval."
    if found.quiet is None:
        return bad(
            label, f"No call to {budget.provider} is left for sweeps this month, so no wallet is re-checked.", more
        )
    if not found.is_stretched:
        return None
    every = f"each of {_wallets(readings.wallets)} every {_span(found.quiet)} at this quota"
    if found.is_too_slow:
        stale = format_duration(sweep.stale_after)
        return bad(
            label, f"It reads {every}. Readings older than {stale} do not count, so roles freeze in between.", more
        )
    return warning(label, f"It reads {every}, and not every {format_duration(sweep.interval)} as you asked for.", more)


def _wallets(number: int) -> str:
    return "1 wallet" if number == 1 else f"{number} wallets"


def _span(span: timedelta) -> str:
    """A span to the full minute or, when it is long, to the full hour."""
    unit = 3600 if span >= timedelta(hours=10) else 60
    return format_duration(timedelta(seconds=max(unit, int(span.total_seconds()) // unit * unit)))

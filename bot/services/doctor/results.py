"""What a check comes to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.diagnosis import NetworkReadings
from bot.domain.networks import Network


class CheckStatus(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: what was looked at, how it is, why, and what to do about it.

    Texts use Discord's markup for times, mentions and escaped names; a terminal translates them.
    """

    label: str
    status: CheckStatus
    reason: str
    fix: str = ""


HostCheck = Callable[[], Awaitable[Sequence[CheckResult]]]
"""A check of the installation (database, token, web server); adapters bring their own."""


class BalanceChecks(Protocol):
    """Checks of the balance services. Only looking at canaries costs calls of a provider's quota."""

    async def look_at_canaries(self) -> None:
        """Read the canaries that were not read lately, within bounds."""

    async def check_network(self, network: Network, readings: NetworkReadings | None) -> Sequence[CheckResult]:
        """Look at one network. `readings`: what came of it lately; None when nobody linked a wallet there.

        Every server's admins may see this, so it does not count wallets of the whole installation.
        """

    async def check_pace(self, readings: NetworkReadings) -> Sequence[CheckResult]:
        """Whether a network's wallets can all be read in time."""

    async def check_quotas(self) -> Sequence[CheckResult]:
        """How much of the month's calls is spent."""

    async def check_reach(self) -> Sequence[CheckResult]:
        """Whether the services can be reached from here."""


def good(label: str, reason: str) -> CheckResult:
    """Report that all is well."""
    return CheckResult(label, CheckStatus.GOOD, reason)


def warning(label: str, reason: str, fix: str) -> CheckResult:
    """Report what is worth a look."""
    return CheckResult(label, CheckStatus.WARNING, reason, fix)


def bad(label: str, reason: str, fix: str) -> CheckResult:
    """Report what must be put right."""
    return CheckResult(label, CheckStatus.BAD, reason, fix)

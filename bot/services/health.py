"""The doctor: one engine of checks behind `holdfast doctor` and `/doctor`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.assignability import why_not_assignable
from bot.domain.guilds import ChannelState, GuildSnapshot
from bot.domain.markup import plain
from bot.domain.members import Unreachable
from bot.domain.rules import Rule, RuleState
from bot.services.ports import Clock, DiscordGateway, Store


class CheckStatus(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: what was looked at, how it is, why, and what to do about it."""

    label: str
    status: CheckStatus
    reason: str
    fix: str = ""


HostCheck = Callable[[], Awaitable[Sequence[CheckResult]]]
"""A check of the installation (database, providers, token); adapters bring their own."""


class Doctor:
    """Runs checks and never fails itself: a check that cannot be carried out is a bad result."""

    def __init__(self, store: Store, gateway: DiscordGateway, clock: Clock, host_checks: Sequence[HostCheck]) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._host_checks = host_checks

    async def examine_host(self) -> Sequence[CheckResult]:
        """Check the installation."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_collect(check)) for check in self._host_checks]
        return [result for task in tasks for result in task.result()]

    async def examine_guild(self, guild_id: int) -> Sequence[CheckResult]:
        """Check one server."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            rules = await unit.rules.of_guild(guild_id)
            settings = await unit.settings.get(guild_id)
            figures = await unit.sweeps.figures(guild_id, now)
        guild = await self._gateway.guild(guild_id)
        if isinstance(guild, Unreachable):
            return [
                CheckResult("Discord", CheckStatus.BAD, "Discord does not answer about this server.", "Try again soon.")
            ]
        results = [_check_rule(guild, rule) for rule in rules]
        if not rules:
            results.append(
                CheckResult("Rules", CheckStatus.WARNING, "There are no rules yet.", "Make one with `/rule add`.")
            )
        if settings.log_channel_id is None:
            results.append(
                CheckResult(
                    "Log channel",
                    CheckStatus.WARNING,
                    "No log channel is set, so admins are not told when a rule stops.",
                    "Choose one with `/settings set`.",
                )
            )
        else:
            results.append(await self.examine_log_channel(guild_id, settings.log_channel_id))
        unknown = sum(count for _, count in figures.wallets_unknown)
        if unknown:
            why = ", ".join(f"{count} × {reason.value}" for reason, count in figures.wallets_unknown)
            results.append(
                CheckResult(
                    "Readings",
                    CheckStatus.WARNING,
                    f"{unknown} of {figures.wallets} wallets cannot be read ({why}). Roles that rest on it freeze.",
                    "Nothing is lost: they are tried again by themselves. The host's log says more.",
                )
            )
        else:
            results.append(CheckResult("Readings", CheckStatus.GOOD, _all_read(figures.wallets)))
        return results

    async def examine_log_channel(self, guild_id: int, channel_id: int) -> CheckResult:
        """Check whether a server's admins would be told something in a channel."""
        return _check_log_channel(channel_id, await self._gateway.channel(guild_id, channel_id))


def _check_log_channel(channel_id: int, state: ChannelState | Unreachable) -> CheckResult:
    label = "Log channel"
    match state:
        case ChannelState.OPEN:
            return CheckResult(label, CheckStatus.GOOD, f"<#{channel_id}>")
        case ChannelState.CLOSED:
            return CheckResult(
                label,
                CheckStatus.BAD,
                f"Holdfast may not post in <#{channel_id}>, so admins are not told when a rule stops.",
                "Give it View Channel and Send Messages there, or choose another one with `/settings set`.",
            )
        case ChannelState.GONE:
            return CheckResult(
                label,
                CheckStatus.BAD,
                "The channel does not exist any more, so admins are not told when a rule stops.",
                "Choose another one with `/settings set`.",
            )
        case Unreachable():
            return CheckResult(label, CheckStatus.WARNING, "Discord does not answer about it.", "Try again soon.")


def _all_read(wallets: int) -> str:
    match wallets:
        case 0:
            return "No wallet is linked yet."
        case 1:
            return "1 wallet, and it can be read."
        case _:
            return f"{wallets} wallets, and all of them can be read."


async def _collect(check: HostCheck) -> Sequence[CheckResult]:
    return await check()


def _check_rule(guild: GuildSnapshot, rule: Rule) -> CheckResult:
    label = f"Rule for “{plain(rule.role_name)}”"
    if rule.state is RuleState.PAUSED:
        return CheckResult(label, CheckStatus.WARNING, rule.state_note or "Paused.", "Resume it with `/rule resume`.")
    problem = why_not_assignable(guild, rule.role_id)
    if problem is not None:
        return CheckResult(label, CheckStatus.BAD, problem, "Then use `/rule resume`.")
    if rule.state is not RuleState.ACTIVE:
        return CheckResult(label, CheckStatus.BAD, rule.state_note, "The cause seems gone: use `/rule resume`.")
    return CheckResult(label, CheckStatus.GOOD, "The role can be given and taken.")

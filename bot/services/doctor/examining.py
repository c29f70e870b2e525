"""Running the checks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from bot.domain.budgets import RefusalFigures
from bot.domain.diagnosis import NetworkReadings
from bot.domain.errors import StoreBusyError
from bot.domain.members import Unreachable
from bot.domain.networks import Network
from bot.domain.wallets import ReadingPolicy
from bot.services.doctor.discord_checks import (
    check_budget,
    check_channel,
    check_permissions,
    check_role_order,
    check_rules,
)
from bot.services.doctor.facts import GuildFacts, load_facts
from bot.services.doctor.holding_checks import check_evidence, check_holds, check_pause, check_rivals, check_sweep
from bot.services.doctor.results import BalanceChecks, CheckResult, HostCheck, bad, warning
from bot.services.ports import Clock, DiscordGateway, Store

log = structlog.get_logger(__name__)

_UNTOLD = "so admins are not told when a rule stops or removals wait for them"
_UNNOTICED = "so holders learn of a running grace period only when they use Holdfast next"


class Doctor:
    """Runs checks and never fails itself: a check that cannot be carried out is a bad result."""

    def __init__(
        self,
        store: Store,
        gateway: DiscordGateway,
        clock: Clock,
        policy: ReadingPolicy,
        host_checks: Sequence[HostCheck],
        balances: BalanceChecks,
        work_checks: Sequence[HostCheck],
        refusals: Callable[[], RefusalFigures],
    ) -> None:
        """`work_checks`: of the installation too, and of interest to the admins of every server."""
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._policy = policy
        self._host_checks = host_checks
        self._balances = balances
        self._work_checks = work_checks
        self._refusals = refusals

    async def examine_host(self, *, has_tables: bool = True) -> Sequence[CheckResult]:
        """Check the installation. `has_tables`: whether the database is set up for this version."""
        readings = await self._readings() if has_tables else {}
        if has_tables:  # calls are counted there
            await self._balances.look_at_canaries()
        checks: list[HostCheck] = [*self._host_checks, self._balances.check_reach]
        if has_tables:
            checks += [*self._work_checks, self._balances.check_quotas]
        checks += [partial(self._balances.check_network, network, readings.get(network)) for network in Network]
        checks += [partial(self._balances.check_pace, found) for found in readings.values()]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_collect(check)) for check in checks]
        return [result for task in tasks for result in task.result()]

    async def examine_guild(self, guild_id: int, *, with_host: bool = True) -> Sequence[CheckResult]:
        """Check one server; `with_host`: also what of the installation its rules rest on. Raises `StoreBusyError`."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            facts = await load_facts(unit, guild_id, now, self._policy.stale_after)
        results = [*check_pause(facts), *await self._examine_in_discord(facts)]
        results += [*check_holds(facts), *check_rivals(facts), *check_evidence(facts)]
        results.append(check_sweep(facts, self._policy.interval))
        if not with_host:
            return results
        for check in self._work_checks:
            results += await _collect(check)
        readings = await self._readings()
        for network in facts.networks:
            results += await _collect(partial(self._balances.check_network, network, readings.get(network)))
        return results

    async def _readings(self) -> Mapping[Network, NetworkReadings]:
        async with self._store.reading() as unit:
            return {found.network: found for found in await unit.diagnosis.readings()}

    async def examine_log_channel(self, guild_id: int, channel_id: int) -> CheckResult:
        """Check whether a server's admins would be told something in a channel."""
        return check_channel("Log channel", channel_id, await self._gateway.channel(guild_id, channel_id), _UNTOLD)

    async def _examine_in_discord(self, facts: GuildFacts) -> Sequence[CheckResult]:
        guild = await self._gateway.guild(facts.guild_id)
        if isinstance(guild, Unreachable):
            reason = f"Discord does not answer about this server ({guild.detail}), so its roles could not be checked."
            return [bad("Discord", reason, "Try again soon. Meanwhile no role changes.")]
        return [
            check_permissions(guild),
            check_role_order(guild, facts.rules),
            *check_rules(guild, facts),
            *await self._check_channels(facts),
            *check_budget(self._refusals()),
        ]

    async def _check_channels(self, facts: GuildFacts) -> Sequence[CheckResult]:
        log_id, notice_id = facts.settings.log_channel_id, facts.settings.notice_channel_id
        if log_id is None:
            results = [warning("Log channel", f"None is set, {_UNTOLD}.", "Choose one with `/settings set`.")]
        else:
            results = [await self.examine_log_channel(facts.guild_id, log_id)]
        if notice_id is not None:
            state = await self._gateway.channel(facts.guild_id, notice_id)
            results.append(check_channel("Notice channel", notice_id, state, _UNNOTICED))
        return results


async def _collect(check: HostCheck) -> Sequence[CheckResult]:
    """Carry out one check; one that breaks is a finding too, and keeps none of the others from being told."""
    try:
        return await check()
    except StoreBusyError as error:
        return [bad("Database", str(error), "See the findings about the database.")]
    except Exception:
        log.exception("doctor.check_failed")
        return [
            bad(
                "A check",
                "One check ended in an unexpected error, so nothing is known about its subject.",
                "The host's log has the details; please report it.",
            )
        ]

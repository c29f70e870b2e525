"""What the command line does besides running the bot."""

import asyncio
import json
from dataclasses import asdict, dataclass

import discord
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app import Holdfast, client_options, wire
from bot.config import Settings
from bot.domain.errors import ConfigError
from bot.gateway.client import HoldfastClient
from bot.invite import invite_link
from bot.providers.clock import Clock
from bot.serve import HOW_TO_SET_IT, log_in, prepare_database
from bot.services.health import CheckResult, CheckStatus
from bot.services.housekeeping import LONGEST_SILENCE, Housekeeping
from bot.services.sweeping import SweepTally
from bot.store.engine import create_engine
from bot.store.migrations import MigrationState, state, upgrade
from bot.store.store import SqlStore

_MARK = {CheckStatus.GOOD: "ok  ", CheckStatus.WARNING: "warn", CheckStatus.BAD: "BAD "}


@dataclass(frozen=True, slots=True)
class Report:
    """The doctor's findings."""

    results: tuple[CheckResult, ...]

    @property
    def has_failures(self) -> bool:
        """Whether something is really wrong."""
        return any(result.status is CheckStatus.BAD for result in self.results)

    def as_text(self) -> str:
        """For people."""
        lines = []
        for result in self.results:
            lines.append(f"{_MARK[result.status]}  {result.label}: {result.reason}")
            if result.fix:
                lines.append(f"      -> {result.fix}")
        return "\n".join(lines)

    def as_json(self) -> str:
        """For support and programs."""
        return json.dumps({"checks": [asdict(result) for result in self.results]}, ensure_ascii=False, indent=2)


async def migrate(settings: Settings) -> str:
    """Apply missing migrations; returns what to tell the host. Raises `ConfigError` for a newer database."""
    url = settings.database.url.get_secret_value()
    before = await state(url)
    await upgrade(url)
    if before is MigrationState.CURRENT:
        return "The database is up to date already."
    return "The database was set up." if before is MigrationState.EMPTY else "The database was migrated."


async def examine(settings: Settings, clock: Clock) -> Report:
    """Run the doctor's checks of the installation, the log-in to Discord included."""
    holdfast = wire(settings, clock, members_intent=False)
    try:
        results = list(await holdfast.services.doctor.examine_host())
        if settings.discord.token.get_secret_value():
            results.append(await _check_log_in(settings, holdfast.client))
        return Report(tuple(results))
    finally:
        await holdfast.close()


async def sweep(settings: Settings, clock: Clock, *, once: bool) -> int:
    """Sweep over REST, without the gateway. Returns the exit code: 3 when wallets could not be read."""
    token = _token(settings)
    await prepare_database(settings.database.url.get_secret_value())
    holdfast = wire(settings, clock, members_intent=False)
    try:
        await log_in(holdfast.client, token, clock)
        if not once:
            holdfast.clockwork.start()
            await asyncio.Event().wait()
        tally = await _sweep_once(holdfast)
    finally:
        await holdfast.close()
    print(
        f"{tally.wallets_read} wallets checked, {tally.wallets_unknown} of them unknown; "
        f"{tally.members} members reconciled, {tally.roles_changed} roles changed."
    )
    return 3 if tally.wallets_unknown else 0


async def health(settings: Settings, clock: Clock) -> int:
    """Look for a recent heartbeat in the database. Returns the exit code, 0 when there is one."""
    if await state(settings.database.url.get_secret_value()) is not MigrationState.CURRENT:
        print("The bot is not at work: its database is not set up for this version.")
        return 1
    engine = create_engine(settings.database.url.get_secret_value())
    try:
        beat = await Housekeeping(SqlStore(engine), clock).last_beat()
    finally:
        await engine.dispose()
    if beat is None or clock.now() - beat > LONGEST_SILENCE:
        print("The bot is not at work" + (f": last seen {beat.isoformat()}." if beat else "."))
        return 1
    print(f"The bot is at work: last seen {beat.isoformat()}.")
    return 0


async def invite(settings: Settings, clock: Clock) -> str:
    """Ask Discord which application the token belongs to, and build its invite link."""
    client = HoldfastClient(client_options(settings, members_intent=False))
    try:
        await log_in(client, _token(settings), clock)
        if client.application_id is None:
            raise ConfigError("Discord did not say which application the token belongs to. Try again.")
        return invite_link(client.application_id)
    finally:
        await client.close()


async def _sweep_once(holdfast: Holdfast) -> SweepTally:
    async with holdfast.store.unit() as unit:
        total = (await unit.sweeps.figures(None, holdfast.services.clock.now())).wallets
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        wallets = progress.add_task("wallets", total=total)

        def show(tally: SweepTally) -> None:
            progress.update(wallets, completed=tally.wallets_read, total=max(total, tally.wallets_read))

        return await holdfast.sweeper.run_once(everything=True, on_progress=show)


async def _check_log_in(settings: Settings, client: HoldfastClient) -> CheckResult:
    try:
        await client.login(_token(settings))
    except discord.LoginFailure:
        return CheckResult("Discord log-in", CheckStatus.BAD, "Discord refused the token.", HOW_TO_SET_IT)
    except (discord.HTTPException, OSError) as error:
        return CheckResult(
            "Discord log-in", CheckStatus.BAD, f"Discord does not answer ({type(error).__name__}).", "Try again later."
        )
    flags = client.application_flags
    if settings.discord.members_intent and not (flags.gateway_guild_members or flags.gateway_guild_members_limited):
        return CheckResult(
            "Discord log-in",
            CheckStatus.WARNING,
            "The token works; the Server Members Intent is off: who re-joins gets the roles back at the next command.",
            "Switch it on under Bot in the developer portal, or set discord.members_intent = false.",
        )
    return CheckResult("Discord log-in", CheckStatus.GOOD, "The token works.")


def _token(settings: Settings) -> str:
    token = settings.discord.token.get_secret_value().strip()
    if not token:
        raise ConfigError(f"No Discord bot token is set (discord.token). {HOW_TO_SET_IT}")
    return token

"""What a host types."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import update_wrapper
from pathlib import Path
from typing import NoReturn

import click

from bot import backups, hosting, web_process, working
from bot import check as checking
from bot import doctor as doctoring
from bot.config import Settings, config_path, load_settings
from bot.demo import play
from bot.domain.errors import ConfigError, HoldfastError
from bot.domain.networks import Network
from bot.logs import configure_logging
from bot.providers.clock import SystemClock
from bot.serve import serve
from bot.services.signs_of_life import ProcessKind

EXIT_FAILURE = 1
EXIT_CONFIG = 78
"""sysexits.h EX_CONFIG."""


def _fail(error: HoldfastError) -> NoReturn:
    click.echo(f"holdfast: {' '.join(str(error).split())}", err=True)
    sys.exit(EXIT_CONFIG if isinstance(error, ConfigError) else EXIT_FAILURE)


def _with_settings(command: Callable[..., Coroutine[None, None, int]]) -> Callable[..., None]:
    """Run an async command with the settings; what a person can act on becomes one line and an exit code."""

    def run(context: click.Context, /, **options: object) -> None:
        try:
            settings = load_settings(config_path(context.obj, os.environ), os.environ)
            configure_logging(settings.logging)
            code = asyncio.run(command(settings, **options))
        except HoldfastError as error:
            _fail(error)
        except KeyboardInterrupt:
            code = 130
        sys.exit(code)

    return update_wrapper(click.pass_context(run), command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--config", metavar="FILE", help="Settings file [default: $HOLDFAST_CONFIG, or config.toml if it exists]")
@click.version_option(package_name="holdfast", prog_name="holdfast")
@click.pass_context
def main(context: click.Context, config: str | None) -> None:
    """Gate Discord roles by NFT holdings, on evidence only."""
    context.obj = config


@main.command()
@click.option("--no-jobs", is_flag=True, help="Leave sweeps and all other jobs to `holdfast worker`.")
@click.option("--no-web", is_flag=True, help="Leave the verify page to `holdfast web`.")
@_with_settings
async def run(settings: Settings, *, no_jobs: bool, no_web: bool) -> int:
    """Run the bot."""
    if no_jobs:
        working.check_engine(settings)
    await serve(settings, SystemClock(), with_jobs=not no_jobs, with_web=not no_web)
    return 0


@main.command()
@_with_settings
async def worker(settings: Settings) -> int:
    """Do jobs over REST, without the gateway: beside `holdfast run`, and as many of them as wanted."""
    await working.work(settings, SystemClock())
    return 0


@main.command()
@_with_settings
async def web(settings: Settings) -> int:
    """Serve the verify page, without gateway and jobs.

    Beside `holdfast run --no-web` on the same database, and as many of them as wanted.
    """
    await web_process.serve_page(settings, SystemClock())
    return 0


@main.command()
@click.option("--keep", is_flag=True, help="Leave the sandbox and the bot running for looking around.")
def demo(*, keep: bool) -> None:
    """Play the whole story on the sandbox: no accounts, no network."""
    sys.exit(play(keep=keep))


@main.command()
@_with_settings
async def migrate(settings: Settings) -> int:
    """Bring the database up to this version."""
    click.echo(await hosting.migrate(settings))
    return 0


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for support and programs.")
@_with_settings
async def doctor(settings: Settings, *, as_json: bool) -> int:
    """Check the installation and every server, and say what to do about what is wrong."""
    report = await doctoring.examine(settings, SystemClock())
    click.echo(report.as_json() if as_json else report.as_text())
    return EXIT_FAILURE if report.has_failures else 0


@main.command()
@click.argument("network", metavar="NETWORK", type=click.Choice([network.value for network in Network]))
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_with_settings
async def check(settings: Settings, *, network: str, address: str, as_json: bool) -> int:
    """Take one reading of a wallet and print it.

    Exit 0 for a complete reading, 3 for an unknown one, 2 for an address that is none. NETWORK is chia-mainnet,
    chia-testnet11, loopring or loopring-testnet. On Loopring, ADDRESS may be an account id.
    """
    chosen = Network(network)
    spelled, reading = await checking.check(settings, SystemClock(), chosen, address)
    render = checking.as_json if as_json else checking.as_text
    click.echo(render(chosen, spelled, reading))
    return checking.exit_code(reading)


@main.command()
@click.option("--once", is_flag=True, help="Check every linked wallet once, bring all roles into line, and stop.")
@_with_settings
async def sweep(settings: Settings, *, once: bool) -> int:
    """Sweep without the gateway: on schedule until stopped, or --once."""
    return await hosting.sweep(settings, SystemClock(), once=once)


@main.command()
@click.option(
    "--process",
    type=click.Choice([kind.value for kind in ProcessKind]),
    help="Ask about such a process on this machine or in this container, not about the bot as a whole.",
)
@_with_settings
async def health(settings: Settings, *, process: str | None) -> int:
    """Say whether the bot is at work.

    It is when somebody who does its jobs left a sign of life in the database lately: exit 0, otherwise 1.
    """
    return await hosting.health(settings, SystemClock(), None if process is None else ProcessKind(process))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
@_with_settings
async def backup(settings: Settings, *, file: Path, force: bool) -> int:
    """Write the whole database into FILE, also while the bot runs.

    The file fits both databases, and is as secret as the database itself.
    """
    click.echo(await backups.back_up(settings, SystemClock(), file, overwriting=force))
    return 0


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database holds.")
@_with_settings
async def restore(settings: Settings, *, file: Path, force: bool) -> int:
    """Put what FILE holds into the database, all of it or nothing.

    The bot must be stopped. A backup from an older version is brought up to this one.
    """
    click.echo(await backups.bring_back(settings, SystemClock(), file, replacing=force))
    return 0


@main.command()
@click.argument("user_id", type=click.IntRange(1, 2**63 - 1))
@click.option("--wait", metavar="SECONDS", type=click.IntRange(0, 3600), default=60, help="How long to wait at most.")
@_with_settings
async def forget(settings: Settings, *, user_id: int, wait: int) -> int:
    """Delete all that is stored of a Discord user.

    Roles that the bot gave them are taken back first, in every server: by the bot if it runs, otherwise by this command
    itself. Exit 0 when all is deleted, 3 when something is in the way: then it is noted, and goes on by itself.
    """
    return await hosting.forget(settings, SystemClock(), user_id, patience=timedelta(seconds=wait))


@main.command()
@_with_settings
async def invite(settings: Settings) -> int:
    """Print the link that adds the bot to a server.

    It asks for the least permissions that the bot needs.
    """
    click.echo(await hosting.invite(settings, SystemClock()))
    return 0

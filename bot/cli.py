"""What a host types."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import NoReturn

import click

from bot import check as checking
from bot import hosting
from bot.config import Settings, config_path, load_settings
from bot.demo import play
from bot.domain.errors import ConfigError, HoldfastError
from bot.domain.networks import Network
from bot.logs import configure_logging
from bot.providers.clock import SystemClock
from bot.serve import serve

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
@_with_settings
async def run(settings: Settings) -> int:
    """Run the bot."""
    await serve(settings, SystemClock())
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
    """Check the installation and say what to do about what is wrong."""
    report = await hosting.examine(settings, SystemClock())
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
@_with_settings
async def health(settings: Settings) -> int:
    """Say whether the bot is at work.

    It is when it left a sign of life in its database lately: exit 0, otherwise 1.
    """
    return await hosting.health(settings, SystemClock())


@main.command()
@_with_settings
async def invite(settings: Settings) -> int:
    """Print the link that adds the bot to a server.

    It asks for the least permissions that the bot needs.
    """
    click.echo(await hosting.invite(settings, SystemClock()))
    return 0

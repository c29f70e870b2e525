"""How long the bot takes from its command to being ready, with a full database and with an empty one."""

import asyncio
import os
import socket
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks import discord_stand_in
from benchmarks.discord_stand_in import DiscordStandIn
from benchmarks.report import Bound, Outcome, Side, UnequalWorkError
from benchmarks.sizes import sized
from benchmarks.town import Size, build, sqlite_in

LINKS = 100_000
LIMIT = 1.5
STARTS = 5
"""Of each side, in turn; the one in the middle counts."""
_LOOK_EVERY = 0.01
_LONGEST = 60.0
_ROOT = Path(__file__).parents[1]


async def start() -> list[Outcome]:
    """Compare the start of `holdfast run` over a full database with that over an empty one."""
    links = sized(LINKS)
    with TemporaryDirectory(prefix="holdfast-bench-") as full, TemporaryDirectory(prefix="holdfast-bench-") as empty:
        await build(Size(links), sqlite_in(Path(full)))
        await build(Size(0, rules=0), sqlite_in(Path(empty)))
        async with discord_stand_in.running(servers=1, members=1) as discord:
            seconds: dict[str, list[float]] = {full: [], empty: []}
            for _ in range(STARTS):
                for folder, taken in seconds.items():
                    taken.append(await _start(Path(folder), discord))
    return [
        Outcome(
            "start to ready",
            Side(f"{links:,} links", median(seconds[full]), "s"),
            Side("empty database", median(seconds[empty]), "s"),
            Bound.AT_MOST,
            LIMIT,
        )
    ]


async def _start(folder: Path, discord: DiscordStandIn) -> float:
    port = _free_port()
    config = folder / "config.toml"
    config.touch()
    began = time.perf_counter()
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env={
            **os.environ,
            "HOLDFAST_DISCORD__TOKEN": discord.token,
            "HOLDFAST_DISCORD__API_BASE_URL": discord.api_base_url,
            "HOLDFAST_DISCORD__GATEWAY_URL": discord.gateway_url,
            "HOLDFAST_CONFIG": str(config),
            "HOLDFAST_DATABASE__URL": sqlite_in(folder),
            "PYTHONPATH": str(_ROOT),
            "HOLDFAST_WEB__ENABLED": "true",
            "HOLDFAST_WEB__PORT": str(port),
            "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": discord.balances_url,
            "HOLDFAST_PROVIDERS__LOOPRING__ENABLED": "false",
        },
    )
    try:
        await _ready(bot, f"http://127.0.0.1:{port}/readyz")
        return time.perf_counter() - began
    finally:
        if bot.returncode is None:
            bot.terminate()
        await bot.wait()


async def _ready(bot: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(_LONGEST), aiohttp.ClientSession() as session:
        while bot.returncode is None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass  # it does not listen yet
            await asyncio.sleep(_LOOK_EVERY)
    raise UnequalWorkError(f"the bot ended with {bot.returncode} instead of getting ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

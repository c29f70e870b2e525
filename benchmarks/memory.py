"""How much memory a sweep takes where there are ten times as many wallets. Each side sweeps in a process of its own."""

import argparse
import asyncio
import json
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import stand_in
from benchmarks.report import Bound, Outcome, Side, same_work
from benchmarks.sizes import sized
from benchmarks.stand_in import StandIn
from benchmarks.town import Size, build, opened, sqlite_in

FEW, MANY = 50_000, 500_000
LIMIT = 1.2
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class _Swept:
    """What the child says at its end."""

    wallets: int
    unknown: int
    megabytes: float


async def memory() -> list[Outcome]:
    """Compare the peak memory of a sweep in which everything is new."""
    few, many = [await _peak(sized(number)) for number in (FEW, MANY)]
    return [
        Outcome(
            "peak memory of a sweep, ten times as many wallets",
            Side(f"{many.wallets:,} wallets", many.megabytes, "MB"),
            Side(f"{few.wallets:,} wallets", few.megabytes, "MB"),
            Bound.AT_MOST,
            LIMIT,
        )
    ]


async def _peak(wallets: int) -> _Swept:
    async with stand_in.running() as api:
        with TemporaryDirectory(prefix="holdfast-bench-") as folder:
            url = sqlite_in(Path(folder))
            await build(Size(wallets), url)
            swept = await _sweep_in_child(url, api)
        served = await api.served()
    same_work("wallets", (swept.wallets, swept.unknown, served.calls), (wallets, 0, wallets))
    return swept


async def _sweep_in_child(url: str, api: StandIn) -> _Swept:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.memory", url, api.base_url),
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        env=os.environ,
    )
    said, _ = await child.communicate()
    if child.returncode != 0:
        raise RuntimeError(f"the sweep ended with {child.returncode}")
    return _Swept(**json.loads(said.splitlines()[-1]))


async def _sweep(url: str, balances_url: str) -> None:
    async with opened(url, balances_url) as holdfast:
        tally = await holdfast.sweeper.run_once(everything=True)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"wallets": tally.wallets_read, "unknown": tally.wallets_unknown, "megabytes": megabytes}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("url")
    options.add_argument("balances_url")
    given = options.parse_args()
    asyncio.run(_sweep(given.url, given.balances_url))

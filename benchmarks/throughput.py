"""How fast a sweep reads wallets, against a bare loop that fetches and parses the same answers."""

import asyncio
import json
import time
from collections.abc import Iterator

import aiohttp

from benchmarks import stand_in
from benchmarks.report import Bound, Outcome, Side, same_work
from benchmarks.stand_in import StandIn, address
from benchmarks.town import Size, town
from bot.app import Holdfast

WALLETS = 4_000
DELAY = 0.01
"""Seconds that the stand-in takes to answer: less than any API on the other side of a network."""
AT_ONCE = 16
"""As many as a sweep asks about at the same time."""


async def throughput() -> list[Outcome]:
    """Compare sweeps of an unchanged and of a changed population with the bare loop."""
    async with stand_in.running(DELAY) as api, town(Size(WALLETS), api) as holdfast:
        await _sweep(holdfast, api)  # the first one finds everything new
        bare, bare_bytes = await _bare_loop(api)
        unchanged, unchanged_bytes = await _sweep(holdfast, api)
        same_work("bytes read", unchanged_bytes, bare_bytes)
        await api.next_era()
        changed, changed_bytes = await _sweep(holdfast, api)
        bare_again, bare_again_bytes = await _bare_loop(api)
        same_work("bytes read", changed_bytes, bare_again_bytes)
    return [
        _outcome("wallet-first sweep, nothing changed", unchanged, bare, 0.8),
        _outcome("wallet-first sweep, every wallet changed", changed, bare_again, 0.5),
    ]


def _outcome(title: str, ours: float, bare: float, limit: float) -> Outcome:
    return Outcome(
        title,
        Side("sweep", WALLETS / ours, "wallets/s"),
        Side("bare loop", WALLETS / bare, "wallets/s"),
        Bound.AT_LEAST,
        limit,
    )


async def _sweep(holdfast: Holdfast, api: StandIn) -> tuple[float, int]:
    await api.reset()
    began = time.perf_counter()
    tally = await holdfast.sweeper.run_once(everything=True)
    seconds = time.perf_counter() - began
    served = await api.served()
    same_work("wallets", (tally.wallets_read, tally.wallets_unknown, served.calls), (WALLETS, 0, WALLETS))
    return seconds, served.bytes


async def _bare_loop(api: StandIn) -> tuple[float, int]:
    await api.reset()
    paths = iter([f"{api.base_url}/address/nft-balance/{address(number)}" for number in range(WALLETS)])
    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(_fetch(session, paths) for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    served = await api.served()
    same_work("wallets", served.calls, WALLETS)
    return seconds, served.bytes


async def _fetch(session: aiohttp.ClientSession, paths: Iterator[str]) -> None:
    for path in paths:
        async with session.get(path) as response:
            {row["nft_id"] for row in json.loads(await response.read())["balance"]}

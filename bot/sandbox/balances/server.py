"""One loopback server that speaks for Spacescan, MintGarden and Loopring on all their networks."""

import time
from collections.abc import Callable
from types import TracebackType

from aiohttp import web

from bot.domain.networks import Network
from bot.sandbox.balances.loopring import LoopringStandIn
from bot.sandbox.balances.mintgarden import MintGardenStandIn
from bot.sandbox.balances.spacescan import SpacescanStandIn
from bot.sandbox.balances.stand_in import StandIn


class SandboxBalances:
    """The balance APIs of the sandbox, each under its own path of one port.

    Spacescan and MintGarden tell of the same wallets. Start it with `async with SandboxBalances() as balances`, or
    `start` and `stop`. Give the providers the stand-ins' `base_url`s. Nothing here leaves the machine. `clock` counts
    seconds for the request limits.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.spacescan = SpacescanStandIn(Network.CHIA_MAINNET, "/spacescan", clock=clock)
        self.spacescan_testnet = SpacescanStandIn(Network.CHIA_TESTNET11, "/spacescan-testnet11", clock=clock)
        self.mintgarden = MintGardenStandIn(
            Network.CHIA_MAINNET, "/mintgarden", ownership=self.spacescan.ownership, clock=clock
        )
        self.mintgarden_testnet = MintGardenStandIn(
            Network.CHIA_TESTNET11, "/mintgarden-testnet", ownership=self.spacescan_testnet.ownership, clock=clock
        )
        self.loopring = LoopringStandIn(Network.LOOPRING, "/loopring", clock=clock)
        self.loopring_testnet = LoopringStandIn(Network.LOOPRING_TESTNET, "/loopring-testnet", clock=clock)
        self._runner: web.AppRunner | None = None

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        """All of them; of several on one network the default one first."""
        return (
            self.spacescan,
            self.spacescan_testnet,
            self.mintgarden,
            self.mintgarden_testnet,
            self.loopring,
            self.loopring_testnet,
        )

    def stand_in(self, network: Network) -> StandIn:
        """Return the default one for a network."""
        return next(stand_in for stand_in in self.stand_ins if stand_in.network is network)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Raise `OSError` when the port is taken."""
        app = web.Application()
        for stand_in in self.stand_ins:
            app.add_routes(stand_in.routes())
        # Hanging requests are part of the game: they end with their client, or at once when the server stops.
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        self._runner = runner
        bound = runner.addresses[0][1]
        for stand_in in self.stand_ins:
            stand_in.origin = f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Stop listening and end what still hangs. Doing it twice is harmless."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> "SandboxBalances":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

"""One loopback server that speaks for Spacescan and Loopring on all their networks."""

from types import TracebackType

from aiohttp import web

from bot.domain.networks import Network
from bot.sandbox.balances.loopring import LoopringStandIn
from bot.sandbox.balances.spacescan import SpacescanStandIn
from bot.sandbox.balances.stand_in import StandIn


class SandboxBalances:
    """The balance APIs of the sandbox, each under its own path of one port.

    Start it with `async with SandboxBalances() as balances`, or `start` and `stop`. Give the providers the stand-ins'
    `base_url`s. Nothing here leaves the machine.
    """

    def __init__(self) -> None:
        self.spacescan = SpacescanStandIn(Network.CHIA_MAINNET, "/spacescan")
        self.spacescan_testnet = SpacescanStandIn(Network.CHIA_TESTNET11, "/spacescan-testnet11")
        self.loopring = LoopringStandIn(Network.LOOPRING, "/loopring")
        self.loopring_testnet = LoopringStandIn(Network.LOOPRING_TESTNET, "/loopring-testnet")
        self._runner: web.AppRunner | None = None

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        """All of them."""
        return (self.spacescan, self.spacescan_testnet, self.loopring, self.loopring_testnet)

    def stand_in(self, network: Network) -> StandIn:
        """Return the one for a network."""
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

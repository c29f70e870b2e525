"""A stage: sandbox Discord, stand-in balance APIs, and the real bot between them, over real sockets."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.app import Holdfast, wire
from bot.config import Settings, load_settings
from bot.jobs.queue import QueuePace
from bot.jobs.schedule import Pace
from bot.providers.clock import Clock
from bot.sandbox.balances import SandboxBalances
from bot.sandbox.discord import SandboxDiscord
from bot.serve import prepare_database, run_client

QUICK = Pace(
    wallets=timedelta(seconds=0.1),
    members=timedelta(seconds=0.1),
    sweeps=timedelta(seconds=0.2),
    audit=timedelta(seconds=0.2),
    news=timedelta(seconds=0.2),
    housekeeping=timedelta(minutes=10),
    guild_ready=timedelta(seconds=0.1),
    queue=QueuePace(poll=0.1, heartbeat=0.5, stalled=3.0),
)
"""How often a bot on a stage looks for something due: nobody likes to wait."""


class Stage:
    """Starts everything on entering and ends it on leaving. The bot can be stopped and started again in between."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        settings: Mapping[str, str] | None = None,
        pace: Pace = QUICK,
        discord: SandboxDiscord | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._overrides = dict(settings or {})
        self._pace = pace
        self._stack = AsyncExitStack()
        self._bot: asyncio.Task[None] | None = None
        self._holdfast: Holdfast | None = None
        self.discord = discord or SandboxDiscord()
        self.balances = SandboxBalances()

    @property
    def holdfast(self) -> Holdfast:
        """The running bot's parts."""
        if self._holdfast is None:
            raise RuntimeError("the bot is not running")
        return self._holdfast

    @property
    def environment(self) -> dict[str, str]:
        """The settings, as environment variables: a bot in another process joins the same stage with them."""
        return {
            "HOLDFAST_DISCORD__TOKEN": self.discord.token,
            "HOLDFAST_DISCORD__API_BASE_URL": self.discord.api_base_url,
            "HOLDFAST_DISCORD__GATEWAY_URL": self.discord.gateway_url,
            "HOLDFAST_WEB__OAUTH_AUTHORIZE_URL": self.discord.oauth.authorize_url,
            "HOLDFAST_DATABASE__URL": f"sqlite+aiosqlite:///{self._folder / 'holdfast.db'}",
            "HOLDFAST_PROVIDERS__SPACESCAN__BASE_URL": self.balances.spacescan.base_url,
            "HOLDFAST_PROVIDERS__SPACESCAN__TESTNET_BASE_URL": self.balances.spacescan_testnet.base_url,
            "HOLDFAST_PROVIDERS__SPACESCAN__REQUESTS_PER_MINUTE": "60000",
            "HOLDFAST_PROVIDERS__MINTGARDEN__BASE_URL": self.balances.mintgarden.base_url,
            "HOLDFAST_PROVIDERS__MINTGARDEN__TESTNET_BASE_URL": self.balances.mintgarden_testnet.base_url,
            "HOLDFAST_PROVIDERS__MINTGARDEN__REQUESTS_PER_MINUTE": "60000",
            "HOLDFAST_PROVIDERS__LOOPRING__BASE_URL": self.balances.loopring.base_url,
            "HOLDFAST_PROVIDERS__LOOPRING__TESTNET_BASE_URL": self.balances.loopring_testnet.base_url,
            "HOLDFAST_PROVIDERS__LOOPRING__REQUESTS_PER_SECOND": "1000",
            **self._overrides,
        }

    @property
    def settings(self) -> Settings:
        """The settings of the bot on this stage."""
        return load_settings(None, self.environment)

    async def __aenter__(self) -> Self:
        try:
            await self.set_up()
            await self.start_bot()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def set_up(self) -> None:
        """Start the sandbox and the balance APIs, but no bot yet."""
        await self._stack.enter_async_context(self.discord)
        await self._stack.enter_async_context(self.balances)

    async def close(self) -> None:
        """End everything."""
        await self.stop_bot()
        await self._stack.aclose()

    async def start_bot(self, *, with_jobs: bool = True, with_web: bool = True) -> None:
        """Start the bot and wait until it is connected. Without jobs, workers do them; without web, another page does.

        Raises what the bot ended with when it does not come up.
        """
        settings = self.settings
        await prepare_database(settings.database.url.get_secret_value())
        holdfast = wire(settings, self._clock, members_intent=settings.discord.members_intent, pace=self._pace)
        self._holdfast = holdfast
        running = run_client(holdfast, self.discord.token, self._clock, with_jobs=with_jobs, with_web=with_web)
        self._bot = asyncio.create_task(running, name="bot")
        ready = asyncio.create_task(_ready(holdfast))
        await asyncio.wait({self._bot, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self._bot.done():
            ready.cancel()
            self._bot.result()

    def why_bot_ended(self) -> BaseException | None:
        """What the bot ended with by itself, if it did."""
        if self._bot is None or not self._bot.done() or self._bot.cancelled():
            return None
        return self._bot.exception()

    async def bot_ended(self) -> None:
        """Wait until the bot ends by itself, which it should not."""
        if self._bot is not None:
            await asyncio.wait({self._bot})

    async def stop_bot(self) -> None:
        """Stop the bot as a host would; sandbox and balance APIs stay."""
        bot, self._bot, self._holdfast = self._bot, None, None
        if bot is not None:
            bot.cancel()
            await asyncio.gather(bot, return_exceptions=True)

    async def restart_bot(self) -> None:
        """Stop the bot and start it again on the same database."""
        await self.stop_bot()
        await self.start_bot()


async def _ready(holdfast: Holdfast) -> None:
    await holdfast.client.setup_done.wait()
    await holdfast.client.wait_until_ready()

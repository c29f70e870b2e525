"""The Discord client: only what the bot needs of it, nothing cached that it does not use."""

import asyncio
from dataclasses import dataclass

import aiohttp
import discord
from discord.ext import commands
from yarl import URL

MOST_WAIT_FOR_RATE_LIMIT = 60.0
"""Seconds; what takes longer is given up and done again later."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to reach Discord. `gateway_url` None asks Discord (or the proxy) for it."""

    api_base_url: str
    gateway_url: str | None
    members_intent: bool
    shard_ids: tuple[int, ...] = ()
    shard_count: int | None = None
    guild_ready_timeout: float = 2.0


class HoldfastClient(commands.AutoShardedBot):
    """The connection to Discord. Cogs are added before it starts; slash commands only, no message content.

    `trace` sees every answer to a REST request, as aiohttp tells it.
    """

    def __init__(self, options: ClientOptions, trace: aiohttp.TraceConfig | None = None) -> None:
        intents = discord.Intents(guilds=True, members=options.members_intent)
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=intents,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=MOST_WAIT_FOR_RATE_LIMIT,
            shard_count=options.shard_count,
            guild_ready_timeout=options.guild_ready_timeout,
            http_trace=trace or aiohttp.TraceConfig(),
        )
        self._options = options
        self._has_logged_in = False
        self.setup_done = asyncio.Event()
        self.shard_ids = list(options.shard_ids) or None
        # discord.py keeps the address of the REST API as a class attribute: it holds for the whole process.
        discord.http.Route.BASE = options.api_base_url.rstrip("/")

    async def setup_hook(self) -> None:
        """Note that the log-in is done: only then can anybody wait for the connection."""
        self.setup_done.set()

    async def login(self, token: str) -> None:
        """Log in over REST. It can be tried again when it failed."""
        self._has_logged_in = True
        try:
            await super().login(token)
        except BaseException:
            # discord.py would leave the session open and make another one for the next attempt.
            await self.http.close()
            self.http.clear()
            self.http.connector = discord.utils.MISSING
            raise

    async def close(self) -> None:
        """End all connections. discord.py itself cannot close a client that never logged in."""
        if self._has_logged_in:
            await super().close()

    async def find_gateway(self) -> None:
        """Before connecting: learn the number of shards, and the gateway's address unless the settings name it.

        Otherwise discord.py would fall back to Discord's own address after an invalidated session, past any proxy.
        Raises `discord.GatewayNotFound` when Discord does not answer.
        """
        shard_count, url, _ = await self.http.get_bot_gateway()
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(self._options.gateway_url or url)
        if self._options.shard_count is None:
            self.shard_count = shard_count

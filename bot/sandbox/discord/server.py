"""The sandbox as a whole: its parts wired together, and a server on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from .acting import Acting
from .desk import Desk
from .errors import SandboxError
from .faults import Faults
from .gateway import Gateway
from .guild import Guild
from .ids import Clock
from .invocation import Value
from .look.serving import Annex
from .look.site import LookSite
from .member_requests import MemberRequests
from .models import Channel, User
from .oauth import OAuth
from .permissions import BOT
from .posting import Posting
from .ratelimits import RateLimits
from .rest.channels import ChannelRoutes
from .rest.commands import CommandRoutes
from .rest.guilds import GuildRoutes
from .rest.interactions import InteractionRoutes
from .rest.me import MeRoutes
from .rest.members import MemberRoutes
from .rest.routing import Router
from .rest_server import BASE_PATH, RestServer
from .results import InteractionResult
from .traffic import Traffic
from .world import Portal, World

DEFAULT_TOKEN = "sandbox.only-valid-on-loopback"  # noqa: S105 - it opens nothing but the sandbox


class SandboxDiscord:
    """A Discord on loopback: REST v10 and gateway for one application.

    `clock` gives the time of ids, joins and messages and decides when an interaction expires; rate limits and
    timeouts run on real time. Use it as an async context manager, or call `start` and `stop`.
    """

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        application_id: int | None = None,
        bot_name: str = "holdfast",
        clock: Clock = time.time,
        rate_limits: bool = True,
    ) -> None:
        self.world = World(token, clock, application_id, bot_name)
        self.traffic = Traffic()
        self.faults = Faults()
        self.rate_limits = RateLimits(enabled=rate_limits)
        posting = Posting(self.world)
        self.desk = Desk(self.world, posting)
        self.gateway = Gateway(self.world, MemberRequests(self.world, self.faults.hides_roles))
        self.world.bus.listen(self.gateway.dispatch)
        self.acting = Acting(self.world, self.desk, posting, self.gateway)
        routers = (
            MeRoutes(self.world, lambda: self.gateway.url, lambda: self.oauth.redirect_uris),
            CommandRoutes(self.world),
            GuildRoutes(self.world),
            MemberRoutes(self.world),
            ChannelRoutes(self.world, posting),
            InteractionRoutes(self.world, self.desk),
        )
        router = Router(route for routes in routers for route in routes.routes())
        self._rest = RestServer(self.world, router, self.rate_limits, self.faults, self.traffic)
        self.oauth = OAuth(self.world)
        self._site = LookSite(self.world, self.acting)
        self._runner: web.AppRunner | None = None
        self._root = ""

    def attach(self, annex: Annex) -> None:
        """Put a page of somebody else's beside those for people, before `start`."""
        self._site.annexes.append(annex)

    # The server

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen. Port 0 takes a free one. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/attachments/{attachment_id}/{filename}", self._attachment)
        self._site.add_to(app)
        self.oauth.add_to(app, BASE_PATH, self._rest.handle)
        app.router.add_route("*", BASE_PATH + "/{tail:.*}", self._rest.handle)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        actual = self._runner.addresses[0][1]
        self._root = f"{host}:{actual}"
        self.world.public_url = f"http://{self._root}"
        self.gateway.url = f"ws://{self._root}/gateway"

    async def stop(self) -> None:
        """Stop listening: sockets are closed, requests that a fault holds are let go."""
        self.faults.clear()
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def api_base_url(self) -> str:
        """What `discord.http.Route.BASE` must be."""
        return f"http://{self._root}{BASE_PATH}"

    @property
    def gateway_url(self) -> str:
        """What `DiscordWebSocket.DEFAULT_GATEWAY` must be."""
        return self.gateway.url

    @property
    def look_url(self) -> str:
        """The page on which a person can look around and play a user."""
        return f"http://{self._root}/sandbox"

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        text = request.match_info["attachment_id"]
        attachment = self.world.attachments.get(int(text) if text.isdigit() else 0)
        if attachment is None:
            raise web.HTTPNotFound
        return web.Response(body=attachment.data, content_type=attachment.file.content_type.partition(";")[0])

    # What exists

    @property
    def token(self) -> str:
        """The token that the bot must log in with."""
        return self.world.token

    @property
    def application_id(self) -> int:
        """The id of the application, and of its bot."""
        return self.world.application_id

    @property
    def bot(self) -> User:
        """The bot's account."""
        return self.world.bot

    @property
    def portal(self) -> Portal:
        """What is set in the developer portal: intents, recommended shards."""
        return self.world.portal

    @property
    def members_intent_allowed(self) -> bool:
        """Whether the portal grants the members intent; without it an IDENTIFY that asks for it gets 4014."""
        return self.world.portal.members_intent_allowed

    @members_intent_allowed.setter
    def members_intent_allowed(self, allowed: bool) -> None:
        self.world.portal.members_intent_allowed = allowed

    @property
    def direct_messages(self) -> list[Channel]:
        """The direct-message channels that the bot opened."""
        return self.world.direct_messages

    def add_user(self, name: str, user_id: int | None = None) -> User:
        """Make an account. Raises SandboxError when the id is taken."""
        return self.world.add_user(name, user_id)

    def add_guild(
        self,
        name: str,
        owner: User | None = None,
        *,
        guild_id: int | None = None,
        with_bot: bool = True,
        bot_permissions: int = int(BOT),
        bot_position: int = 100,
    ) -> Guild:
        """Make a server with a channel `general`, and invite the bot (it hears GUILD_CREATE when connected).

        The bot's managed role gets position 100, so that roles made without a position stand below it.
        """
        chosen = self.world.ids.next() if guild_id is None else guild_id
        if chosen in self.world.guilds:
            raise SandboxError(f"server id {chosen} is taken")
        guild = Guild(chosen, name, owner or self.world.owner, self.world.bot, self.world.tools(), self.acting)
        self.world.guilds[chosen] = guild
        guild.add_channel("general")
        if with_bot:
            guild.add_bot(permissions=bot_permissions, position=bot_position)
        return guild

    def remove_guild(self, guild: Guild) -> None:
        """Delete a server; the bot hears GUILD_DELETE."""
        if guild.has_bot:
            guild.remove_bot()
        del self.world.guilds[guild.id]

    async def command(self, user: User, text: str, /, **options: Value) -> InteractionResult:
        """Call a slash command in the user's direct messages with the bot. Raises as `Guild.command`."""
        return await self.acting.command(user, None, text, options)

    async def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Wait until something about the sandbox holds, looked at after everything that the bot does.

        Raises SandboxError after `timeout` seconds.
        """
        if not await self.world.changed.until(condition, timeout):
            raise SandboxError(f"it did not become so within {timeout:g} s")

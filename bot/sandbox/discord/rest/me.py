"""Who the bot is, where the gateway is, other users, and opening direct messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.sandbox.discord.errors import unknown_user
from bot.sandbox.discord.forms import Form, Problems, refuse
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.payloads import channel_payload, own_user_payload, user_payload
from bot.sandbox.discord.world import World

from .routing import Call, Reply, Route


class MeRoutes:
    """`/users`, `/applications/@me`, `/gateway`."""

    def __init__(
        self, world: World, gateway_url: Callable[[], str], redirect_uris: Callable[[], Iterable[str]]
    ) -> None:
        self._world = world
        self._gateway_url = gateway_url
        self._redirect_uris = redirect_uris

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        return [
            Route("GET", "/gateway", self._gateway, needs_token=False),
            Route("GET", "/gateway/bot", self._gateway_bot),
            Route("GET", "/users/@me", self._me),
            Route("GET", "/users/@me/guilds", self._my_guilds),
            Route("POST", "/users/@me/channels", self._open_dm),
            Route("GET", "/users/{user_id}", self._user),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/oauth2/applications/@me", self._application),
        ]

    def _gateway(self, _call: Call) -> Reply:
        return Reply(body={"url": self._gateway_url()})

    def _gateway_bot(self, _call: Call) -> Reply:
        portal = self._world.portal
        limit: dict[str, Json] = {
            "total": 1000,
            "remaining": max(0, portal.identifies_left),
            "reset_after": 86_400_000,
            "max_concurrency": portal.max_concurrency,
        }
        body: dict[str, Json] = {"url": self._gateway_url(), "shards": portal.shards, "session_start_limit": limit}
        return Reply(body=body)

    def _me(self, _call: Call) -> Reply:
        return Reply(body=own_user_payload(self._world.bot))

    def _my_guilds(self, call: Call) -> Reply:
        guilds = sorted(self._world.bot_guilds(), key=lambda guild: guild.id)
        after = call.number("after", 0, least=0, most=1 << 63)
        limit = call.number("limit", 200, least=1, most=200)
        return Reply(
            body=[
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "permissions": str(int(guild.permissions_of(guild.member(guild.bot)))),
                    "features": [],
                }
                for guild in guilds
                if guild.id > after
            ][:limit]
        )

    def _user(self, call: Call) -> Reply:
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise unknown_user()
        return Reply(body=user_payload(user))

    def _open_dm(self, call: Call) -> Reply:
        problems = Problems()
        recipient_id = Form(call.body, problems).snowflake("recipient_id", required=True)
        problems.raise_if_any()
        user = self._world.users.get(recipient_id or 0)
        if user is None or user is self._world.bot:
            raise refuse(("recipient_id",), "INVALID_RECIPIENT", "Cannot send messages to this user")
        return Reply(body=channel_payload(self._world.open_dm(user)))

    def _application(self, _call: Call) -> Reply:
        world = self._world
        return Reply(
            body={
                "id": str(world.application_id),
                "name": world.bot.name,
                "icon": None,
                "description": "A bot in the sandbox.",
                "type": None,
                "bot": user_payload(world.bot),
                "bot_public": world.portal.public,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "flags": world.portal.application_flags,
                "flags_new": str(world.portal.application_flags),
                "tags": [],
                "summary": "",
                "hook": True,
                "is_monetized": False,
                "redirect_uris": sorted(self._redirect_uris()),
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "owner": user_payload(world.owner),
                "approximate_guild_count": len(world.bot_guilds()),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "team": None,
                "eligible_oauth2_scopes": ["bot", "applications.commands", "identify"],
            }
        )

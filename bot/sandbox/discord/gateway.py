"""The gateway: sessions of the bot's shards, v10. Source: Discord's "Gateway" and "Gateway Events" pages."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from contextlib import suppress

from aiohttp import WSMsgType, web

from .compression import packer_for
from .conversation import Conversation
from .events import Event, Intents
from .gateway_session import Connection, GatewaySession
from .guild_changes import GuildChanges
from .guild_payloads import guild_create_payload
from .jsontypes import JsonObject
from .member_requests import MemberRequests
from .payloads import own_user_payload
from .world import World

HEARTBEAT_INTERVAL_MS = 41_250


class Gateway:
    """Takes the bot's connections and tells its sessions what happens."""

    def __init__(self, world: World, requests: MemberRequests) -> None:
        self._world = world
        self._requests = requests
        self._sessions: dict[str, GatewaySession] = {}
        self._refusals: deque[int] = deque()
        self.url = ""
        """Where the bot shall connect; known when the server runs."""
        self.close_codes: list[int] = []
        """The codes with which connections were refused or closed, in order."""

    # For the person in charge of the sandbox

    @property
    def sessions(self) -> list[GatewaySession]:
        """Sessions that have a connection now."""
        return [session for session in self._sessions.values() if session.connection is not None]

    def listens(self, guild_id: int | None) -> bool:
        """Whether a connected session covers this server."""
        return any(session.covers(guild_id) for session in self.sessions)

    def disconnect(self, *, resumable: bool = True, code: int = 4000) -> None:
        """Close every connection. Sessions that are not resumable get INVALID_SESSION when they try."""
        for session in self.sessions:
            self._close(session.connection, code)
            session.connection = None
        if not resumable:
            self._sessions.clear()

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT (op 7) to every session, as Discord does before maintenance."""
        for session in self.sessions:
            if session.connection is not None:
                session.connection.send({"op": 7, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION (op 9) to every session."""
        for session in self.sessions:
            if session.connection is not None:
                session.connection.send({"op": 9, "d": resumable})
        if not resumable:
            self._sessions.clear()

    def outage(self, guild: GuildChanges) -> None:
        """Let a server become unavailable, as in a Discord outage: the bot is still in it."""
        payload: JsonObject = {"id": str(guild.id), "unavailable": True}
        self.dispatch(Event("GUILD_DELETE", payload, guild.id, Intents.GUILDS))

    def recovery(self, guild: GuildChanges) -> None:
        """Let a server be available again."""
        self.dispatch(Event("GUILD_CREATE", guild_create_payload(guild), guild.id, Intents.GUILDS))

    def refuse_next(self, code: int, times: int = 1) -> None:
        """Answer the next IDENTIFYs by closing with this code (4004 bad token, 4014 disallowed intents, ...)."""
        self._refusals.extend([code] * times)

    def dispatch(self, event: Event) -> None:
        """Tell every session that may see it."""
        for session in self._sessions.values():
            if session.may_see(event):
                session.tell(event.name, event.payload)

    async def stop(self) -> None:
        """Close all connections."""
        for session in self.sessions:
            if session.connection is not None:
                await session.connection.abort()
        self._sessions.clear()

    # One connection

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The websocket endpoint."""
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=1 << 20, compress=False)
        await socket.prepare(request)
        packer = packer_for(request.query.get("compress"))
        if request.query.get("encoding", "json") != "json" or request.query.get("v", "10") != "10" or packer is None:
            self.close_codes.append(4012)
            await socket.close(code=4012, message=b"Invalid API version")
            return socket
        connection = Connection(socket, packer)
        connection.send({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL_MS, "_trace": ["sandbox"]}})
        writer = asyncio.create_task(connection.write(), name="sandbox gateway writer")
        conversation = Conversation(self, self._world, self._requests, connection)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    conversation.receive(message.data)
                elif message.type is WSMsgType.BINARY:
                    conversation.receive(message.data.decode(errors="replace"))
        finally:
            conversation.end()
            self._world.changed.notify()
            connection.finish()
            with suppress(asyncio.CancelledError):
                await writer
        return socket

    def _close(self, connection: Connection | None, code: int) -> None:
        self.close_codes.append(code)
        if connection is not None:
            connection.close(code)

    def refuse(self, connection: Connection, code: int) -> None:
        """Close a connection that did something wrong."""
        self._close(connection, code)

    def next_refusal(self) -> int | None:
        """The close code that the next IDENTIFY shall get, if any."""
        return self._refusals.popleft() if self._refusals else None

    def open(self, shard: tuple[int, int], intents: Intents, connection: Connection) -> GatewaySession:
        """Begin a session: READY, then one GUILD_CREATE for each server of the shard."""
        session = GatewaySession(secrets.token_hex(16), shard[0], shard[1], intents)
        session.connection = connection
        self._sessions[session.id] = session
        guilds = [guild for guild in self._world.bot_guilds() if session.covers(guild.id)]
        session.tell(
            "READY",
            {
                "v": 10,
                "user_settings": {},
                "user": own_user_payload(self._world.bot),
                "session_type": "normal",
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "relationships": [],
                "private_channels": [],
                "presences": [],
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "guild_join_requests": [],
                "geo_ordered_rtc_regions": [],
                "shard": list(shard),
                "application": {
                    "id": str(self._world.application_id),
                    "flags": self._world.portal.application_flags,
                },
                "_trace": ["sandbox"],
            },
        )
        if intents & Intents.GUILDS:
            for guild in guilds:
                session.tell("GUILD_CREATE", guild_create_payload(guild))
        self._world.changed.notify()
        return session

    def find(self, session_id: str) -> GatewaySession | None:
        """The session with this id, when it can still be resumed."""
        return self._sessions.get(session_id)

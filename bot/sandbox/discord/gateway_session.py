"""One session of the gateway: what a shard has been told, so that it can resume, and the socket it is told through."""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import web

from .compression import Packer
from .events import Event, Intents
from .jsontypes import JsonObject, dump

REPLAY_LIMIT = 2000
"""How many events are kept for a session that may resume."""


class Connection:
    """One socket, written to by one task so that messages keep their order."""

    def __init__(self, socket: web.WebSocketResponse, packer: Packer) -> None:
        self._socket = socket
        self._packer = packer
        self._queue: asyncio.Queue[JsonObject | int | None] = asyncio.Queue()

    def send(self, message: JsonObject) -> None:
        """Queue one message."""
        self._queue.put_nowait(message)

    def close(self, code: int) -> None:
        """Close with this code, after what is queued has been sent."""
        self._queue.put_nowait(code)

    def finish(self) -> None:
        """Let `write` end without closing the socket."""
        self._queue.put_nowait(None)

    async def abort(self) -> None:
        """Close at once, as when the network goes."""
        await self._socket.close(code=1001)

    async def write(self) -> None:
        """Send what is queued until the connection is closed. Belongs to the task that reads the socket."""
        while True:
            message = await self._queue.get()
            if message is None:
                return
            if isinstance(message, int):
                await self._socket.close(code=message)
                return
            frame = self._packer.pack(dump(message))
            try:
                if isinstance(frame, str):
                    await self._socket.send_str(frame)
                else:
                    await self._socket.send_bytes(frame)
            except ConnectionError:
                return


class GatewaySession:
    """What a shard of the bot has been told. Lives on without a connection until it resumes or is forgotten."""

    def __init__(self, session_id: str, shard_id: int, shard_count: int, intents: Intents) -> None:
        self.id = session_id
        self.shard_id = shard_id
        self.shard_count = shard_count
        self.intents = intents
        self.connection: Connection | None = None
        self._sequence = 0
        self._told: deque[JsonObject] = deque(maxlen=REPLAY_LIMIT)

    def covers(self, guild_id: int | None) -> bool:
        """Whether events of this server come to this shard; those outside servers come to shard 0."""
        if guild_id is None:
            return self.shard_id == 0
        return (guild_id >> 22) % self.shard_count == self.shard_id

    def may_see(self, event: Event) -> bool:
        """Whether the session covers the server and asked for this kind of event."""
        return self.covers(event.guild_id) and event.needs & self.intents == event.needs

    def tell(self, name: str, payload: JsonObject) -> None:
        """Dispatch one event to this session, now or when it resumes."""
        self._sequence += 1
        message: JsonObject = {"op": 0, "t": name, "s": self._sequence, "d": payload}
        self._told.append(message)
        if self.connection is not None:
            self.connection.send(message)

    def can_replay(self, sequence: int) -> bool:
        """Whether everything after this sequence number is still known."""
        first = self._sequence - len(self._told)
        return first <= sequence <= self._sequence

    def resume(self, connection: Connection, sequence: int) -> None:
        """Continue on another connection: send what was missed, then RESUMED."""
        self.connection = connection
        missed = self._sequence - sequence
        for message in list(self._told)[len(self._told) - missed :]:
            connection.send(message)
        self.tell("RESUMED", {"_trace": ["sandbox"]})

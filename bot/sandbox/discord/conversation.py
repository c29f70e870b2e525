"""What a bot says over one gateway connection, and the close codes for what it must not say."""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

from .events import VALID_INTENT_BITS, Intents
from .gateway_session import Connection, GatewaySession
from .jsontypes import Json, JsonObject, as_int, as_list, as_object, as_text, parse
from .member_requests import MemberRequests
from .world import World

MAX_PAYLOAD = 4096
MAX_GUILDS_PER_SHARD = 2500
SENDS_PER_MINUTE = 120

UNKNOWN_OPCODE = 4001
DECODE_ERROR = 4002
NOT_AUTHENTICATED = 4003
AUTHENTICATION_FAILED = 4004
ALREADY_AUTHENTICATED = 4005
INVALID_SEQUENCE = 4007
RATE_LIMITED = 4008
INVALID_SHARD = 4010
SHARDING_REQUIRED = 4011
INVALID_INTENTS = 4013
DISALLOWED_INTENTS = 4014


class Sessions(Protocol):
    """What a conversation needs of the gateway."""

    def refuse(self, connection: Connection, code: int) -> None:
        """Close a connection with this code."""

    def next_refusal(self) -> int | None:
        """The close code that the next IDENTIFY shall get, if any."""

    def open(self, shard: tuple[int, int], intents: Intents, connection: Connection) -> GatewaySession:
        """Begin a session."""

    def find(self, session_id: str) -> GatewaySession | None:
        """The session with this id, when it can be resumed."""


class Conversation:
    """Reads the messages of one connection."""

    def __init__(self, sessions: Sessions, world: World, requests: MemberRequests, connection: Connection) -> None:
        self._sessions = sessions
        self._world = world
        self._requests = requests
        self._connection = connection
        self._session: GatewaySession | None = None
        self._received: deque[float] = deque()
        self._over = False

    def receive(self, text: str) -> None:
        """Take one message of the bot."""
        if self._over:
            return
        now = time.monotonic()
        self._received.append(now)
        while self._received[0] < now - 60:
            self._received.popleft()
        if len(self._received) > SENDS_PER_MINUTE:
            self._refuse(RATE_LIMITED)
            return
        if len(text.encode()) > MAX_PAYLOAD:
            self._refuse(DECODE_ERROR)
            return
        try:
            message = as_object(parse(text))
        except ValueError:
            self._refuse(DECODE_ERROR)
            return
        self._handle(as_int(message.get("op")), message.get("d"))

    def end(self) -> None:
        """The connection is gone; the session waits to be resumed."""
        if self._session is not None and self._session.connection is self._connection:
            self._session.connection = None

    def _refuse(self, code: int) -> None:
        self._over = True
        self._sessions.refuse(self._connection, code)

    def _handle(self, op: int | None, data: Json) -> None:
        match op:
            case 1:
                self._connection.send({"op": 11})
            case 2:
                self._identify(as_object(data))
            case 6:
                self._resume(as_object(data))
            case 3 | 4 | 8 | 31 if self._session is None:
                self._refuse(NOT_AUTHENTICATED)
            case 8:
                self._request_members(as_object(data))
            case 3 | 4 | 31:
                pass  # presence, voice state, soundboard: nothing in the sandbox listens
            case _:
                self._refuse(UNKNOWN_OPCODE)

    def _identify(self, data: JsonObject) -> None:
        code = self._sessions.next_refusal() or self._check_identify(data)
        if code is not None:
            self._refuse(code)
            return
        portal = self._world.portal
        portal.identifies_left -= 1
        shard = _shard(data) or (0, 1)
        intents = Intents((as_int(data.get("intents")) or 0) & VALID_INTENT_BITS)
        self._session = self._sessions.open(shard, intents, self._connection)

    def _check_identify(self, data: JsonObject) -> int | None:
        if self._session is not None:
            return ALREADY_AUTHENTICATED
        if as_text(data.get("token")).removeprefix("Bot ") != self._world.token:
            return AUTHENTICATION_FAILED
        if self._world.portal.identifies_left <= 0:
            return AUTHENTICATION_FAILED
        if "properties" not in data:
            return DECODE_ERROR
        shard = _shard(data)
        if "shard" in data and shard is None:
            return INVALID_SHARD
        shard_id, count = shard or (0, 1)
        covered = sum((guild.id >> 22) % count == shard_id for guild in self._world.bot_guilds())
        if covered > MAX_GUILDS_PER_SHARD:
            return SHARDING_REQUIRED
        value = as_int(data.get("intents"))
        if value is None or value & ~VALID_INTENT_BITS:
            return INVALID_INTENTS
        if self._world.portal.forbidden(Intents(value)):
            return DISALLOWED_INTENTS
        return None

    def _resume(self, data: JsonObject) -> None:
        if as_text(data.get("token")).removeprefix("Bot ") != self._world.token:
            self._refuse(AUTHENTICATION_FAILED)
            return
        session = self._sessions.find(as_text(data.get("session_id")))
        sequence = as_int(data.get("seq"))
        if session is None or sequence is None or not session.can_replay(sequence):
            self._connection.send({"op": 9, "d": False})
            return
        self._session = session
        session.resume(self._connection, sequence)
        self._world.changed.notify()

    def _request_members(self, data: JsonObject) -> None:
        if self._session is not None and not self._requests.answer(self._session, data):
            self._refuse(DISALLOWED_INTENTS)


def _shard(data: JsonObject) -> tuple[int, int] | None:
    parts = [as_int(part) for part in as_list(data.get("shard"))]
    if len(parts) != 2 or parts[0] is None or parts[1] is None or not 0 <= parts[0] < parts[1]:
        return None
    return parts[0], parts[1]

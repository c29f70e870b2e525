"""REQUEST_GUILD_MEMBERS (op 8): members by id for anybody, whole servers only with the members intent."""

from __future__ import annotations

import time
from collections.abc import Callable

from .events import Intents
from .gateway_session import GatewaySession
from .guild_changes import GuildChanges
from .jsontypes import Json, JsonObject, as_int, as_list
from .models import Member
from .payloads import member_payload
from .world import World

MAX_ASKED = 100
CHUNK = 1000
WHOLE_SERVER_EVERY = 30.0
"""Seconds between two requests for all members of one server."""


class MemberRequests:
    """Answers requests for members. `hides_roles` says for which members the roles shall be missing (a fault)."""

    def __init__(self, world: World, hides_roles: Callable[[int, int], bool]) -> None:
        self._world = world
        self._hides_roles = hides_roles
        self._asked_whole: dict[int, float] = {}

    def answer(self, session: GatewaySession, data: JsonObject) -> bool:
        """Send the chunks. False when the session lacks the intent for what it asks."""
        guild = self._world.guilds.get(as_int(data.get("guild_id")) or 0)
        if guild is None or not guild.has_bot or not session.covers(guild.id):
            return True
        if "user_ids" in data:
            return self._by_id(session, guild, data)
        query, limit = data.get("query"), as_int(data.get("limit")) or 0
        if not isinstance(query, str):
            return True
        if query == "" and limit == 0:
            return self._whole(session, guild, data)
        found = [m for m in guild.members.values() if m.user.name.casefold().startswith(query.casefold())]
        self._send(session, guild, found[: min(limit or MAX_ASKED, MAX_ASKED)], (), data)
        return True

    def _by_id(self, session: GatewaySession, guild: GuildChanges, data: JsonObject) -> bool:
        value = data["user_ids"]
        single = as_int(value)
        asked = [single] if single is not None else [as_int(one) for one in as_list(value)]
        wanted = [user_id for user_id in asked if user_id is not None][:MAX_ASKED]
        members = [guild.members[user_id] for user_id in wanted if user_id in guild.members]
        missing = tuple(user_id for user_id in wanted if user_id not in guild.members)
        self._send(session, guild, members, missing, data)
        return True

    def _whole(self, session: GatewaySession, guild: GuildChanges, data: JsonObject) -> bool:
        if not session.intents & Intents.GUILD_MEMBERS:
            return False
        now = time.monotonic()
        wait = self._asked_whole.get(guild.id, -WHOLE_SERVER_EVERY) + WHOLE_SERVER_EVERY - now
        if wait > 0:
            meta: dict[str, Json] = {"guild_id": str(guild.id), "nonce": data.get("nonce")}
            session.tell("RATE_LIMITED", {"opcode": 8, "retry_after": round(wait, 3), "meta": meta})
            return True
        self._asked_whole[guild.id] = now
        self._send(session, guild, list(guild.members.values()), (), data)
        return True

    def _send(
        self,
        session: GatewaySession,
        guild: GuildChanges,
        members: list[Member],
        missing: tuple[int, ...],
        data: JsonObject,
    ) -> None:
        chunks = [members[start : start + CHUNK] for start in range(0, len(members), CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            payload: dict[str, Json] = {
                "guild_id": str(guild.id),
                "members": [self._member(guild, member) for member in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
                "not_found": [str(user_id) for user_id in missing],
            }
            if data.get("nonce") is not None:
                payload["nonce"] = data["nonce"]
            session.tell("GUILD_MEMBERS_CHUNK", payload)

    def _member(self, guild: GuildChanges, member: Member) -> JsonObject:
        payload = member_payload(member)
        if self._hides_roles(guild.id, member.user.id):
            payload["roles"] = []
        return payload

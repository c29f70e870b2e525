"""Gateway events, the intents that let them through, and the port that takes them. Source: Discord's "Gateway" page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol

from .jsontypes import JsonObject


class Intents(IntFlag):
    """The groups of events that a session may ask for."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intents.GUILD_MEMBERS | Intents.GUILD_PRESENCES | Intents.MESSAGE_CONTENT
"""Intents that must be switched on in the developer portal first."""

VALID_INTENT_BITS = (1 << 26) - 1


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `guild_id` None means outside servers: shard 0 hears of it."""

    name: str
    payload: JsonObject
    guild_id: int | None
    needs: Intents = Intents.NONE


class EventSink(Protocol):
    """Where events go: the gateway's sessions."""

    def dispatch(self, event: Event) -> None:
        """Pass the event on to every session that may see it."""

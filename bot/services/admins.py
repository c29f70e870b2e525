"""The person who configures a server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admin:
    """An admin at work in a server. Discord has already checked that they may use the command."""

    guild_id: int
    user_id: int
    role_ids: frozenset[int]

"""Discord as the services use it: members, roles and posts, over the connection of a discord.py client.

Role writes go through discord.py's HTTP layer by id, so that no member or server object has to be kept in memory.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import discord
import stamina
import structlog
from discord.types.member import MemberWithUser

from bot.domain.guilds import ChannelState, GuildSnapshot
from bot.domain.ledger import RoleOutcome
from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.gateway.budget import RequestBudget
from bot.gateway.guild_snapshots import cached_snapshot, fetched_snapshot
from bot.gateway.outcomes import TROUBLE, in_words, is_absent, is_refusal, is_worth_retrying, role_outcome

log = structlog.get_logger(__name__)

REQUEST_TIMEOUT = 90.0
"""Seconds for one request with all of discord.py's own retries and waits; discord.py itself sets no limit."""
SNAPSHOT_LIFETIME = 60.0
"""Seconds that a server's roles, fetched over REST, are believed. The gateway's cache follows events instead."""

Answer = TypeVar("Answer")


class DiscordRest:
    """Reads members and servers, writes roles and posts; one role write at a time per server.

    discord.py over-commits a bucket when several writes of one route start together; in sequence it does not.
    """

    def __init__(self, client: discord.Client, budget: RequestBudget, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._budget = budget
        self._monotonic = monotonic
        self._snapshots: dict[int, tuple[float, GuildSnapshot]] = {}

    async def member(self, guild_id: int, user_id: int) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Look a member up, freshly."""
        try:
            data = await self._ask(lambda: self._client.http.get_member(guild_id, user_id))
        except TROUBLE as error:
            if is_absent(error):
                return MemberAbsent()
            return self._unreachable("member", guild_id, error)
        return _member(user_id, data)

    async def guild(self, guild_id: int) -> GuildSnapshot | Unreachable:
        """Look a server and its roles up: from the gateway's cache, which follows events, or over REST."""
        cached = cached_snapshot(self._client, guild_id)
        if cached is not None:
            return cached
        known = self._snapshots.get(guild_id)
        if known is not None and self._monotonic() - known[0] < SNAPSHOT_LIFETIME:
            return known[1]
        try:
            fetched = await self._ask(lambda: fetched_snapshot(self._client, guild_id))
        except TROUBLE as error:
            return self._unreachable("guild", guild_id, error)
        if fetched is None:
            return Unreachable("not logged in")
        self._snapshots[guild_id] = (self._monotonic(), fetched)
        return fetched

    async def give_role(self, guild_id: int, user_id: int, role_id: int, reason: str) -> RoleOutcome:
        """Give one role; atomic and idempotent."""
        return await self._write(
            guild_id, lambda: self._client.http.add_role(guild_id, user_id, role_id, reason=reason)
        )

    async def take_role(self, guild_id: int, user_id: int, role_id: int, reason: str) -> RoleOutcome:
        """Take one role; atomic and idempotent."""
        return await self._write(
            guild_id, lambda: self._client.http.remove_role(guild_id, user_id, role_id, reason=reason)
        )

    async def set_roles(self, guild_id: int, user_id: int, role_ids: frozenset[int], reason: str) -> RoleOutcome:
        """Replace a member's role list."""
        roles = [str(role_id) for role_id in sorted(role_ids)]
        return await self._write(
            guild_id, lambda: self._client.http.edit_member(guild_id, user_id, reason=reason, roles=roles)
        )

    async def channel(self, guild_id: int, channel_id: int) -> ChannelState | Unreachable:
        """Look whether a post into a channel would arrive, by the gateway's cache, which follows events."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return Unreachable("not connected")
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            return ChannelState.GONE
        allowed = channel.permissions_for(guild.me)
        return ChannelState.OPEN if allowed.view_channel and allowed.send_messages else ChannelState.CLOSED

    async def post(self, channel_id: int, text: str) -> bool:
        """Write a line into a channel, without pinging anybody."""
        channel = self._client.get_partial_messageable(channel_id)
        try:
            await self._ask(lambda: channel.send(text[:2000], allowed_mentions=discord.AllowedMentions.none()))
        except TROUBLE as error:
            log.warning("discord.post_failed", channel_id=channel_id, error=in_words(error))
            return False
        return True

    async def _write(self, guild_id: int, request: Callable[[], Awaitable[object]]) -> RoleOutcome:
        try:
            await self._ask(request)
        except TROUBLE as error:
            outcome = role_outcome(error)
            log.warning("discord.role_write", guild_id=guild_id, outcome=outcome.value, error=in_words(error))
            return outcome
        return RoleOutcome.DONE

    async def _ask(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        async for attempt in stamina.retry_context(on=is_worth_retrying, attempts=3, wait_initial=0.5, wait_max=5):
            with attempt:
                await self._budget.spend()
                try:
                    async with asyncio.timeout(REQUEST_TIMEOUT):
                        return await request()
                except discord.HTTPException as error:
                    if is_refusal(error):
                        self._budget.count_refusal()
                    raise
        raise AssertionError("stamina yields at least one attempt")

    def _unreachable(self, what: str, guild_id: int, error: BaseException) -> Unreachable:
        log.warning("discord.unreachable", what=what, guild_id=guild_id, error=in_words(error))
        return Unreachable(in_words(error))


def _member(user_id: int, data: MemberWithUser) -> MemberSnapshot:
    joined_at = data["joined_at"]
    return MemberSnapshot(
        user_id=user_id,
        role_ids=frozenset(int(role_id) for role_id in data["roles"]),
        joined_at=None if joined_at is None else datetime.fromisoformat(joined_at),
        pending=bool(data.get("pending", False)),
    )

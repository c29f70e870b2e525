"""Discord as the services use it: members, roles and posts, over the connection of a discord.py client.

Role writes go through discord.py's HTTP layer by id, so that no member or server object has to be kept in memory.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import discord
import stamina
import structlog
from discord.types.member import MemberWithUser

from bot.domain.guilds import ChannelState, GuildSnapshot, ServerName
from bot.domain.ledger import RoleOutcome
from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.gateway.budget import RequestBudget
from bot.gateway.guild_snapshots import cached_snapshot, fetched_snapshot
from bot.gateway.outcomes import (
    TROUBLE,
    DiscordCode,
    in_words,
    is_absent,
    is_outside,
    is_refusal,
    is_worth_retrying,
    role_outcome,
)
from bot.gateway.server_looks import SERVERS_A_PAGE, channel_state, channel_trouble, fetched_servers

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
            data = await self.ask(lambda: self._client.http.get_member(guild_id, user_id))
        except TROUBLE as error:
            if is_absent(error):
                return MemberAbsent()
            return self._unreachable("member", guild_id, error)
        return member_snapshot(user_id, data)

    async def guild(self, guild_id: int, *, fresh: bool = False) -> GuildSnapshot | Unreachable:
        """Look a server and its roles up: from the gateway's cache, which follows events, or over REST.

        `fresh`: over REST in any case.
        """
        known = None if fresh else self._known(guild_id)
        if known is not None:
            return known
        try:
            fetched = await self.ask(lambda: fetched_snapshot(self._client, guild_id))
        except TROUBLE as error:
            return self._unreachable("guild", guild_id, error)
        if fetched is None:
            return Unreachable("not logged in")
        self._snapshots[guild_id] = (self._monotonic(), fetched)
        return fetched

    def _known(self, guild_id: int) -> GuildSnapshot | None:
        cached = cached_snapshot(self._client, guild_id)
        if cached is not None:
            return cached
        fetched_at, fetched = self._snapshots.get(guild_id, (0.0, None))
        return fetched if self._monotonic() - fetched_at < SNAPSHOT_LIFETIME else None

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
        """Look whether a post into a channel would arrive: by the gateway's cache if there is one, or over REST."""
        guild = self._client.get_guild(guild_id)
        if guild is None:
            return await self._fetched_channel(guild_id, channel_id)
        if guild.unavailable:
            return Unreachable("not connected")
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            return ChannelState.GONE
        allowed = channel.permissions_for(guild.me)
        return ChannelState.OPEN if allowed.view_channel and allowed.send_messages else ChannelState.CLOSED

    async def is_in(self, guild_id: int) -> bool | Unreachable:
        """Say whether the bot is in a server, which only Discord's clear word denies."""
        if self._client.get_guild(guild_id) is not None:
            return True
        try:
            await self.ask(lambda: self._client.http.get_guild(guild_id, with_counts=False))
        except TROUBLE as error:
            return False if is_outside(error) else self._unreachable("guild", guild_id, error)
        return True

    async def servers(self, most: int) -> Sequence[ServerName] | Unreachable:
        """List the servers that the bot is in, by id, at most so many. Asks Discord, page by page."""
        found: list[ServerName] = []
        while len(found) < most:
            after = found[-1].id if found else 0
            try:
                page = await self.ask(partial(fetched_servers, self._client, after))
            except TROUBLE as error:
                return self._unreachable("servers", 0, error)
            found.extend(page)
            if len(page) < SERVERS_A_PAGE:
                break
        return found[:most]

    async def _fetched_channel(self, guild_id: int, channel_id: int) -> ChannelState | Unreachable:
        guild, bot = await self.guild(guild_id), self._client.user
        if isinstance(guild, Unreachable):
            return guild
        if bot is None:
            return Unreachable("not logged in")
        try:
            data = await self.ask(lambda: self._client.http.get_channel(channel_id))
        except TROUBLE as error:
            return channel_trouble(error) or self._unreachable("channel", guild_id, error)
        return channel_state({**data}, guild, bot.id)

    async def post(self, channel_id: int, text: str) -> bool:
        """Write a line into a channel, without pinging anybody."""
        channel = self._client.get_partial_messageable(channel_id)
        try:
            await self.ask(lambda: channel.send(text[:2000], allowed_mentions=discord.AllowedMentions.none()))
        except TROUBLE as error:
            log.warning("discord.post_failed", channel_id=channel_id, error=in_words(error))
            return False
        return True

    async def notify(self, channel_id: int, user_id: int, text: str) -> ChannelState | Unreachable:
        """Write into a channel and ping exactly one member. OPEN: it is there; Unreachable: it may be there."""
        channel = self._client.get_partial_messageable(channel_id)
        mentions = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
        # Discord makes one message of two with the same nonce: what is repeated after an error is not posted twice.
        nonce = hashlib.blake2b(f"{channel_id}:{text}".encode(), digest_size=12).hexdigest()
        try:
            await self.ask(lambda: channel.send(text[:2000], allowed_mentions=mentions, nonce=nonce))
        except TROUBLE as error:
            log.warning("discord.post_failed", channel_id=channel_id, error=in_words(error))
            if isinstance(error, discord.HTTPException) and error.code == DiscordCode.MISSING_PERMISSIONS:
                return ChannelState.CLOSED
            return channel_trouble(error) or Unreachable(in_words(error))
        return ChannelState.OPEN

    async def _write(self, guild_id: int, request: Callable[[], Awaitable[object]]) -> RoleOutcome:
        try:
            await self.ask(request)
        except TROUBLE as error:
            outcome = role_outcome(error)
            log.warning("discord.role_write", guild_id=guild_id, outcome=outcome.value, error=in_words(error))
            return outcome
        return RoleOutcome.DONE

    async def ask(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask Discord something within the budget. Raises what discord.py raises, see `outcomes.TROUBLE`."""
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


def member_snapshot(user_id: int, data: MemberWithUser) -> MemberSnapshot:
    """Read a member as Discord sent it."""
    joined_at = data["joined_at"]
    return MemberSnapshot(
        user_id=user_id,
        role_ids=frozenset(int(role_id) for role_id in data["roles"]),
        joined_at=None if joined_at is None else datetime.fromisoformat(joined_at),
        pending=bool(data.get("pending", False)),
    )

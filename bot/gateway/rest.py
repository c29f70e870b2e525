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
from bot.domain.members import MemberAbsent, MemberSnapshot, RoleChanges, Unreachable
from bot.domain.posts import PostButton
from bot.domain.urgency import Urgency
from bot.gateway.budget import RequestBudget
from bot.gateway.expected_members import ExpectedMembers
from bot.gateway.guild_snapshots import cached_snapshot, fetched_snapshot
from bot.gateway.outcomes import (
    TROUBLE,
    DiscordCode,
    NotLoggedInError,
    in_words,
    is_absent,
    is_outside,
    is_worth_retrying,
    role_outcome,
)
from bot.gateway.post_buttons import button_row
from bot.gateway.role_lanes import Lane, RoleLanes
from bot.gateway.server_looks import SERVERS_A_PAGE, channel_state, channel_trouble, fetched_servers

log = structlog.get_logger(__name__)

REQUEST_TIMEOUT = 90.0
"""Seconds for one request with all of discord.py's own retries and waits; discord.py itself sets no limit."""
SNAPSHOT_LIFETIME = 60.0
"""Seconds that a server's roles, fetched over REST, are believed. The gateway's cache follows events instead."""
JUST_READ = 1.0
"""Seconds after which a member's roles are read again before the whole list is replaced."""

Answer = TypeVar("Answer")


class DiscordRest:
    """Reads members and servers, writes roles and posts. Role writes take turns in their server's lanes."""

    def __init__(
        self, client: discord.Client, budget: RequestBudget, lanes: RoleLanes, monotonic: Callable[[], float]
    ) -> None:
        self._client = client
        self._budget = budget
        self._lanes = lanes
        self._monotonic = monotonic
        self._expected = ExpectedMembers(client, monotonic)
        self._snapshots: dict[int, tuple[float, GuildSnapshot]] = {}

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Look a member up: freshly, or for a sweep as learned while it was expected."""
        expected = self._expected.take(guild_id, user_id)
        if expected is not None and urgency is Urgency.SWEEP:
            return expected
        return await self._fetched_member(guild_id, user_id, urgency)

    async def expect(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Learn of members whom a sweep is going to look up soon, all together."""
        await self._expected.fetch(guild_id, user_ids)

    async def _fetched_member(
        self, guild_id: int, user_id: int, urgency: Urgency
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        self._expected.drop(guild_id, user_id)
        try:
            data = await self.ask(lambda: self._client.http.get_member(guild_id, user_id), urgency)
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

    async def give_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        """Give one role; atomic and idempotent."""
        add = self._client.http.add_role
        async with self._lanes.turn(guild_id, Lane.ONE_ROLE, urgency):
            return await self._write(guild_id, user_id, lambda: add(guild_id, user_id, role_id, reason=reason), urgency)

    async def take_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        """Take one role; atomic and idempotent."""
        remove = self._client.http.remove_role
        async with self._lanes.turn(guild_id, Lane.ONE_ROLE, urgency):
            return await self._write(
                guild_id, user_id, lambda: remove(guild_id, user_id, role_id, reason=reason), urgency
            )

    async def change_roles(
        self,
        guild_id: int,
        member: MemberSnapshot,
        changes: RoleChanges,
        reason: str,
        urgency: Urgency = Urgency.PERSON,
    ) -> RoleOutcome:
        """Change several roles of a member, by replacing the list.

        Whoever had to wait for the turn is read once more: a role that somebody else gave meanwhile would be lost.
        """
        asked_at, edit = self._monotonic(), self._client.http.edit_member
        async with self._lanes.turn(guild_id, Lane.ROLE_LIST, urgency):
            before = member.role_ids
            if urgency is Urgency.SWEEP or self._monotonic() - asked_at > JUST_READ:
                match await self._fetched_member(guild_id, member.user_id, urgency):
                    case MemberAbsent():
                        return RoleOutcome.MEMBER_GONE
                    case MemberSnapshot(role_ids=role_ids) if role_ids:
                        before = role_ids
                    case _:  # an empty list is not trusted with that
                        return RoleOutcome.UNREACHABLE
            roles = [str(role_id) for role_id in sorted(changes.of(before))]
            return await self._write(
                guild_id,
                member.user_id,
                lambda: edit(guild_id, member.user_id, reason=reason, roles=roles),
                urgency,
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

    async def post(self, channel_id: int, text: str, buttons: Sequence[PostButton] = ()) -> bool:
        """Write a line into a channel, without pinging anybody."""
        channel = self._client.get_partial_messageable(channel_id)
        nobody, row = discord.AllowedMentions.none(), button_row(buttons)
        try:
            if row is None:
                await self.ask(lambda: channel.send(text[:2000], allowed_mentions=nobody))
            else:
                await self.ask(lambda: channel.send(text[:2000], allowed_mentions=nobody, view=row))
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

    async def _write(
        self, guild_id: int, user_id: int, request: Callable[[], Awaitable[object]], urgency: Urgency
    ) -> RoleOutcome:
        try:
            await self.ask(request, urgency)
        except TROUBLE as error:
            outcome = role_outcome(error)
            log.warning("discord.role_write", guild_id=guild_id, outcome=outcome.value, error=in_words(error))
            return outcome
        finally:
            self._expected.drop(guild_id, user_id)
        return RoleOutcome.DONE

    async def ask(self, request: Callable[[], Awaitable[Answer]], urgency: Urgency = Urgency.PERSON) -> Answer:
        """Ask Discord something within the budget. Raises what discord.py raises, see `outcomes.TROUBLE`.

        The web page may have visitors before the log-in is done, which discord.py takes for a fault of its caller.
        """
        if self._client.application_id is None:
            raise NotLoggedInError
        async for attempt in stamina.retry_context(on=is_worth_retrying, attempts=3, wait_initial=0.5, wait_max=5):
            with attempt:
                await self._budget.spend(urgency)
                async with asyncio.timeout(REQUEST_TIMEOUT):
                    return await request()
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

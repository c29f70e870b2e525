"""Members whom a sweep is about to look up: asked for together over the gateway, which costs no REST requests.

Discord gives up to 100 members by their ids in one request, also without the members intent; 120 gateway requests a
minute are allowed. https://discord.com/developers/docs/events/gateway-events#request-guild-members

What is learned is used once and not for long. It is dropped as soon as the member is looked up or changed in any other
way. Somebody whom Discord did not send is looked up by REST: only a clear answer says that a member is gone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import discord
import structlog

from bot.domain.members import MemberSnapshot

log = structlog.get_logger(__name__)

LIFETIME = 60.0
"""Seconds that what was learned of a member may wait for its turn."""
MOST_AT_ONCE = 100
FEWEST = 5
"""Fewer are looked up one by one."""
REQUESTS_PER_MINUTE = 90
"""For each shard: discord.py stops all that it sends at 110."""
PATIENCE = 5.0
PAUSE = 60.0
"""Seconds to go without, after the gateway did not answer."""

_Key = tuple[int, int]


class ExpectedMembers:
    """Keeps what was learned of members until their turn comes."""

    def __init__(self, client: discord.Client, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._known: dict[_Key, tuple[float, MemberSnapshot]] = {}
        self._asked: set[_Key] = set()
        self._sent: dict[int, deque[float]] = {}
        self._paused_until = 0.0

    async def fetch(self, guild_id: int, user_ids: Sequence[int]) -> None:
        """Ask for members of a server, where that is worth it. Never fails: who is not known is looked up by REST."""
        now = self._monotonic()
        for key in [key for key, (learned_at, _) in self._known.items() if now - learned_at >= LIFETIME]:
            del self._known[key]
        missing = [user_id for user_id in user_ids if (guild_id, user_id) not in self._known.keys() | self._asked]
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or len(missing) < FEWEST or not self._may_send(guild.shard_id, now):
            return
        keys = {(guild_id, user_id) for user_id in missing[:MOST_AT_ONCE]}
        self._asked |= keys
        try:
            async with asyncio.timeout(PATIENCE):
                found = await guild.query_members(user_ids=missing[:MOST_AT_ONCE], limit=MOST_AT_ONCE, cache=False)
        except (TimeoutError, discord.DiscordException, OSError, RuntimeError, AttributeError) as error:
            # discord.py has no error of its own for a connection that is just being made anew.
            self._paused_until = self._monotonic() + PAUSE
            log.info("discord.members_not_sent", guild_id=guild_id, error=type(error).__name__)
            return
        finally:
            wanted, self._asked = keys & self._asked, self._asked - keys
        learned_at = self._monotonic()
        for member in found:
            if (guild_id, member.id) in wanted:
                self._known[guild_id, member.id] = (learned_at, _snapshot(member))

    def take(self, guild_id: int, user_id: int) -> MemberSnapshot | None:
        """Return what is known of a member, and forget it."""
        learned_at, member = self._known.pop((guild_id, user_id), (0.0, None))
        return member if self._monotonic() - learned_at < LIFETIME else None

    def drop(self, guild_id: int, user_id: int) -> None:
        """Forget a member, also one who was asked for and has not been sent yet: there is newer knowledge."""
        self._known.pop((guild_id, user_id), None)
        self._asked.discard((guild_id, user_id))

    def _may_send(self, shard_id: int, now: float) -> bool:
        sent = self._sent.setdefault(shard_id, deque())
        while sent and now - sent[0] > 60:
            sent.popleft()
        if now < self._paused_until or len(sent) >= REQUESTS_PER_MINUTE:
            return False
        sent.append(now)
        return True


def _snapshot(member: discord.Member) -> MemberSnapshot:
    roles = frozenset(role.id for role in member.roles if role.id != member.guild.id)
    return MemberSnapshot(member.id, roles, member.joined_at, member.pending)

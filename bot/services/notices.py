"""Dated notices: a holder is told once for each lapse that a role ends, and until when it stays.

Whoever uses the bot is told there and then. In a server with a notice channel a post there tells those who do not. A
post is made at most once: what was tried and not confirmed is left to the member's next contact, as it may be there.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.domain.guilds import ChannelState
from bot.domain.members import Unreachable
from bot.domain.notices import Lapse, NoticeToPost
from bot.services.guild_log import GuildLog
from bot.services.keyed_locks import KeyedLocks
from bot.services.ports import Clock, DiscordGateway, Store

log = structlog.get_logger(__name__)

POSTS_AT_ONCE = 5
"""Posts in one server within one tick of the clock; Discord lets five messages through in five seconds."""
_PAGE = 100

Words = Callable[[int, Sequence[Lapse]], str]
"""Says a member's lapses in a post that mentions them."""


class Notices:
    """Tells holders that a role ends."""

    def __init__(self, store: Store, gateway: DiscordGateway, guild_log: GuildLog, clock: Clock, words: Words) -> None:
        self._store = store
        self._gateway = gateway
        self._guild_log = guild_log
        self._clock = clock
        self._words = words
        self._telling = KeyedLocks()

    async def tell(self, guild_id: int, user_id: int, show: Callable[[Sequence[Lapse]], Awaitable[None]]) -> None:
        """Show a member who is using the bot what they have not been told, if there is anything.

        Raises `StoreBusyError`, and what `show` raises; then nothing counts as told.
        """
        telling = self._telling.of((guild_id, user_id))
        if telling.locked():
            return  # they are being told just now
        async with telling:
            async with self._store.reading() as unit:
                lapses = await unit.notices.untold(guild_id, user_id, self._clock.now())
            if not lapses:
                return
            await show(lapses)
            async with self._store.unit() as unit:
                await unit.notices.told(lapses, self._clock.now())

    async def look_at(self, guild_id: int, channel_id: int) -> ChannelState | Unreachable:
        """Look whether notices would arrive in a channel."""
        return await self._gateway.channel(guild_id, channel_id)

    async def post_due(self) -> None:
        """Post one batch of notices to the servers' notice channels."""
        async with self._store.unit() as unit:
            waiting = await unit.notices.to_post(self._clock.now(), POSTS_AT_ONCE, _PAGE)
        closed: set[int] = set()
        for notice in waiting:
            if notice.guild_id not in closed and not await self._post(notice):
                closed.add(notice.guild_id)

    async def _post(self, notice: NoticeToPost) -> bool:
        """Return False when the server's channel takes nothing at the moment."""
        state = await self._gateway.channel(notice.guild_id, notice.channel_id)
        if state is ChannelState.OPEN:
            async with self._telling.of((notice.guild_id, notice.user_id)):
                state = await self._post_now(notice)
        if isinstance(state, Unreachable):
            return False
        async with self._store.unit() as unit:
            if state is ChannelState.OPEN:
                await unit.notices.channel_works(notice.guild_id)
                return True
            is_news = await unit.notices.channel_failed(notice.guild_id, self._clock.now())
        if is_news:
            await self._guild_log.post(notice.guild_id, _closed(notice.channel_id, state))
        return False

    async def _post_now(self, notice: NoticeToPost) -> ChannelState | Unreachable:
        async with self._store.unit() as unit:
            lapses = await unit.notices.untold(notice.guild_id, notice.user_id, self._clock.now(), unposted=True)
            await unit.notices.try_post(lapses)
        if not lapses:
            return ChannelState.OPEN  # told, or over, in the meantime
        state = await self._gateway.notify(notice.channel_id, notice.user_id, self._words(notice.user_id, lapses))
        if state is ChannelState.OPEN:
            async with self._store.unit() as unit:
                await unit.notices.told(lapses, self._clock.now())
        else:
            log.warning("notice.not_posted", guild_id=notice.guild_id, user_id=notice.user_id)
        return state


def _closed(channel_id: int, state: ChannelState) -> str:
    if state is ChannelState.GONE:
        why, fix = "does not exist any more", "Choose another one with `/settings set`."
    else:
        why = "does not let Holdfast post"
        fix = "Give Holdfast View Channel and Send Messages there, or choose another one with `/settings set`."
    return (
        f"**Holders cannot be told in <#{channel_id}> that a role ends:** the channel {why}. Until that is put right, "
        f"they are told when they next use Holdfast. {fix}"
    )

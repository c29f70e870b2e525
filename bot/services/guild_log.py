"""Lines for a server's log channel, where its admins look."""

from collections.abc import Sequence

import structlog

from bot.domain.posts import PostButton
from bot.services.ports import DiscordGateway, Store

log = structlog.get_logger(__name__)


class GuildLog:
    """Posts to the channel that a server's admins chose with `/settings set log_channel`, if they chose one."""

    def __init__(self, store: Store, gateway: DiscordGateway) -> None:
        self._store = store
        self._gateway = gateway

    async def post(self, guild_id: int, text: str, buttons: Sequence[PostButton] = ()) -> None:
        """Post a line. A server without a log channel, or one that refuses, only leaves a line in the host's log."""
        async with self._store.unit() as unit:
            channel_id = (await unit.settings.get(guild_id)).log_channel_id
        if channel_id is None or not await self._gateway.post(channel_id, text, buttons):
            log.info("guild_log.not_posted", guild_id=guild_id, has_channel=channel_id is not None)

"""Posts with buttons that are edited later, in a server's channels."""

import discord
import structlog

from bot.domain.brakes import HoldPost
from bot.domain.members import Unreachable
from bot.gateway.outcomes import TROUBLE, DiscordCode, in_words
from bot.gateway.rest import DiscordRest

log = structlog.get_logger(__name__)

_NOT_THERE = frozenset({DiscordCode.UNKNOWN_CHANNEL, DiscordCode.MISSING_ACCESS, DiscordCode.MISSING_PERMISSIONS})


class ChannelPosts:
    """Posts messages and edits them, without pinging anybody."""

    def __init__(self, client: discord.Client, rest: DiscordRest) -> None:
        self._client = client
        self._rest = rest

    async def publish(
        self, channel_id: int, post: HoldPost | None, embed: discord.Embed, view: discord.ui.View
    ) -> HoldPost | Unreachable | None:
        """Edit a post, or write a new one where there is none (any more). None when Discord does not take it there."""
        try:
            if post is not None and await self._edit(post, embed, view):
                return post
            channel = self._client.get_partial_messageable(channel_id)
            nobody = discord.AllowedMentions.none()
            message = await self._rest.ask(lambda: channel.send(embed=embed, view=view, allowed_mentions=nobody))
        except TROUBLE as error:
            log.warning("discord.post_failed", channel_id=channel_id, error=in_words(error))
            is_refused = isinstance(error, discord.HTTPException) and error.code in _NOT_THERE
            return None if is_refused else Unreachable(in_words(error))
        return HoldPost(channel_id, message.id)

    async def _edit(self, post: HoldPost, embed: discord.Embed, view: discord.ui.View) -> bool:
        """Return whether the post was still there."""
        message = self._client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)
        nobody = discord.AllowedMentions.none()
        try:
            await self._rest.ask(lambda: message.edit(embed=embed, view=view, allowed_mentions=nobody))
        except discord.NotFound as error:
            if error.code == DiscordCode.UNKNOWN_MESSAGE:
                return False
            raise
        return True

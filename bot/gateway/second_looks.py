"""Looking a member up a second time, by another way than the first."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord
import structlog

from bot.domain.members import MemberAbsent, MemberSnapshot, Unreachable
from bot.domain.urgency import Urgency
from bot.gateway.outcomes import TROUBLE, DiscordCode, in_words
from bot.gateway.rest import DiscordRest, member_snapshot

log = structlog.get_logger(__name__)

PAUSE = 1.0
"""Seconds before the same question is asked again, where there is no other way to ask."""


class SecondLooks:
    """Takes members from the server's list of members, which Discord gives to bots with the members intent only.

    Without it they are looked up once more as before, after a pause.
    """

    def __init__(self, client: discord.Client, rest: DiscordRest, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._client = client
        self._rest = rest
        self._sleep = sleep
        self._has_list = client.intents.members

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        """Look a member up once more."""
        if self._has_list:
            listed = await self._listed(guild_id, user_id, urgency)
            if listed is not None:
                return listed
        await self._sleep(PAUSE)
        return await self._rest.member(guild_id, user_id, urgency)

    async def _listed(self, guild_id: int, user_id: int, urgency: Urgency) -> MemberSnapshot | Unreachable | None:
        """The member as the list shows them, which counts as confirmed; None when it does not, or may not be seen."""
        try:
            page = await self._rest.ask(lambda: self._client.http.get_members(guild_id, 1, user_id - 1), urgency)
        except TROUBLE as error:
            if isinstance(error, discord.HTTPException) and error.code == DiscordCode.MISSING_ACCESS:
                self._has_list = False  # asking on and on would only be refused
                return None
            log.warning("discord.unreachable", what="members", guild_id=guild_id, error=in_words(error))
            return Unreachable(in_words(error))
        found = [data for data in page if int(data["user"]["id"]) == user_id]
        return replace(member_snapshot(user_id, found[0]), is_confirmed=True) if found else None

"""A Discord that answers nothing, and notes whom it was asked about."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.guilds import ChannelState, GuildSnapshot, ServerName
from bot.domain.ledger import RoleOutcome
from bot.domain.members import MemberAbsent, MemberKey, MemberSnapshot, RoleChanges, Unreachable
from bot.domain.posts import PostButton
from bot.domain.urgency import Urgency

SILENCE = Unreachable("Discord says nothing")


@dataclass
class SilentDiscord:
    """Everything that services ask of Discord, in vain."""

    asked: list[MemberKey] = field(default_factory=list)

    async def member(
        self, guild_id: int, user_id: int, urgency: Urgency = Urgency.PERSON
    ) -> MemberSnapshot | MemberAbsent | Unreachable:
        self.asked.append((guild_id, user_id))
        return SILENCE

    async def expect(self, guild_id: int, user_ids: Sequence[int]) -> None:
        pass

    async def guild(self, guild_id: int, *, fresh: bool = False) -> GuildSnapshot | Unreachable:
        return SILENCE

    async def give_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        return RoleOutcome.UNREACHABLE

    async def take_role(
        self, guild_id: int, user_id: int, role_id: int, reason: str, urgency: Urgency = Urgency.PERSON
    ) -> RoleOutcome:
        return RoleOutcome.UNREACHABLE

    async def change_roles(
        self,
        guild_id: int,
        member: MemberSnapshot,
        changes: RoleChanges,
        reason: str,
        urgency: Urgency = Urgency.PERSON,
    ) -> RoleOutcome:
        return RoleOutcome.UNREACHABLE

    async def is_in(self, guild_id: int) -> bool | Unreachable:
        return SILENCE

    async def servers(self, most: int) -> Sequence[ServerName] | Unreachable:
        return SILENCE

    async def channel(self, guild_id: int, channel_id: int) -> ChannelState | Unreachable:
        return SILENCE

    async def post(self, channel_id: int, text: str, buttons: Sequence[PostButton] = ()) -> bool:
        return False

    async def notify(self, channel_id: int, user_id: int, text: str) -> ChannelState | Unreachable:
        return SILENCE

"""One server as it is: its roles, members, channels and log, and what a member may do there."""

from __future__ import annotations

from . import permissions
from .errors import SandboxError
from .models import AuditEntry, Channel, Member, Message, Overwrite, Role, User
from .permissions import Permission

MAX_ROLES = 250


class GuildState:
    """The state of a server and the questions one can ask of it. Nothing here changes anything."""

    def __init__(self, guild_id: int, name: str, owner: User, bot: User) -> None:
        self.id = guild_id
        self.name = name
        self.owner = owner
        self.bot = bot
        self.locale = "en-US"
        self.requires_mfa = False
        """Whether moderators need two-factor login; for a bot it is the login of the application's owner."""
        self.bot_may_moderate = True
        """Whether the application's owner has two-factor login."""
        self.roles: dict[int, Role] = {}
        self.members: dict[int, Member] = {}
        self.channels: dict[int, Channel] = {}
        self.audit_log: list[AuditEntry] = []
        """Oldest first."""

    @property
    def everyone(self) -> Role:
        """The role @everyone."""
        return self.roles[self.id]

    @property
    def has_bot(self) -> bool:
        """Whether the bot is a member."""
        return self.bot.id in self.members

    @property
    def bot_role(self) -> Role:
        """The managed role that the bot's invitation made. Raises SandboxError when the bot is not here."""
        for role in self.roles.values():
            if role.tags is not None and role.tags.get("bot_id") == str(self.bot.id):
                return role
        raise SandboxError(f"the bot has no role in {self.name}")

    def member(self, user: User) -> Member:
        """The user's membership. Raises SandboxError when there is none."""
        member = self.members.get(user.id)
        if member is None:
            raise SandboxError(f"{user.name} is not a member of {self.name}")
        return member

    def roles_of(self, user: User) -> set[int]:
        """The ids of the roles that a member has now, without @everyone; empty for somebody who is not a member."""
        member = self.members.get(user.id)
        return set() if member is None else set(member.role_ids)

    def role_named(self, name: str) -> Role:
        """The role with this name. Raises SandboxError when there is none."""
        for role in self.roles.values():
            if role.name == name:
                return role
        raise SandboxError(f"{self.name} has no role {name!r}")

    def channel_named(self, name: str) -> Channel:
        """The channel with this name. Raises SandboxError when there is none."""
        for channel in self.channels.values():
            if channel.name == name:
                return channel
        raise SandboxError(f"{self.name} has no channel {name!r}")

    def find_message(self, message_id: int) -> tuple[Channel, Message] | None:
        """A message anywhere in this server, with its channel."""
        for channel in self.channels.values():
            message = channel.find_message(message_id)
            if message is not None:
                return channel, message
        return None

    def top_position(self, member: Member) -> int:
        """The position of the member's highest role."""
        return max((self.roles[role_id].position for role_id in member.role_ids if role_id in self.roles), default=0)

    def permissions_of(self, member: Member) -> int:
        """Server-wide permissions."""
        values = [self.everyone.permissions]
        values += [self.roles[role_id].permissions for role_id in member.role_ids if role_id in self.roles]
        total = permissions.combine(values, owner=member.user is self.owner)
        if member.user is self.bot and self.requires_mfa and not self.bot_may_moderate:
            total &= ~int(permissions.MFA_ELEVATED)
        return total

    def permissions_in(self, member: Member, channel: Channel) -> int:
        """Permissions in one channel, its overwrites applied."""
        base = self.permissions_of(member)
        if member.user is self.owner:
            return base
        none = Overwrite()
        everyone = channel.overwrites.get(self.id, none)
        own = channel.overwrites.get(member.user.id, none)
        roles = [channel.overwrites[role_id] for role_id in member.role_ids if role_id in channel.overwrites]
        return permissions.overwrite(
            base,
            (everyone.allow, everyone.deny),
            [(rule.allow, rule.deny) for rule in roles],
            (own.allow, own.deny),
        )

    def allows(self, member: Member, needed: Permission, channel: Channel | None = None) -> bool:
        """Whether a member has all of these permissions, in a channel or server-wide."""
        held = self.permissions_of(member) if channel is None else self.permissions_in(member, channel)
        return held & needed == needed

    def outranks(self, member: Member, role: Role) -> bool:
        """Whether a member stands above a role. An equal position is not above; the owner is above all."""
        return member.user is self.owner or self.top_position(member) > role.position

"""One server, and everything that people do to it outside the bot: roles, members and channels come, change and go.

Each change is written to the audit log where Discord writes one, and is told to the gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import SandboxError
from .events import Event, EventSink, Intents
from .guild_payloads import guild_create_payload, guild_payload
from .guild_state import MAX_ROLES, GuildState
from .ids import Clock, Snowflakes
from .jsontypes import Json, JsonObject
from .models import AuditAction, AuditEntry, Channel, Member, Overwrite, Role, User
from .payloads import (
    audit_entry_payload,
    channel_payload,
    member_payload,
    role_payload,
    user_payload,
)
from .permissions import BOT, EVERYONE, Permission


@dataclass(frozen=True, slots=True)
class Tools:
    """What a server needs from its surroundings."""

    ids: Snowflakes
    clock: Clock
    events: EventSink


class GuildChanges(GuildState):
    """A server that can change. `actor` is who does it: the owner unless said otherwise."""

    def __init__(self, guild_id: int, name: str, owner: User, bot: User, tools: Tools) -> None:
        super().__init__(guild_id, name, owner, bot)
        self._tools = tools
        self.roles[guild_id] = Role(guild_id, "@everyone", 0, int(EVERYONE))
        self.members[owner.id] = Member(owner, tools.clock())

    def _tell(self, name: str, payload: Mapping[str, Json], needs: Intents = Intents.GUILDS) -> None:
        if self.has_bot:
            self._tools.events.dispatch(Event(name, {"guild_id": str(self.id), **payload}, self.id, needs))

    def record(
        self,
        actor: User,
        action: AuditAction,
        target_id: int | None,
        *,
        reason: str | None = None,
        added_roles: Iterable[int] = (),
        removed_roles: Iterable[int] = (),
        changes: Iterable[JsonObject] = (),
    ) -> None:
        """Write a line to the audit log, and tell sessions with the moderation intent."""
        entry = AuditEntry(
            self._tools.ids.next(),
            actor,
            action,
            target_id,
            self._tools.clock(),
            reason,
            tuple(sorted(added_roles)),
            tuple(sorted(removed_roles)),
            tuple(changes),
        )
        self.audit_log.append(entry)
        payload = audit_entry_payload(entry, {role.id: role.name for role in self.roles.values()})
        self._tell("GUILD_AUDIT_LOG_ENTRY_CREATE", payload, Intents.GUILD_MODERATION)

    # Roles

    def add_role(
        self,
        name: str,
        *,
        position: int | None = None,
        permissions: int = 0,
        managed: bool = False,
        mentionable: bool = False,
        hoist: bool = False,
        color: int = 0,
        tags: Mapping[str, Json] | None = None,
        actor: User | None = None,
        reason: str | None = None,
    ) -> Role:
        """Make a role.

        Without a position it goes to the bottom and pushes the others up, as in Discord; a given position is taken
        as it is, so that two roles may share one. `tags` are as in the API (`{"bot_id": "1"}`).
        """
        if len(self.roles) >= MAX_ROLES:
            raise SandboxError(f"a server has at most {MAX_ROLES} roles")
        if position is None:
            for other in self.roles.values():
                if other.id != self.id:
                    other.position += 1
        role = Role(
            self._tools.ids.next(),
            name,
            1 if position is None else position,
            int(permissions),
            color,
            hoist,
            managed,
            mentionable,
            None if tags is None else dict(tags),
        )
        self.roles[role.id] = role
        self._tell("GUILD_ROLE_CREATE", {"role": role_payload(role)})
        if position is None:
            for other in self.roles.values():
                if other.id not in (self.id, role.id):
                    self._tell("GUILD_ROLE_UPDATE", {"role": role_payload(other)})
        self.record(actor or self.owner, AuditAction.ROLE_CREATE, role.id, reason=reason)
        return role

    def edit_role(
        self,
        role: Role,
        *,
        name: str | None = None,
        permissions: int | None = None,
        color: int | None = None,
        hoist: bool | None = None,
        mentionable: bool | None = None,
        actor: User | None = None,
        reason: str | None = None,
    ) -> None:
        """Change a role; what is None stays."""
        changes: list[JsonObject] = []
        wanted: dict[str, str | int | bool | None] = {
            "name": name,
            "permissions": permissions,
            "color": color,
            "hoist": hoist,
            "mentionable": mentionable,
        }
        if name is not None:
            role.name = name
        if permissions is not None:
            role.permissions = int(permissions)
        if color is not None:
            role.color = color
        if hoist is not None:
            role.hoist = hoist
        if mentionable is not None:
            role.mentionable = mentionable
        changes += [{"key": key, "new_value": value} for key, value in wanted.items() if value is not None]
        self._tell("GUILD_ROLE_UPDATE", {"role": role_payload(role)})
        self.record(actor or self.owner, AuditAction.ROLE_UPDATE, role.id, reason=reason, changes=changes)

    def move_role(self, role: Role, position: int, *, actor: User | None = None, reason: str | None = None) -> None:
        """Give a role another position; the others stay where they are."""
        role.position = position
        self._tell("GUILD_ROLE_UPDATE", {"role": role_payload(role)})
        self.record(actor or self.owner, AuditAction.ROLE_UPDATE, role.id, reason=reason)

    def delete_role(self, role: Role, *, actor: User | None = None, reason: str | None = None) -> None:
        """Delete a role; every member loses it."""
        del self.roles[role.id]
        for member in self.members.values():
            member.role_ids.discard(role.id)
        self._tell("GUILD_ROLE_DELETE", {"role_id": str(role.id)})
        self.record(actor or self.owner, AuditAction.ROLE_DELETE, role.id, reason=reason)

    # Members

    def add_member(self, user: User, *, roles: Iterable[Role] = (), pending: bool = False) -> Member:
        """Let a user join. Who comes again starts anew: another `joined_at`, no roles but the given."""
        if user.id in self.members:
            raise SandboxError(f"{user.name} is already a member of {self.name}")
        member = Member(user, self._tools.clock(), {role.id for role in roles}, pending=pending)
        self.members[user.id] = member
        self._tell("GUILD_MEMBER_ADD", member_payload(member), Intents.GUILD_MEMBERS)
        return member

    def remove_member(self, user: User, *, kicked_by: User | None = None, reason: str | None = None) -> None:
        """Let a member leave, or be kicked."""
        self.member(user)
        if user is self.bot:
            raise SandboxError("use remove_bot for the bot")
        del self.members[user.id]
        self._tell("GUILD_MEMBER_REMOVE", {"user": user_payload(user)}, Intents.GUILD_MEMBERS)
        if kicked_by is not None:
            self.record(kicked_by, AuditAction.MEMBER_KICK, user.id, reason=reason)

    def edit_member(self, user: User, *, nick: str | None = None, pending: bool | None = None) -> None:
        """Change a nickname, or let a member pass the screening (`pending=False`)."""
        member = self.member(user)
        if nick is not None:
            member.nick = nick or None
        if pending is not None:
            member.pending = pending
        self._tell_member(member)

    def set_roles(
        self, user: User, roles: Iterable[Role | int], *, actor: User | None = None, reason: str | None = None
    ) -> None:
        """Replace a member's roles. Nothing is logged when nothing changes."""
        member = self.member(user)
        wanted = {role if isinstance(role, int) else role.id for role in roles}
        added, removed = wanted - member.role_ids, member.role_ids - wanted
        if not added and not removed:
            return
        member.role_ids = wanted
        self._tell_member(member)
        self.record(
            actor or self.owner,
            AuditAction.MEMBER_ROLE_UPDATE,
            user.id,
            reason=reason,
            added_roles=added,
            removed_roles=removed,
        )

    def give_role(self, user: User, role: Role, *, actor: User | None = None, reason: str | None = None) -> None:
        """Give one role by hand."""
        self.set_roles(user, self.roles_of(user) | {role.id}, actor=actor, reason=reason)

    def take_role(self, user: User, role: Role, *, actor: User | None = None, reason: str | None = None) -> None:
        """Take one role by hand."""
        self.set_roles(user, self.roles_of(user) - {role.id}, actor=actor, reason=reason)

    def _tell_member(self, member: Member) -> None:
        # A bot hears of its own changes without the members intent.
        needs = Intents.GUILDS if member.user is self.bot else Intents.GUILD_MEMBERS
        self._tell("GUILD_MEMBER_UPDATE", member_payload(member), needs)

    # The bot

    def add_bot(self, *, permissions: int = int(BOT), position: int = 100) -> Role:
        """Invite the bot: it joins with a managed role of its own."""
        role = Role(self._tools.ids.next(), self.bot.name, position, int(permissions), managed=True)
        role.tags = {"bot_id": str(self.bot.id)}
        self.roles[role.id] = role
        self.members[self.bot.id] = Member(self.bot, self._tools.clock(), {role.id})
        # Only a server that comes back from an outage, or is told at the start, says that it is not unavailable.
        payload = {name: value for name, value in guild_create_payload(self).items() if name != "unavailable"}
        self._tools.events.dispatch(Event("GUILD_CREATE", payload, self.id, Intents.GUILDS))
        self.record(self.owner, AuditAction.BOT_ADD, self.bot.id)
        return role

    def remove_bot(self) -> None:
        """Kick the bot: it hears GUILD_DELETE, and its managed role goes."""
        role = self.bot_role
        del self.members[self.bot.id]
        del self.roles[role.id]
        event = Event("GUILD_DELETE", {"id": str(self.id)}, self.id, Intents.GUILDS)
        self._tools.events.dispatch(event)

    # Channels and the server itself

    def add_channel(
        self, name: str, *, topic: str | None = None, overwrites: Mapping[int, Overwrite] | None = None
    ) -> Channel:
        """Make a text channel. Overwrites are by role or user id."""
        channel = Channel(self._tools.ids.next(), name, self.id, position=len(self.channels), topic=topic)
        channel.overwrites.update(overwrites or {})
        self.channels[channel.id] = channel
        self._tell("CHANNEL_CREATE", channel_payload(channel))
        self.record(self.owner, AuditAction.CHANNEL_CREATE, channel.id)
        return channel

    def deny(self, channel: Channel, target: Role | User, denied: Permission) -> None:
        """Deny permissions in a channel to a role or a user."""
        channel.overwrites[target.id] = Overwrite(deny=int(denied), for_member=isinstance(target, User))
        self._tell("CHANNEL_UPDATE", channel_payload(channel))
        self.record(self.owner, AuditAction.CHANNEL_UPDATE, channel.id)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its messages."""
        del self.channels[channel.id]
        self._tell("CHANNEL_DELETE", channel_payload(channel))
        self.record(self.owner, AuditAction.CHANNEL_DELETE, channel.id)

    def edit(self, *, name: str | None = None, owner: User | None = None, requires_mfa: bool | None = None) -> None:
        """Rename the server, give it to another owner, or ask moderators for two-factor login."""
        if name is not None:
            self.name = name
        if owner is not None:
            self.owner = self.member(owner).user
        if requires_mfa is not None:
            self.requires_mfa = requires_mfa
        self._tell("GUILD_UPDATE", guild_payload(self))

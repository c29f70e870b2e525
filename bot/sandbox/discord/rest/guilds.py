"""Servers, their roles, their channels and their audit log."""

from __future__ import annotations

from bot.sandbox.discord.errors import invalid_role, missing_permissions, unknown_guild
from bot.sandbox.discord.forms import Form, Problems
from bot.sandbox.discord.guild_payloads import guild_payload
from bot.sandbox.discord.guild_state import MAX_ROLES
from bot.sandbox.discord.jsontypes import Json
from bot.sandbox.discord.models import AuditEntry
from bot.sandbox.discord.payloads import audit_entry_payload, channel_payload, role_payload, user_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import World

from .access import guild_of, require, role_of
from .routing import NO_CONTENT, Call, Reply, Route


class GuildRoutes:
    """`/guilds/{guild_id}` without its members."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        roles = "/guilds/{guild_id}/roles"
        return [
            Route("GET", "/guilds/{guild_id}", self._get),
            Route("GET", "/guilds/{guild_id}/channels", self._channels),
            Route("GET", "/guilds/{guild_id}/audit-logs", self._audit_log),
            Route("GET", roles, self._roles),
            Route("POST", roles, self._create_role),
            Route("GET", roles + "/member-counts", self._member_counts),
            Route("GET", roles + "/{role_id}", self._role),
            Route("PATCH", roles + "/{role_id}", self._edit_role),
            Route("DELETE", roles + "/{role_id}", self._delete_role),
        ]

    def _get(self, call: Call) -> Reply:
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.has_bot:
            raise unknown_guild()
        return Reply(body=guild_payload(guild, with_counts=call.flag("with_counts")))

    def _channels(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        return Reply(body=[channel_payload(channel) for channel in guild.channels.values()])

    def _roles(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        return Reply(body=[role_payload(role) for role in guild.roles.values()])

    def _role(self, call: Call) -> Reply:
        return Reply(body=role_payload(role_of(guild_of(self._world, call), call)))

    def _member_counts(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        counts: dict[str, Json] = {
            str(role_id): sum(role_id in member.role_ids for member in guild.members.values())
            for role_id in guild.roles
            if role_id != guild.id
        }
        return Reply(body=counts)

    def _create_role(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        require(guild, Permission.MANAGE_ROLES)
        form, name, permissions = self._role_form(call)
        if len(guild.roles) >= MAX_ROLES:
            raise missing_permissions()
        self._check_grants(call, permissions)
        role = guild.add_role(
            name or "new role",
            permissions=guild.everyone.permissions if permissions is None else permissions,
            color=form.whole("color", least=0, most=0xFFFFFF) or 0,
            hoist=form.flag("hoist") or False,
            mentionable=form.flag("mentionable") or False,
            actor=guild.bot,
            reason=call.reason,
        )
        return Reply(body=role_payload(role))

    def _edit_role(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        role = role_of(guild, call)
        require(guild, Permission.MANAGE_ROLES)
        if not guild.outranks(guild.member(guild.bot), role):
            raise missing_permissions()
        form, name, permissions = self._role_form(call)
        self._check_grants(call, permissions)
        guild.edit_role(
            role,
            name=name,
            permissions=permissions,
            color=form.whole("color", least=0, most=0xFFFFFF),
            hoist=form.flag("hoist"),
            mentionable=form.flag("mentionable"),
            actor=guild.bot,
            reason=call.reason,
        )
        return Reply(body=role_payload(role))

    def _delete_role(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        role = role_of(guild, call)
        require(guild, Permission.MANAGE_ROLES)
        if role.id == guild.id:
            raise invalid_role()
        if role.managed or not guild.outranks(guild.member(guild.bot), role):
            raise missing_permissions()
        guild.delete_role(role, actor=guild.bot, reason=call.reason)
        return NO_CONTENT

    def _role_form(self, call: Call) -> tuple[Form, str | None, int | None]:
        problems = Problems()
        form = Form(call.body, problems)
        name = form.text("name", longest=100)
        permissions = form.whole("permissions", least=0)
        form.whole("color", least=0, most=0xFFFFFF)
        form.flag("hoist")
        form.flag("mentionable")
        problems.raise_if_any()
        return form, name, permissions

    def _check_grants(self, call: Call, permissions: int | None) -> None:
        guild = guild_of(self._world, call)
        held = guild.permissions_of(guild.member(guild.bot))
        if permissions is not None and permissions & ~held:
            raise missing_permissions()

    def _audit_log(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        require(guild, Permission.VIEW_AUDIT_LOG)
        limit = call.number("limit", 50, least=1, most=100)
        entries = [entry for entry in reversed(guild.audit_log) if self._wanted(call, entry)][:limit]
        names = {role.id: role.name for role in guild.roles.values()}
        actors = {entry.actor.id: entry.actor for entry in entries}
        return Reply(
            body={
                "audit_log_entries": [audit_entry_payload(entry, names) for entry in entries],
                "users": [user_payload(user) for user in actors.values()],
                "integrations": [],
                "webhooks": [],
                "guild_scheduled_events": [],
                "threads": [],
                "application_commands": [],
                "auto_moderation_rules": [],
            }
        )

    def _wanted(self, call: Call, entry: AuditEntry) -> bool:
        asked = {name: call.query[name] for name in ("user_id", "target_id", "action_type") if name in call.query}
        actual = {
            "user_id": str(entry.actor.id),
            "target_id": str(entry.target_id),
            "action_type": str(int(entry.action)),
        }
        before = call.number("before", 1 << 63, least=0, most=1 << 63)
        after = call.number("after", 0, least=0, most=1 << 63)
        return after < entry.id < before and all(actual[name] == value for name, value in asked.items())

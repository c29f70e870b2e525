"""Members, and the writes that this project is about: giving and taking their roles."""

from __future__ import annotations

from bot.sandbox.discord.errors import invalid_role, missing_access, missing_permissions, unknown_role
from bot.sandbox.discord.forms import Form, Problems, refuse
from bot.sandbox.discord.guild_changes import GuildChanges
from bot.sandbox.discord.models import Member
from bot.sandbox.discord.payloads import member_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import World

from .access import guild_of, member_of, require, require_can_give, role_of
from .routing import NO_CONTENT, Call, Reply, Route

MAX_ROLES_IN_PATCH = 350


class MemberRoutes:
    """`/guilds/{guild_id}/members`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The routes of this topic."""
        one = "/guilds/{guild_id}/members/{user_id}"
        return [
            Route("GET", one, self._get),
            Route("PATCH", one, self._edit),
            Route("PUT", one + "/roles/{role_id}", self._give_role),
            Route("DELETE", one + "/roles/{role_id}", self._take_role),
            Route("DELETE", one, self._kick),
            Route("GET", "/guilds/{guild_id}/members", self._list),
            Route("GET", "/guilds/{guild_id}/members/search", self._search),
        ]

    def _get(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        return Reply(body=member_payload(member_of(self._world, guild, call)))

    def _give_role(self, call: Call) -> Reply:
        return self._change_role(call, give=True)

    def _take_role(self, call: Call) -> Reply:
        return self._change_role(call, give=False)

    def _change_role(self, call: Call, *, give: bool) -> Reply:
        guild = guild_of(self._world, call)
        member = member_of(self._world, guild, call)
        role = role_of(guild, call)
        if role.id == guild.id:
            raise invalid_role()
        require_can_give(guild, role)
        if not call.pretend:
            wanted = member.role_ids | {role.id} if give else member.role_ids - {role.id}
            guild.set_roles(member.user, wanted, actor=guild.bot, reason=call.reason)
        return NO_CONTENT

    def _edit(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        member = member_of(self._world, guild, call)
        problems = Problems()
        form = Form(call.body, problems)
        role_ids = form.snowflakes("roles", most=MAX_ROLES_IN_PATCH)
        nick = form.text("nick", longest=32)
        problems.raise_if_any()
        if form.given("roles") and role_ids is not None:
            self._check_roles(guild, member, set(role_ids))
        if form.has("nick"):
            self._check_nick(guild, member)
        if not call.pretend:
            if form.has("nick"):
                guild.edit_member(member.user, nick=nick or "")
            if role_ids is not None:
                guild.set_roles(member.user, role_ids, actor=guild.bot, reason=call.reason)
        answer = member_payload(member)
        if role_ids is not None:
            answer["roles"] = [str(role_id) for role_id in sorted(role_ids)]
        return Reply(body=answer)

    def _check_roles(self, guild: GuildChanges, member: Member, wanted: set[int]) -> None:
        require(guild, Permission.MANAGE_ROLES)
        if guild.id in wanted:
            raise invalid_role()
        for role_id in wanted ^ member.role_ids:
            role = guild.roles.get(role_id)
            if role is None:
                raise unknown_role()
            require_can_give(guild, role)

    def _check_nick(self, guild: GuildChanges, member: Member) -> None:
        if member.user is guild.bot:
            return
        require(guild, Permission.MANAGE_NICKNAMES)
        self._check_outranks(guild, member)

    def _check_outranks(self, guild: GuildChanges, member: Member) -> None:
        bot = guild.member(guild.bot)
        if member.user is guild.owner or guild.top_position(member) >= guild.top_position(bot):
            raise missing_permissions()

    def _kick(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        member = member_of(self._world, guild, call)
        require(guild, Permission.KICK_MEMBERS)
        self._check_outranks(guild, member)
        guild.remove_member(member.user, kicked_by=guild.bot, reason=call.reason)
        return NO_CONTENT

    def _list(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        if not self._world.portal.members_intent_allowed:
            raise missing_access()
        limit = call.number("limit", 1, least=1, most=1000)
        after = call.number("after", 0, least=0, most=1 << 63)
        members = sorted(guild.members.values(), key=lambda member: member.user.id)
        found = [member_payload(member) for member in members if member.user.id > after]
        return Reply(body=found[:limit])

    def _search(self, call: Call) -> Reply:
        guild = guild_of(self._world, call)
        query = call.query.get("query", "")
        if not 1 <= len(query) <= 100:
            raise refuse(("query",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        limit = call.number("limit", 1, least=1, most=1000)
        found = [
            member_payload(member)
            for member in guild.members.values()
            if member.user.name.casefold().startswith(query.casefold())
            or (member.nick or "").casefold().startswith(query.casefold())
        ]
        return Reply(body=found[:limit])

"""What people do in Discord behind the bot's back."""

from datetime import timedelta

from tests.fuzz.chance import happens
from tests.fuzz.deeds import Deeds


class PeopleDeeds(Deeds):
    """Roles given and taken by hand or by other bots, members that come and go, roles that move and vanish."""

    async def by_hand(self) -> str:
        """Somebody else gives or takes a role."""
        town, server, user = self.town, self.server(), self.rng.choice(self.town.users)
        role = self.ruled(server) if happens(self.rng, 60) else self.rng.choice(server.roles)
        if user.id not in server.guild.members:
            return "nobody there"
        if role.id in server.guild.roles_of(user):
            server.guild.take_role(user, role)
            return f"the owner takes {role.name} from {user.name}"
        town.give_by_hand(server, user, role)
        return f"the owner gives {role.name} to {user.name}"

    async def leave_or_join(self) -> str:
        """A member leaves, or somebody joins; the bot hears of it or not."""
        town, server, user = self.town, self.server(), self.rng.choice(self.town.users)
        memberships = town.bot.services.memberships
        unnoticed = not town.ways.members_intent or happens(self.rng, 50)
        if user.id in server.guild.members:
            server.guild.remove_member(user)
            town.witness.see_gone(guild_id=server.guild.id, user_id=user.id)
            if not unnoticed:
                await town.call(memberships.left(server.guild.id, user.id))
            return f"{user.name} leaves{' unnoticed' if unnoticed else ''}"
        server.guild.add_member(user)
        if not unnoticed:
            await town.call(memberships.joined(server.guild.id, user.id))
        return f"{user.name} joins{' unnoticed' if unnoticed else ''}"

    async def leave_and_return(self) -> str:
        """Somebody with a role from the bot leaves and comes back, and nobody tells the bot."""
        town = self.town
        given = sorted(town.witness.given)
        if not given:
            return await self.leave_or_join()
        guild_id, user_id, _ = self.rng.choice(given)
        guild = next(server.guild for server in town.servers if server.guild.id == guild_id)
        user = next(user for user in town.users if user.id == user_id)
        guild.remove_member(user)
        town.witness.see_gone(guild_id=guild_id, user_id=user_id)
        town.clock.advance(timedelta(minutes=1))
        guild.add_member(user)
        return f"{user.name} leaves and comes back"

    async def move_role(self) -> str:
        """A role goes above the bot's own, or back."""
        server = self.server()
        role = self.rng.choice(server.roles)
        self.town.witness.refusals.add(server.guild.id)
        server.guild.move_role(role, 1 if role.position > 100 else 200)
        return f"{role.name} moves to {role.position}"

    async def delete_role(self) -> str:
        """A role is deleted; the bot hears of it or not."""
        town, server = self.town, self.server()
        if len(server.roles) < 2:
            return "too few roles to delete one"
        role, unnoticed = self.rng.choice(server.roles), happens(self.rng, 50)
        server.guild.delete_role(role)
        server.roles.remove(role)
        server.deleted.append(role)
        town.witness.see_gone(guild_id=server.guild.id, role_id=role.id)
        if not unnoticed:
            await town.call(town.bot.services.memberships.role_deleted(server.guild.id, role.id))
        return f"{role.name} is deleted{' unnoticed' if unnoticed else ''}"

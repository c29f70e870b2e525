"""What a server's admins decide."""

from datetime import timedelta

from bot.domain.drafts import DRAFT_LIFETIME, DraftKind, Proposal
from bot.sandbox.discord import Role
from tests.fuzz.chance import happens
from tests.fuzz.deeds import Deeds
from tests.fuzz.requirements import REQUIREMENTS
from tests.fuzz.town import Server, Town

_GRACES = (timedelta(0), timedelta(0), timedelta(minutes=15), timedelta(hours=1), None)


class AdminDeeds(Deeds):
    """Rules."""

    async def add_rule(self) -> str:
        """A rule, unless the role has one."""
        server, rng = self.server(), self.rng
        role = rng.choice(server.roles)
        text, grace = rng.choice(REQUIREMENTS).text, rng.choice(_GRACES)
        await add_rule(self.town, server, role, text, grace)
        return f"rule: {role.name} for {text}, grace {grace}"

    async def edit_rule(self) -> str:
        """A rule asks for something else, and members are judged anew."""
        server, rng = self.server(), self.rng
        role = self.ruled(server)
        text, grace = rng.choice(REQUIREMENTS).text, rng.choice(_GRACES)
        await self.town.change_rule(server, Proposal(DraftKind.EDIT, role.id, text, grace))
        await self.town.reconcile_due()
        return f"edited: {role.name} for {text}, grace {grace}"

    async def remove_rule(self) -> str:
        """A rule ends; its role is taken back, or left to its holders."""
        server = self.server()
        role, take = self.ruled(server), happens(self.rng, 50)
        await remove_rule(self.town, server, role, take=take)
        return f"rule for {role.name} removed, {'with' if take else 'without'} the roles"

    async def pause_or_resume(self) -> str:
        """A rule is stopped for a while."""
        server = self.server()
        role, rules = self.ruled(server), self.town.bot.services.rules
        pause = happens(self.rng, 40)
        await self.town.call((rules.pause if pause else rules.resume)(server.admin, role.id))
        return f"{'pause' if pause else 'resume'} {role.name}"

    async def think_better_of_it(self) -> str:
        """An admin looks at what a change would do, and leaves it, or confirms too late."""
        town, server = self.town, self.server()
        role, before = self.ruled(server), town.records.rules()
        kind = self.rng.choice(list(DraftKind))
        proposal = Proposal(
            kind, role.id, self.rng.choice(REQUIREMENTS).text, None, take_roles=kind is DraftKind.REMOVE
        )
        proposed = await town.call(town.bot.services.drafting.propose(server.admin, proposal))
        if proposed is None:
            return f"no way to {kind} a rule for {role.name}"
        if happens(self.rng, 50):
            await town.call(town.bot.services.drafting.cancel(server.admin, proposed.draft.id))
        else:
            town.clock.advance(DRAFT_LIFETIME)
        await town.call(town.bot.services.drafting.confirm(server.admin, proposed.draft.id))
        if town.records.rules() != before:
            town.witness.violations.append("a rule changed that nobody confirmed")
        return f"a change of the rule for {role.name} is not made"


async def confirmed(town: Town, server: Server, proposal: Proposal) -> None:
    """Change a rule as admins do: ask for it, then confirm the draft. Raises what the bot says against it."""
    drafting = town.bot.services.drafting
    proposed = await drafting.propose(server.admin, proposal)
    await drafting.confirm(server.admin, proposed.draft.id)


async def add_rule(town: Town, server: Server, role: Role, requirement: str, grace: timedelta | None) -> None:
    """Make a rule. From then on it decides, even about roles that an ended one was to take back."""
    key = (server.guild.id, role.id)
    had = key in town.witness.rules
    await town.change_rule(server, Proposal(DraftKind.ADD, role.id, requirement, grace))
    if not had and key in town.witness.rules:
        town.witness.begin_anew(*key)


async def remove_rule(town: Town, server: Server, role: Role, *, take: bool) -> None:
    """End a rule; its role is taken back, or left to its holders."""
    key = (server.guild.id, role.id)
    had = key in town.witness.rules
    await town.change_rule(server, Proposal(DraftKind.REMOVE, role.id, take_roles=take))
    if had and key not in town.witness.rules:
        town.witness.let_go(town.decisions.adopted(*key))
        if take:
            town.witness.reclaimed.add(key)
        else:
            town.witness.see_gone(guild_id=server.guild.id, role_id=role.id)

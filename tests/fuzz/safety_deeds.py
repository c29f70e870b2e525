"""What admins decide about roles whatever the evidence says: the brake, pausing, protection, adoption."""

from datetime import timedelta

from bot.domain.brakes import HoldDecision
from bot.domain.undos import UndoAction
from tests.fuzz.chance import happens
from tests.fuzz.town import Server, Town
from tests.fuzz.wallet_deeds import WalletDeeds
from tests.fuzz.work_deeds import sweep

_UNTIL = (timedelta(minutes=20), timedelta(minutes=60))


class SafetyDeeds(WalletDeeds):
    """Decisions. Nothing goes wrong while they are made: what is in force afterwards is certain."""

    async def decide_hold(self) -> str:
        """An admin presses Approve or Keep. When nothing waits, there is a reason for it first."""
        server = self.server()
        self.town.tripwire.disarm()
        if not await self.town.bot.services.braking.open_holds(server.guild.id):
            await self.everybody_sells()
        decision = HoldDecision.APPROVED if happens(self.rng, 50) else HoldDecision.KEPT
        decided = await decide_holds(self.town, server, decision)
        return f"{decided} holds are {decision}; {await sweep(self.town)}"

    async def pause_server(self) -> str:
        """An admin pauses everything, or lets it go on."""
        town, server = self.town, self.server()
        paused = not town.decisions.is_paused(server.guild.id)
        await pause(town, server, paused=paused)
        return f"the server is {'paused' if paused else 'running again'}"

    async def protect(self) -> str:
        """An admin protects a member for a while."""
        town, server, user = self.town, self.server(), self.rng.choice(self.town.users)
        town.tripwire.disarm()
        if happens(self.rng, 30):
            if await town.call(town.bot.services.protecting.unprotect(server.admin, user.id, None)) is not None:
                town.decisions.unprotect(server.guild.id, user.id)
            return f"{user.name} is protected no more"
        until = town.clock.now() + self.rng.choice(_UNTIL)
        await town.call(town.bot.services.protecting.protect(server.admin, user.id, None, until, ""))
        town.decisions.protect(server.guild.id, user.id, until)
        return f"{user.name} is protected until {until}"

    async def adopt(self) -> str:
        """Members who have the role from somebody else keep it for a while, and then only if they verify."""
        town, server, rng = self.town, self.server(), self.rng
        role = self.ruled(server)
        if (server.guild.id, role.id) not in town.witness.rules:
            return "no rule, nothing to adopt"
        for user in town.users:
            if user.id in server.guild.members and happens(rng, 50):
                town.give_by_hand(server, user, role)
        town.tripwire.disarm()
        before = town.records.ledger()
        until = town.clock.now() + rng.choice(_UNTIL)
        await town.call(town.bot.services.adopting.adopt(server.admin, role.id, until))
        after = town.records.ledger()
        of_role = [key for key in town.records.adopted() if key[0] == server.guild.id and key[2] == role.id]
        adopted = [key for key in of_role if after[key] == "held"]  # of the others the role is gone
        town.witness.see_adopted([key for key in adopted if before.get(key) != "held"])
        town.decisions.adopt(adopted, until)
        return f"{role.name} is adopted until {until} from {len(adopted)}"

    async def undo_sweep(self) -> str:
        """An admin has a sweep undone, be it an undo itself."""
        town, server, undoing = self.town, self.server(), self.town.bot.services.undoing
        town.tripwire.disarm()
        recent = await town.call(undoing.recent(server.guild.id))
        if not recent:
            return await self.everybody_sells()
        chosen = (recent[0] if happens(self.rng, 60) else self.rng.choice(recent)).sweep
        outline = await town.call(undoing.outline(server.admin, chosen.id))
        if outline is None or await town.call(undoing.start(server.admin, chosen.id, outline.size)) is None:
            return "a sweep cannot be undone"
        asked = {
            (step.guild_id, step.user_id, step.role_id): action
            for action in UndoAction
            for step in outline.to_do(action)
        }
        town.decisions.undoing |= {key: action is UndoAction.GIVE for key, action in asked.items()}
        line = f"a sweep is undone: {outline.size}; {await sweep(town)}"
        town.clock.advance(timedelta(minutes=1))
        await town.reconcile_due()
        await town.call(town.bot.services.undoing.close_finished())
        return line


async def decide_holds(town: Town, server: Server, decision: HoldDecision) -> int:
    """Press the button of every open hold. Returns how many there were."""
    town.tripwire.disarm()
    braking = town.bot.services.braking
    notices = await braking.open_holds(server.guild.id)
    for notice in notices:
        keys = {(server.guild.id, wait.user_id, notice.hold.role_id) for wait in notice.waits}
        (town.decisions.approve if decision is HoldDecision.APPROVED else town.decisions.keep)(keys)
        decided = await town.call(braking.decide(server.admin, notice.hold.id, decision, notice.hold.newest))
        assert decided is not None
        assert decided.is_new
    return len(notices)


async def pause(town: Town, server: Server, *, paused: bool) -> None:
    """Pause a server, or let it go on."""
    town.tripwire.disarm()
    if not paused:
        town.decisions.resume(server.guild.id)
    await town.call(town.bot.services.settings.set_paused(server.admin, paused=paused))
    if paused:
        town.decisions.pause(server.guild.id)

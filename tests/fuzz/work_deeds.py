"""Time passes, and the bot does its own work."""

from datetime import timedelta

from tests.fuzz.bench import INTERVAL
from tests.fuzz.deeds import Deeds
from tests.fuzz.town import NETWORKS, Town

_LEAPS = tuple(timedelta(minutes=minutes) for minutes in (0.1, 0.7, 1.1, 2.2, 5, 12, 16, 40, 65, 200, 1500))


async def sweep(town: Town) -> str:
    """A whole sweep: every wallet has its turn."""
    town.clock.advance(INTERVAL)
    await town.refresh_due()
    await town.reconcile_due()
    await town.finish_deletions()
    return "sweep"


class WorkDeeds(Deeds):
    """The clock, the jobs, and the end of the process."""

    async def leap(self) -> str:
        """Time passes."""
        span = self.rng.choice(_LEAPS)
        self.town.clock.advance(span)
        return f"{span} pass"

    async def sweep(self) -> str:
        """Every wallet has its turn."""
        return await sweep(self.town)

    async def read_only(self) -> str:
        """Half of what a sweep does."""
        await self.town.refresh_due()
        return "due wallets are read"

    async def reconcile_only(self) -> str:
        """The other half."""
        await self.town.reconcile_due()
        return "due members are brought into line"

    async def sweep_now(self) -> str:
        """An admin asks for a sweep."""
        server, requests = self.server(), self.town.bot.services.sweeps
        await self.town.call(requests.request(server.guild.id, server.owner.id))
        await self.town.refresh_due()
        await self.town.reconcile_due()
        await self.town.call(requests.close_finished())
        return "sweep asked for"

    async def everything_at_once(self) -> str:
        """Two jobs and a command, side by side."""
        town, sweeper = self.town, self.town.bot.sweeper
        user, server = self.rng.choice(town.users), self.server()
        town.clock.advance(INTERVAL)
        calls = [
            *(sweeper.refresh_due(network) for network in NETWORKS),
            sweeper.reconcile_due(),
            town.bot.services.onboarding.refresh(server.guild.id, user.id),
        ]
        await town.call_all(calls, town.witness.links)
        return f"sweep, while {user.name} refreshes"

    async def restart(self) -> str:
        """The process ends and starts again."""
        await self.town.restart()
        return "restart"

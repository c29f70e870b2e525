"""Things that happen in the middle of the bot's work, between what it read up on a member and what it does about it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.fuzz.bench import INTERVAL
from tests.fuzz.chance import happens
from tests.fuzz.deeds import Deeds
from tests.fuzz.town import NETWORKS
from tests.fuzz.wallet_deeds import trade

_LAST_UNIT = 6
"""About as many units of work as it takes to bring two members into line."""


class MeanwhileDeeds(Deeds):
    """The bot has decided, and before it has written that down, something makes the decision wrong."""

    async def meanwhile(self) -> str:
        """While the bot does what there is to do, a member, an admin or a reading changes what is right."""
        town, rng = self.town, self.rng
        for _ in range(2):
            trade(town, self.wallet(), rng, rng.randint(0, 99))
        town.set_truth()
        town.clock.advance(INTERVAL)
        await town.refresh_due()
        line, what = rng.choice([self._unlink, self._pause, self._protect, self._read])()
        units = rng.randint(2, _LAST_UNIT)
        town.tripwire.do_meanwhile(units, what)
        for server in town.servers:
            # One after the other: while one is looked at, what was decided in another may be on its way to Discord.
            await town.call(town.bot.sweeper.reconcile_guild(server.guild.id))
        town.tripwire.disarm()
        return f"before unit {units} of a reconciliation, {line}"

    def _unlink(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        town, links = self.town, self.town.witness.links
        if not links:
            return self._pause()
        address = self.rng.choice(sorted(links))
        user_id, guild_id = links[address], self.server().guild.id

        async def unlink() -> None:
            town.witness.waive(user_id)
            await town.interject(town.bot.services.wallets.unlink(user_id, guild_id, address))

        return f"{address} is unlinked", unlink

    def _pause(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        town, server = self.town, self.server()

        async def pause() -> None:
            if not town.decisions.is_paused(server.guild.id):
                town.decisions.pause(server.guild.id)
                await town.interject(town.bot.services.settings.set_paused(server.admin, paused=True))

        return "the server is paused", pause

    def _protect(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        town, server, user = self.town, self.server(), self.rng.choice(self.town.users)

        async def protect() -> None:
            until = town.clock.now() + timedelta(minutes=60)
            town.decisions.protect(server.guild.id, user.id, until)
            await town.interject(town.bot.services.protecting.protect(server.admin, user.id, None, until, ""))

        return f"{user.name} is protected", protect

    def _read(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        """The other news that there are: what was handed over meanwhile is read."""
        town = self.town
        town.clock.advance(INTERVAL)
        for _ in range(2):
            trade(town, self.wallet(), self.rng, self.rng.randint(0, 99) if happens(self.rng, 50) else 50)
        town.set_truth()

        async def read() -> None:
            for network in NETWORKS:
                await town.interject(town.bot.sweeper.refresh_due(network))

        return "wallets are read", read

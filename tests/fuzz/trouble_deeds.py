"""Trouble, and something right after it that meets it."""

from tests.fuzz import trouble
from tests.fuzz.admin_deeds import AdminDeeds
from tests.fuzz.bench import CONFIRM_AFTER
from tests.fuzz.chance import happens
from tests.fuzz.wallet_deeds import WalletDeeds, mint
from tests.fuzz.work_deeds import WorkDeeds


class TroubleDeeds(WalletDeeds, AdminDeeds, WorkDeeds):
    """Balance APIs, Discord, the database and the process fail."""

    async def balance_trouble(self) -> str:
        """Readings fail, for a while now and then, and there may be a reason to judge members anew while they do."""
        line = f"{trouble.trouble_with_a_balance_api(self.town, self.rng, self.wallet())}; {await self._go_on()}"
        if happens(self.rng, 30):
            self.town.clock.advance(CONFIRM_AFTER)
            line = f"{line}; {await self.sweep()}"
        return f"{line}; {await self.edit_rule()}" if happens(self.rng, 40) else line

    async def lie(self) -> str:
        """A balance API is wrong about everybody, for two sweeps; only a canary can tell."""
        if not self.town.has_canary:
            return await self.balance_trouble()
        line = trouble.lie_of_a_balance_api(self.town, self.rng)
        story = [line, await self._go_on(), await self.sweep(), await self.sweep()]
        return "; ".join([*story, await self.healing()])

    async def discord_trouble(self) -> str:
        """Looks or writes fail."""
        if happens(self.rng, 40):
            return await self.trouble_with_removals()
        line = trouble.trouble_with_discord(self.town, self.rng, self.server())
        then = self.everybody_sells if happens(self.rng, 20) else self._go_on
        return f"{line}; {await then()}"

    async def trouble_with_removals(self) -> str:
        """Discord refuses or loses what takes roles away, and there is reason to take some."""
        line = trouble.trouble_with_removals(self.town, self.rng, self.server())
        story = [line, await self.everybody_sells()]
        self.town.clock.advance(CONFIRM_AFTER)
        story.append(await self.sweep())
        for wallet in self.town.wallets:
            mint(self.town, wallet, self.rng)
        self.town.set_truth()
        return "; ".join(story)

    async def database_trouble(self) -> str:
        """A unit of work fails."""
        return f"{trouble.trouble_with_the_database(self.town, self.rng)}; {await self._go_on()}"

    async def process_trouble(self) -> str:
        """The bot ends in the middle of something."""
        return f"{trouble.trouble_with_the_process(self.town, self.rng)}; {await self._go_on()}"

    async def healing(self) -> str:
        """The balance APIs recover."""
        for stand_in in self.town.balances.stand_ins:
            stand_in.heal()
        return "the balance APIs are well again"

    async def _go_on(self) -> str:
        steps = [self.sweep, self.trade_and_sweep, self.trade_and_sweep, self.link, self.unlink, self.sweep_now]
        return await self.rng.choice(steps)()

"""Everything that can happen in a town, one step at a time."""

from tests.fuzz.chance import happens
from tests.fuzz.people_deeds import PeopleDeeds
from tests.fuzz.safety_deeds import SafetyDeeds
from tests.fuzz.trouble_deeds import TroubleDeeds
from tests.fuzz.wallet_deeds import mint


class Steps(TroubleDeeds, PeopleDeeds, SafetyDeeds):
    """All deeds."""

    async def begin(self) -> str:
        """Two rules, every user with a wallet or two, something in every wallet, and a first sweep."""
        town, rng = self.town, self.rng
        story = [await self.add_rule(), await self.add_rule()]
        wallets = rng.sample(town.wallets, len(town.wallets))
        users = [*town.users, *(rng.choice(town.users) for _ in range(rng.randint(0, 2)))]
        for user, wallet in zip(users, wallets, strict=False):
            await town.link(self.server(), user, wallet, onboard=not happens(rng, 50))
            story.append(f"{user.name} links {wallet.address}")
        story += [f"{wallet.address} receives {mint(town, wallet, rng)}" for wallet in town.wallets]
        town.set_truth()
        return "; ".join([*story, await self.sweep()])


STEPS = {
    "trade": 3,
    "trade_and_sweep": 8,
    "trade_between_two_requests": 4,
    "everybody_sells": 4,
    "link": 4,
    "unlink": 3,
    "refresh": 2,
    "leap": 4,
    "sweep": 3,
    "read_only": 2,
    "reconcile_only": 2,
    "sweep_now": 2,
    "everything_at_once": 3,
    "restart": 1,
    "add_rule": 3,
    "edit_rule": 3,
    "remove_rule": 2,
    "pause_or_resume": 2,
    "decide_hold": 4,
    "pause_server": 2,
    "protect": 3,
    "adopt": 2,
    "by_hand": 3,
    "leave_or_join": 3,
    "move_role": 1,
    "delete_role": 1,
    "balance_trouble": 7,
    "lie": 2,
    "discord_trouble": 7,
    "database_trouble": 3,
    "process_trouble": 3,
    "healing": 1,
}
"""What can happen, and how often."""

"""Everything that can happen in a town, one step at a time."""

from tests.fuzz.chance import happens
from tests.fuzz.meanwhile_deeds import MeanwhileDeeds
from tests.fuzz.people_deeds import PeopleDeeds
from tests.fuzz.privacy_deeds import PrivacyDeeds
from tests.fuzz.safety_deeds import SafetyDeeds
from tests.fuzz.trouble_deeds import TroubleDeeds
from tests.fuzz.wallet_deeds import mint


class Steps(TroubleDeeds, MeanwhileDeeds, PeopleDeeds, SafetyDeeds, PrivacyDeeds):
    """All deeds."""

    async def begin(self) -> str:
        """Two rules, every user with a wallet or two, something in every wallet, and a first sweep.

        Now and then somebody has a role from somebody else by then.
        """
        town, rng = self.town, self.rng
        story = [await self.add_rule(), await self.add_rule()]
        if happens(rng, 30):
            server, user = self.server(), rng.choice(town.users)
            role = self.ruled(server)
            town.give_by_hand(server, user, role)
            story.append(f"the owner gives {role.name} to {user.name}")
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
    "trade_and_sweep": 7,
    "trade_between_two_requests": 3,
    "hand_over_behind_the_sweep": 4,
    "everybody_sells": 3,
    "link": 4,
    "unlink": 3,
    "refresh": 2,
    "leap": 4,
    "sweep": 3,
    "read_only": 2,
    "reconcile_only": 2,
    "sweep_now": 2,
    "everything_at_once": 3,
    "meanwhile": 6,
    "restart": 1,
    "add_rule": 3,
    "edit_rule": 3,
    "remove_rule": 2,
    "think_better_of_it": 1,
    "pause_or_resume": 2,
    "decide_hold": 4,
    "pause_server": 2,
    "protect": 3,
    "adopt": 2,
    "undo_sweep": 4,
    "opt_out_or_in": 3,
    "delete": 2,
    "by_hand": 4,
    "leave_or_join": 2,
    "leave_and_return": 3,
    "move_role": 1,
    "delete_role": 1,
    "balance_trouble": 7,
    "lie": 2,
    "discord_trouble": 8,
    "database_trouble": 3,
    "process_trouble": 3,
    "healing": 1,
}
"""What can happen, and how often."""

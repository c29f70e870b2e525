"""What can happen in a town, one step at a time, chosen at random from a seed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.discord import Role
from bot.sandbox.wallets import ChiaTestWallet
from tests.fuzz import trouble
from tests.fuzz.bench import INTERVAL, TestWallet
from tests.fuzz.requirements import BANNED, FRIENDS, FRIENDS_ID, POSTER, REQUIREMENTS, STRANGERS_ID, TICKET
from tests.fuzz.town import NETWORKS, Server, Town

_LEAPS = tuple(timedelta(minutes=minutes) for minutes in (0.1, 0.7, 1.1, 2.2, 5, 12, 16, 40, 65, 200))
_GRACES = (None, timedelta(0), timedelta(0), timedelta(minutes=15), timedelta(hours=1))
Step = Callable[["Steps"], Awaitable[str]]


class Steps:
    """Takes steps in a town. Each returns a line for the story that is told when the schedule fails."""

    def __init__(self, town: Town, rng: Random) -> None:
        self._town = town
        self._rng = rng

    async def take(self) -> str:
        """Take one step."""
        (step,) = self._rng.choices([step for step, _ in _STEPS], [weight for _, weight in _STEPS])
        return await step(self)

    async def begin(self) -> str:
        """Two rules, every user with a wallet or two, something in every wallet, and a first sweep."""
        story = [await self.add_rule(), await self.add_rule()]
        wallets = self._rng.sample(self._town.wallets, len(self._town.wallets))
        users = [*self._town.users, *self._rng.choices(self._town.users, k=self._rng.choice([0, 1, 2]))]
        for user, wallet in zip(users, wallets, strict=False):
            await self._town.link(self._server(), user, wallet, onboard=self._rng.random() < 0.5)
            story.append(f"{user.name} links {_name(wallet)}")
        story += [f"{_name(wallet)} receives {self._mint(wallet)}" for wallet in self._town.wallets]
        self._town.set_truth()
        return "; ".join([*story, await self.sweep()])

    def _server(self) -> Server:
        return self._rng.choice(self._town.servers)

    def _wallet(self) -> TestWallet:
        """A wallet, most often one that is linked."""
        linked = [wallet for wallet in self._town.wallets if wallet.address.text in self._town.witness.links]
        return self._rng.choice(linked if linked and self._rng.random() < 0.8 else self._town.wallets)

    # Wallets.

    async def link(self) -> str:
        server, user, wallet = self._server(), self._rng.choice(self._town.users), self._rng.choice(self._town.wallets)
        onboard = self._rng.random() < 0.7
        await self._town.link(server, user, wallet, onboard=onboard)
        return f"{user.name} links {_name(wallet)}{'' if onboard else ' without a reading'}"

    async def unlink(self) -> str:
        town = self._town
        linked = [(user, wallet) for wallet in town.wallets for user in town.users if _links(town, user.id, wallet)]
        if not linked:
            return await self.link()
        user, wallet = self._rng.choice(linked)
        onboard = self._rng.random() < 0.7
        await town.unlink(self._server(), user, wallet, onboard=onboard)
        return f"{user.name} unlinks {_name(wallet)}{'' if onboard else ', roles follow later'}"

    async def refresh(self) -> str:
        user, server = self._rng.choice(self._town.users), self._server()
        await self._town.call(self._town.bot.services.onboarding.refresh(server.guild.id, user.id))
        return f"{user.name} refreshes"

    async def trade(self) -> str:
        line = self._trade(self._wallet(), self._rng.random())
        self._town.set_truth()
        return line

    async def trade_between_two_requests(self) -> str:
        """Something moves in the middle of a sweep, right after the next answer of a balance API is decided."""
        town = self._town
        stand_in = town.balances.stand_in(self._rng.choice(NETWORKS))

        def once(_: BalanceRequest) -> None:
            stand_in.after_each_request(None)
            self._trade(self._full_wallet(), 0)
            town.set_truth()

        stand_in.after_each_request(once)
        return f"a hand-over in the middle of this: {await self.sweep()}"

    def _full_wallet(self) -> TestWallet:
        """A linked wallet that holds something, if there is one."""
        links = self._town.witness.links
        full = [wallet for wallet in self._town.wallets if wallet.address.text in links and self._town.bag(wallet)]
        return self._rng.choice(full or self._town.wallets)

    def _trade(self, wallet: TestWallet, choice: float) -> str:
        town, rng = self._town, self._rng
        stand_in = town.balances.stand_in(wallet.address.network)
        held = stand_in.holdings(wallet.address)
        others = [o for o in town.wallets if o.address.network is wallet.address.network and o is not wallet]
        if held and choice < 0.35:
            nft, other = rng.choice(held), self._neighbour(wallet, others)
            amount = rng.randint(1, nft.amount)
            stand_in.move(nft.asset, wallet.address, other.address, amount)
            return f"{_name(wallet)} hands {amount} to {_name(other)}"
        if held and choice < 0.65:
            for nft in held:
                stand_in.take(wallet.address, nft.asset)
            return f"{_name(wallet)} loses everything"
        if held and choice < 0.75:
            stand_in.take(wallet.address, rng.choice(held).asset)
            return f"{_name(wallet)} loses one"
        return f"{_name(wallet)} receives {self._mint(wallet)}"

    def _neighbour(self, wallet: TestWallet, others: list[TestWallet]) -> TestWallet:
        """Another wallet, most often one of the same member: what moves there must not be missed, nor counted twice."""
        links = self._town.witness.links
        owner = links.get(wallet.address.text)
        same = [other for other in others if owner is not None and links.get(other.address.text) == owner]
        return self._rng.choice(same if same and self._rng.random() < 0.7 else others)

    def _mint(self, wallet: TestWallet) -> str:
        """Let a wallet receive something, two at a time now and then; a Chia NFT is in one wallet only."""
        town, rng = self._town, self._rng
        stand_in = town.balances.stand_in(wallet.address.network)
        if not isinstance(wallet, ChiaTestWallet):
            asset, amount = rng.choice([TICKET, TICKET, TICKET, POSTER]), rng.choice([1, 2, 2])
            stand_in.give(wallet.address, asset, amount)
            return f"{amount} of {asset[-1]}"
        taken = {asset for other in town.wallets for asset, _, _ in town.bag(other)}
        free = [asset for asset in (*FRIENDS, rng.choice(BANNED)) if asset not in taken]
        for asset in free[: rng.choice([1, 2, 2])]:
            stand_in.give(wallet.address, asset, collection_id=FRIENDS_ID if asset in FRIENDS else STRANGERS_ID)
        return f"{min(len(free), 2)} at most"

    # Time and the bot's own work.

    async def leap(self) -> str:
        span = self._rng.choice(_LEAPS)
        self._town.clock.advance(span)
        return f"{span} pass"

    async def sweep(self) -> str:
        """A whole sweep: every wallet has its turn."""
        self._town.clock.advance(INTERVAL)
        await self._town.refresh_due()
        await self._town.reconcile_due()
        return "sweep"

    async def trade_and_sweep(self) -> str:
        return f"{await self.trade()}; {await self.sweep()}"

    async def read_only(self) -> str:
        await self._town.refresh_due()
        return "due wallets are read"

    async def reconcile_only(self) -> str:
        await self._town.reconcile_due()
        return "due members are brought into line"

    async def sweep_now(self) -> str:
        server, sweeper = self._server(), self._town.bot.sweeper
        await self._town.call(sweeper.request(server.guild.id, server.owner.id))
        await self._town.refresh_due()
        await self._town.reconcile_due()
        await self._town.call(self._town.bot.sweeper.close_finished())
        return "sweep asked for"

    async def everything_at_once(self) -> str:
        town, sweeper = self._town, self._town.bot.sweeper
        user, server = self._rng.choice(town.users), self._server()
        town.clock.advance(INTERVAL)
        calls = [
            *(sweeper.refresh_due(network) for network in NETWORKS),
            sweeper.reconcile_due(),
            town.bot.services.onboarding.refresh(server.guild.id, user.id),
        ]
        await town.call_all(calls, town.witness.links)
        return f"sweep, while {user.name} refreshes"

    async def restart(self) -> str:
        await self._town.restart()
        return "restart"

    # Rules.

    def _ruled(self, server: Server) -> Role:
        """A role, one with a rule if there is one."""
        ruled = [role for role in server.roles if (server.guild.id, role.id) in self._town.witness.rules]
        return self._rng.choice(ruled or server.roles)

    async def add_rule(self) -> str:
        server, rng = self._server(), self._rng
        role = rng.choice(server.roles)
        text, grace = rng.choice(REQUIREMENTS).text, rng.choice(_GRACES)
        self._town.witness.reclaimed.discard((server.guild.id, role.id))
        await self._town.call(self._town.bot.services.rules.add(server.admin, role.id, text, grace))
        return f"rule: {role.name} for {text}, grace {grace}"

    async def edit_rule(self) -> str:
        server, rng = self._server(), self._rng
        role = self._ruled(server)
        text, grace = rng.choice(REQUIREMENTS).text, rng.choice(_GRACES)
        await self._town.call(self._town.bot.services.rules.edit(server.admin, role.id, text, grace))
        await self._town.reconcile_due()
        return f"edited: {role.name} for {text}, grace {grace}"

    async def remove_rule(self) -> str:
        town, server = self._town, self._server()
        role, take = self._ruled(server), self._rng.random() < 0.5
        key = (server.guild.id, role.id)
        had = key in town.witness.rules
        await town.call(town.bot.services.rules.remove(server.admin, role.id, take_roles=take))
        if had and key not in town.witness.rules:
            if take:
                town.witness.reclaimed.add(key)
                town.witness.reclaimed_ever.add(key)
            else:
                town.witness.see_gone(guild_id=server.guild.id, role_id=role.id)
        return f"rule for {role.name} removed, {'with' if take else 'without'} the roles"

    async def pause_or_resume(self) -> str:
        server = self._server()
        role, rules = self._ruled(server), self._town.bot.services.rules
        pause = self._rng.random() < 0.4
        await self._town.call((rules.pause if pause else rules.resume)(server.admin, role.id))
        return f"{'pause' if pause else 'resume'} {role.name}"

    # Discord, by people's hands.

    async def by_hand(self) -> str:
        town, server, user = self._town, self._server(), self._rng.choice(self._town.users)
        role = self._rng.choice(server.roles)
        if user.id not in server.guild.members:
            return "nobody there"
        key = (server.guild.id, user.id, role.id)
        town.by_hand.add(key)
        if role.id in server.guild.roles_of(user):
            server.guild.take_role(user, role)
            return f"the owner takes {role.name} from {user.name}"
        if town.is_claimed(key):
            town.witness.mistakable.add(key)
        server.guild.give_role(user, role)
        return f"the owner gives {role.name} to {user.name}"

    async def leave_or_join(self) -> str:
        town, server, user = self._town, self._server(), self._rng.choice(self._town.users)
        memberships, told = town.bot.services.memberships, self._rng.random() < 0.5
        if user.id in server.guild.members:
            server.guild.remove_member(user)
            town.witness.see_gone(guild_id=server.guild.id, user_id=user.id)
            if told:
                await town.call(memberships.left(server.guild.id, user.id))
            return f"{user.name} leaves{'' if told else ' unnoticed'}"
        server.guild.add_member(user)
        if told:
            await town.call(memberships.joined(server.guild.id, user.id))
        return f"{user.name} joins{'' if told else ' unnoticed'}"

    async def move_role(self) -> str:
        server = self._server()
        role = self._rng.choice(server.roles)
        server.guild.move_role(role, 1 if role.position > 100 else 200)
        self._town.refusing.add(server.guild.id)
        return f"{role.name} moves to {role.position}"

    async def delete_role(self) -> str:
        town, server = self._town, self._server()
        if len(server.roles) < 2:
            return "too few roles to delete one"
        role, told = self._rng.choice(server.roles), self._rng.random() < 0.5
        server.guild.delete_role(role)
        server.roles.remove(role)
        server.deleted.append(role)
        town.witness.see_gone(guild_id=server.guild.id, role_id=role.id)
        if told:
            await town.call(town.bot.services.memberships.role_deleted(server.guild.id, role.id))
        return f"{role.name} is deleted{'' if told else ' unnoticed'}"

    # Trouble.

    async def balance_trouble(self) -> str:
        return f"{trouble.trouble_with_a_balance_api(self._town, self._rng, self._wallet())}; {await self._doubt()}"

    async def discord_trouble(self) -> str:
        return f"{trouble.trouble_with_discord(self._town, self._rng)}; {await self._go_on()}"

    async def database_trouble(self) -> str:
        return f"{trouble.trouble_with_the_database(self._town, self._rng)}; {await self._go_on()}"

    async def process_trouble(self) -> str:
        return f"{trouble.trouble_with_the_process(self._town, self._rng)}; {await self._go_on()}"

    async def _doubt(self) -> str:
        """Let readings fail, and have a reason to judge members anew while they do."""
        line = await self._go_on()
        return f"{line}; {await self.edit_rule()}" if self._rng.random() < 0.4 else line

    async def _go_on(self) -> str:
        """Do something right away that the trouble may meet."""
        steps = [self.trade_and_sweep, self.trade_and_sweep, self.sweep, self.link, self.unlink, self.sweep_now]
        return await self._rng.choice(steps)()

    async def healing(self) -> str:
        for stand_in in self._town.balances.stand_ins:
            stand_in.heal()
        return "the balance APIs are well again"


_STEPS: tuple[tuple[Step, int], ...] = (
    (Steps.link, 8),
    (Steps.unlink, 4),
    (Steps.refresh, 4),
    (Steps.trade, 6),
    (Steps.trade_and_sweep, 14),
    (Steps.trade_between_two_requests, 8),
    (Steps.leap, 8),
    (Steps.sweep, 6),
    (Steps.read_only, 4),
    (Steps.reconcile_only, 4),
    (Steps.sweep_now, 3),
    (Steps.everything_at_once, 4),
    (Steps.restart, 2),
    (Steps.add_rule, 5),
    (Steps.edit_rule, 4),
    (Steps.remove_rule, 2),
    (Steps.pause_or_resume, 3),
    (Steps.by_hand, 4),
    (Steps.leave_or_join, 4),
    (Steps.move_role, 2),
    (Steps.delete_role, 1),
    (Steps.balance_trouble, 8),
    (Steps.discord_trouble, 10),
    (Steps.database_trouble, 4),
    (Steps.process_trouble, 4),
    (Steps.healing, 2),
)


def _links(town: Town, user_id: int, wallet: TestWallet) -> bool:
    return town.witness.links.get(wallet.address.text) == user_id


def _name(wallet: TestWallet) -> str:
    return str(wallet.address)

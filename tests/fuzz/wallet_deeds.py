"""What people do with their wallets, and what happens to the NFTs in them."""

from datetime import timedelta
from random import Random

from bot.sandbox.balances.traffic import BalanceRequest
from bot.sandbox.wallets import ChiaTestWallet
from tests.fuzz.bench import INTERVAL, TestWallet
from tests.fuzz.chance import happens
from tests.fuzz.deeds import Deeds
from tests.fuzz.requirements import BANNED, FRIENDS, FRIENDS_ID, POSTER, STRANGERS_ID, TICKET
from tests.fuzz.town import NETWORKS, Town
from tests.fuzz.work_deeds import sweep


class WalletDeeds(Deeds):
    """Wallets and what they hold."""

    async def link(self) -> str:
        """Somebody proves a wallet, which may have been somebody else's."""
        server, user, wallet = self.server(), self.rng.choice(self.town.users), self.rng.choice(self.town.wallets)
        later = happens(self.rng, 30)
        await self.town.link(server, user, wallet, onboard=not later)
        return f"{user.name} links {wallet.address}{' without a reading' if later else ''}"

    async def unlink(self) -> str:
        """Somebody gives a wallet up."""
        town, links = self.town, self.town.witness.links
        linked = [(u, w) for w in town.wallets for u in town.users if links.get(w.address.text) == u.id]
        if not linked:
            return await self.link()
        user, wallet = self.rng.choice(linked)
        later = happens(self.rng, 30)
        await town.unlink(self.server(), user, wallet, onboard=not later)
        return f"{user.name} unlinks {wallet.address}{', roles follow later' if later else ''}"

    async def refresh(self) -> str:
        """Somebody has their wallets read."""
        user, server = self.rng.choice(self.town.users), self.server()
        await self.town.call(self.town.bot.services.onboarding.refresh(server.guild.id, user.id))
        return f"{user.name} refreshes"

    async def trade(self) -> str:
        """Something changes hands."""
        line = trade(self.town, self.wallet(), self.rng, self.rng.randint(0, 99))
        self.town.set_truth()
        return line

    async def trade_and_sweep(self) -> str:
        """Something changes hands, and the bot looks."""
        return f"{await self.trade()}; {await sweep(self.town)}"

    async def everybody_sells(self) -> str:
        """The removals that the brake is for."""
        town = self.town
        for wallet in town.wallets:
            town.balances.stand_in(wallet.address.network).set_holdings(wallet.address)
        town.set_truth()
        town.clock.advance(timedelta(minutes=1))
        first = await sweep(town)
        town.clock.advance(timedelta(minutes=6))
        return f"all wallets lose everything; {first}; {await sweep(town)}"

    async def trade_between_two_requests(self) -> str:
        """Something moves in the middle of a sweep, right after the next answer of a balance API is decided."""
        town, links = self.town, self.town.witness.links
        stand_in = town.balances.stand_in(self.rng.choice(NETWORKS))
        own = Random(self.rng.getrandbits(16))  # the stand-in calls it, and hypothesis may only be asked from a step

        def once(_: BalanceRequest) -> None:
            stand_in.after_each_request(None)
            full = [wallet for wallet in town.wallets if wallet.address.text in links and town.bag(wallet)]
            trade(town, own.choice(full or town.wallets), own, 0)
            town.set_truth()

        stand_in.after_each_request(once)
        return f"a hand-over in the middle of this: {await sweep(town)}"

    async def hand_over_behind_the_sweep(self) -> str:
        """A member's one wallet is read, something moves between it and the other one, and that one is read.

        The two readings together miss what moved, or count it twice, as if there were none or two of it. A reading has
        shown it where it comes from: what was never seen anywhere, nobody can miss.
        """
        town, rng = self.town, self.rng
        network = rng.choice(NETWORKS)
        first, second, *_ = rng.sample([one for one in town.wallets if one.address.network is network], 2)
        user = rng.choice(town.users)
        for wallet in (first, second):
            if town.witness.links.get(wallet.address.text) != user.id:
                await town.link(self.server(), user, wallet, onboard=True)
            for _ in range(2):
                mint(town, wallet, rng)
        town.set_truth()
        await sweep(town)
        town.clock.advance(INTERVAL)
        known = {link.wallet.address: link.wallet for link in await town.bot.services.wallets.of(user.id)}
        giver, taker = rng.sample([first, second], 2)
        held = town.balances.stand_in(network).holdings(giver.address)
        if giver is second and giver.address in known:
            seen = {holding.asset for holding in known[giver.address].holdings}
            held = tuple(nft for nft in held if nft.asset in seen)
        if not {first.address, second.address} <= known.keys() or not held:
            return "nothing to hand over"
        await town.call(town.bot.refresher.refresh(known[first.address]))
        for nft in held[: rng.choice([1, len(held)])]:
            town.balances.stand_in(network).move(nft.asset, giver.address, taker.address, nft.amount)
        town.set_truth()
        await town.call(town.bot.refresher.refresh(known[second.address]))
        await town.reconcile_due()
        return f"{user.name} hands over from {giver.address} to {taker.address} after {first.address} was read"


def trade(town: Town, wallet: TestWallet, rng: Random, choice: int) -> str:
    """Let a wallet hand something over, lose something, or receive something. The witness is to be told."""
    stand_in = town.balances.stand_in(wallet.address.network)
    held = stand_in.holdings(wallet.address)
    if held and choice < 35:
        nft, other = rng.choice(held), _neighbour(town, wallet, rng)
        amount = rng.randint(1, nft.amount)
        stand_in.move(nft.asset, wallet.address, other.address, amount)
        return f"{wallet.address} hands {amount} to {other.address}"
    if held and choice < 65:
        for nft in held:
            stand_in.take(wallet.address, nft.asset)
        return f"{wallet.address} loses everything"
    if held and choice < 75:
        stand_in.take(wallet.address, rng.choice(held).asset)
        return f"{wallet.address} loses one"
    return f"{wallet.address} receives {mint(town, wallet, rng)}"


def _neighbour(town: Town, wallet: TestWallet, rng: Random) -> TestWallet:
    """Another wallet, most often one of the same member: what moves there must not be missed, nor counted twice."""
    links = town.witness.links
    others = [o for o in town.wallets if o.address.network is wallet.address.network and o is not wallet]
    owner = links.get(wallet.address.text)
    same = [other for other in others if owner is not None and links.get(other.address.text) == owner]
    return rng.choice(same if same and not happens(rng, 30) else others)


def mint(town: Town, wallet: TestWallet, rng: Random) -> str:
    """Let a wallet receive something, two at a time now and then; a Chia NFT is in one wallet only."""
    stand_in = town.balances.stand_in(wallet.address.network)
    if not isinstance(wallet, ChiaTestWallet):
        asset, amount = rng.choice([TICKET, TICKET, TICKET, POSTER]), rng.choice([1, 2, 2])
        stand_in.give(wallet.address, asset, amount)
        return f"{amount} of {asset[-1]}"
    taken = {asset for other in town.wallets for asset, _, _ in town.bag(other)}
    free = [asset for asset in (*FRIENDS, rng.choice(BANNED)) if asset not in taken]
    given = free[: rng.choice([1, 2, 2])]
    for asset in given:
        stand_in.give(wallet.address, asset, collection_id=FRIENDS_ID if asset in FRIENDS else STRANGERS_ID)
    return str(len(given))

"""A town: servers, people and wallets, and the calls that reach the bot from there."""

import asyncio
import gc
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from bot.app import Holdfast
from bot.domain.drafts import Proposal
from bot.domain.errors import HoldfastError
from bot.domain.links import Applicant
from bot.domain.networks import Network
from bot.domain.selectors import SelectorKind
from bot.sandbox.balances import OwnedNft
from bot.sandbox.discord import Guild, Role, User
from bot.sandbox.discord.models import AuditEntry
from bot.sandbox.wallets import ChiaTestWallet
from bot.services.admins import Admin
from bot.services.linking import Linking, NewLink
from bot.services.onboarding import Welcome
from tests.fuzz.bench import CANARIES, CONFIRM_AFTER, NO_BRAKE, STALE_AFTER, Bench, TestWallet, Ways
from tests.fuzz.decisions import Decisions, Membership
from tests.fuzz.facts import Links
from tests.fuzz.hooks import Tripwire
from tests.fuzz.records import Records
from tests.fuzz.requirements import BANNED, CANARY, FRIENDS_ID, POSTER, STRANGERS_ID, TICKET, Bag
from tests.fuzz.witness import Witness

NETWORKS = (Network.CHIA_MAINNET, Network.LOOPRING)

Result = TypeVar("Result")


class WatchedLog(list[AuditEntry]):
    """A server's audit log that shows each new line to the witness at once."""

    def __init__(self, guild: Guild, witness: Witness) -> None:
        super().__init__(guild.audit_log)
        self._guild = guild
        self._witness = witness

    def append(self, entry: AuditEntry, /) -> None:
        super().append(entry)
        self._witness.see(self._guild.id, entry, self._guild.bot.id)


@dataclass(slots=True)
class Server:
    """A server, the roles that rules may be about, and the person who configures it."""

    guild: Guild
    owner: User
    roles: list[Role]
    deleted: list[Role] = field(default_factory=list)

    @property
    def admin(self) -> Admin:
        return Admin(self.guild.id, self.owner.id, frozenset())


class Town:
    """The world of one schedule."""

    def __init__(
        self,
        bench: Bench,
        servers: int,
        users: int,
        roles: int,
        brake: int = NO_BRAKE,
        *,
        canary: bool = False,
        ways: Ways | None = None,
    ) -> None:
        bench.clock.restart()
        self.bench = bench
        self.clock = bench.clock
        self.discord = bench.discord
        self.balances = bench.balances
        self.wallets: Sequence[TestWallet] = bench.wallets
        self.decisions = Decisions(brake)
        self.witness = Witness(self.clock, self.decisions, confirm_after=CONFIRM_AFTER, stale_after=STALE_AFTER)
        self.settings = bench.settings(brake, canary=canary)
        self.has_canary = canary
        self.ways = ways or Ways()
        self.tripwire = Tripwire()
        self.records = Records(bench.database)
        bench.empty_database()
        self.users = [self.discord.add_user(f"user{number}") for number in range(users)]
        self.servers = [self._server(roles) for _ in range(servers)]
        self._bot: Holdfast | None = None
        for wallet in self.wallets:
            self.balances.stand_in(wallet.address.network).set_holdings(wallet.address)
        self.balances.loopring.page_cap = 1  # every other wallet fills two pages
        chia, loopring = CANARIES
        self.balances.spacescan.set_holdings(chia.address, [OwnedNft(CANARY, 1, STRANGERS_ID)])
        self.balances.loopring.set_holdings(loopring.address, [OwnedNft(POSTER, 1, None)])

    def _server(self, roles: int) -> Server:
        owner = self.discord.add_user("owner")
        guild = self.discord.add_guild("Friends", owner)
        for user in self.users:
            guild.add_member(user)
        server = Server(guild, owner, [guild.add_role(f"Role {number}") for number in range(roles)])
        guild.audit_log = WatchedLog(guild, self.witness)
        return server

    @property
    def bot(self) -> Holdfast:
        assert self._bot is not None
        return self._bot

    async def open(self) -> None:
        """Start the bot and make the collections."""
        await self.restart()
        kinds = (
            ("friends", Network.CHIA_MAINNET, SelectorKind.CHIA_COLLECTION, FRIENDS_ID),
            ("banned", Network.CHIA_MAINNET, SelectorKind.NFT_SET, " ".join(BANNED)),
            ("chia_any", Network.CHIA_MAINNET, SelectorKind.ANY, ""),
            ("tickets", Network.LOOPRING, SelectorKind.NFT_DATA_SET, TICKET),
        )
        for server in self.servers:
            for name, network, kind, items in kinds:
                await self.bot.services.collections.add(server.admin, name, network, kind, items)

    async def close(self) -> None:
        """End the bot and take the servers down."""
        self.heal()
        if self._bot is not None:
            await self._bot.close()
        self.records.close()
        for server in self.servers:
            self.discord.remove_guild(server.guild)

    async def restart(self) -> None:
        """End the bot's process and start it again on the same database."""
        self.tripwire.disarm()
        self.tripwire.victim = None
        if self._bot is not None:
            await self._bot.close()
            self._bot = None
        self._bot = await self.bench.start_bot(self.settings, self.witness, self.tripwire, self.ways)

    def heal(self) -> None:
        """End all faults of the surroundings."""
        self.tripwire.disarm()
        self.discord.faults.clear()
        for stand_in in self.balances.stand_ins:
            stand_in.heal()
            stand_in.after_each_request(None)

    # Calls.

    async def call(
        self,
        what: Coroutine[object, object, Result],
        links: Links | None = None,
        withdrawn: frozenset[Membership] | None = None,
    ) -> Result | None:
        """Make a call; None when the bot refused it, could not carry it out, or was ended in the middle of it.

        `links` are those that the call may lead to, and `withdrawn` the members who may not count any more.
        """
        self.witness.open_window()
        if links is not None:
            self.witness.foresee_links(links)
        if withdrawn is not None:
            self.decisions.foresee_withdrawn(withdrawn)
        task = asyncio.create_task(what)
        self.tripwire.victim = task
        await asyncio.wait({task})
        self.tripwire.victim = None
        if task.cancelled():
            del task
            gc.collect()  # a process that has ended holds no lock on the database, so nothing of this one may either
            await self.restart()
            self._catch_up()
            return None
        self._catch_up()
        error = task.exception()
        if isinstance(error, HoldfastError):
            return None
        return task.result()

    async def call_all(self, calls: Sequence[Awaitable[object]], links: Links) -> None:
        """Make several calls at the same time."""

        async def together() -> None:
            results = await asyncio.gather(*calls, return_exceptions=True)
            unexpected = [
                result
                for result in results
                if isinstance(result, BaseException) and not isinstance(result, HoldfastError)
            ]
            if unexpected:
                raise unexpected[0]

        self.witness.many_at_once = True
        await self.call(together(), links)
        self.witness.many_at_once = False

    async def interject(self, what: Coroutine[object, object, object]) -> None:
        """Make a call in the middle of another one. What the bot had not set out to do before must follow it."""
        believed = self.witness.believed()
        with suppress(HoldfastError):
            await what
        self._catch_up()
        self.witness.open_window_amid(believed)

    def _catch_up(self) -> None:
        """Learn which links and rules there are now, and who does not want to count."""
        forgetting = frozenset(self.records.forgetting())
        everywhere = {(server.guild.id, user_id) for server in self.servers for user_id in forgetting}
        withdrawn = frozenset(self.records.opted_out() | everywhere)
        if (withdrawn, forgetting) != (self.decisions.withdrawn, self.decisions.forgetting):
            self.witness.set_withdrawn(withdrawn, forgetting)
        if self.decisions.undoing:
            self.witness.set_undoing(self.records.undoing())
        links, rules = self.records.links(), self.records.rules()
        if links != self.witness.links or links != self.witness.history[-1].links:
            self.witness.set_links(links)
        if rules != self.witness.rules:
            self.witness.set_rules(rules)
        if self.decisions.earned:
            self.decisions.see_kept(self.records.kept())

    async def link(self, server: Server, user: User, wallet: TestWallet, *, onboard: bool) -> None:
        """Prove a wallet; with `onboard` its first reading and the roles follow at once, as by the command."""
        who = Applicant(user.id, user.name, server.guild.id)
        services = self.bot.services
        named = None if isinstance(wallet, ChiaTestWallet) else wallet.address.text
        challenge = await self.call(services.linking.start(who, wallet.address.network, named))
        if challenge is None:
            return
        pasted = wallet.sign(challenge.text)
        address = wallet.address.text
        before = self.witness.links.get(address)
        if before is not None and before != user.id:
            self.witness.waive(before)
        links = {**self.witness.links, address: user.id}
        services = self.bot.services
        if onboard:
            welcome = await self.call(services.onboarding.complete(challenge.id, who, pasted), links)
            assert welcome is None or isinstance(welcome, Welcome), "a valid proof was refused"
        else:
            await self.call(_prove_and_record(services.linking, challenge.id, who, pasted), links)

    async def unlink(self, server: Server, user: User, wallet: TestWallet, *, onboard: bool) -> None:
        """Give a wallet up."""
        address = wallet.address.text
        links = {other: owner for other, owner in self.witness.links.items() if (other, owner) != (address, user.id)}
        if links != self.witness.links:
            self.witness.waive(user.id)
        services = self.bot.services
        if onboard:
            await self.call(services.onboarding.unlink(server.guild.id, user.id, address), links)
        else:
            await self.call(services.wallets.unlink(user.id, server.guild.id, address), links)

    async def refresh_due(self) -> int:
        """Read what is due, one batch of each network."""
        numbers = [await self.call(self.bot.sweeper.refresh_due(network)) or (0, 0) for network in NETWORKS]
        return sum(read for read, _ in numbers)

    async def reconcile_due(self) -> int:
        """Bring one page of due members into line."""
        looked_at, _ = await self.call(self.bot.sweeper.reconcile_due()) or (0, 0)
        return looked_at

    async def finish_deletions(self) -> None:
        """Go on with deleting the data of those who asked for that."""
        going = self.records.forgetting()
        if going:
            links = {address: owner for address, owner in self.witness.links.items() if owner not in going}
            await self.call(self.bot.services.privacy.forgetting.go_on_with_due(), links)

    async def change_rule(self, server: Server, proposal: Proposal) -> bool:
        """Have a rule changed as admins do: look at what would happen, then confirm."""
        drafting = self.bot.services.drafting
        proposed = await self.call(drafting.propose(server.admin, proposal))
        if proposed is None:
            return False
        return await self.call(self.bot.services.drafting.confirm(server.admin, proposed.draft.id)) is not None

    def give_by_hand(self, server: Server, user: User, role: Role) -> None:
        """Somebody else gives a role. While the bot has reason to believe that it is its own, it cannot know."""
        key = (server.guild.id, user.id, role.id)
        if role.id not in server.guild.roles_of(user) and self.records.ledger().get(key, "withheld") != "withheld":
            self.witness.mistakable.add(key)
            if key in self.records.waived():
                self.witness.waived.add(key)
        if role.id not in server.guild.roles_of(user):
            self.witness.forgettable |= {other for other in self.records.doubted() if other[:2] == key[:2]} - {key}
        server.guild.give_role(user, role)

    # The truth.

    def set_truth(self) -> None:
        """Tell the witness what the wallets hold now."""
        self.witness.set_truth({wallet.address.text: self.bag(wallet) for wallet in self.wallets})

    def bag(self, wallet: TestWallet) -> Bag:
        """What a wallet truly holds."""
        owned: Sequence[OwnedNft] = self.balances.stand_in(wallet.address.network).holdings(wallet.address)
        return frozenset((nft.asset, nft.collection, nft.amount) for nft in owned)


async def _prove_and_record(linking: Linking, challenge_id: int, who: Applicant, pasted: str) -> NewLink:
    """Link without what follows at once: the jobs bring it."""
    return await linking.record(who, await linking.prove(challenge_id, who, pasted))

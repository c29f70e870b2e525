"""Who and what the story is about: a server, its people, their wallets, and the NFTs that matter."""

from dataclasses import dataclass
from typing import Self

from bot.demo.moves import Wallet
from bot.demo.stage import Stage
from bot.domain import chia_ids
from bot.sandbox.discord import Channel, Guild, Role, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet

FRIENDS = chia_ids.encode(chia_ids.COLLECTION_PREFIX, b"holdfast demo: chia friends".ljust(32, b"."))
"""A Chia collection."""
FRIEND = chia_ids.encode(chia_ids.NFT_PREFIX, b"holdfast demo: friend no. 1".ljust(32, b"."))
"""An NFT of that collection; there is one of it."""
LOOP_PASS = "0x" + b"holdfast demo: loop pass".ljust(32, b".").hex()
"""A Loopring NFT (its nftData), of which one can hold several."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody in the server. `signed` is what their wallet printed last, for whoever gets hold of it."""

    user: User
    wallet: Wallet
    signed: str = ""

    @property
    def name(self) -> str:
        """The name in Discord."""
        return self.user.name

    def sign(self, text: str) -> str:
        """Sign with the own wallet."""
        self.signed = self.wallet.sign(text)
        return self.signed


@dataclass(frozen=True, slots=True)
class Cast:
    """The server and everybody in it, as it is before the bot comes online."""

    guild: Guild
    ada: Person
    """Owns the server."""
    charlie: Person
    """Holds a Chia NFT."""
    lois: Person
    """Holds Loopring NFTs."""
    mallory: Person
    """Would like the roles without the NFTs."""
    nora: Person
    """Will buy Charlie's NFT."""
    friend: Role
    looper: Role
    captain: Role
    """Stands above the bot's own role."""
    log: Channel
    welcome: Channel

    @classmethod
    def assemble(cls, stage: Stage) -> Self:
        """Set the scene on a stage that is set up."""
        users = stage.discord.add_user
        ada = Person(users("Ada"), ChiaTestWallet.from_seed("ada"))
        charlie = Person(users("Charlie"), ChiaTestWallet.from_seed("charlie"))
        lois = Person(users("Lois"), EthereumTestWallet.from_seed("lois"))
        mallory = Person(users("Mallory"), ChiaTestWallet.from_seed("mallory"))
        nora = Person(users("Nora"), ChiaTestWallet.from_seed("nora"))
        guild = stage.discord.add_guild("Orchard", ada.user)
        for person in (charlie, lois, mallory, nora):
            guild.add_member(person.user)
        stage.balances.spacescan.give(charlie.wallet.address, FRIEND, collection_id=FRIENDS)
        stage.balances.loopring.give(lois.wallet.address, LOOP_PASS, 2)
        return cls(
            guild=guild,
            ada=ada,
            charlie=charlie,
            lois=lois,
            mallory=mallory,
            nora=nora,
            friend=guild.add_role("Friend"),
            looper=guild.add_role("Looper"),
            captain=guild.add_role("Captain", position=guild.bot_role.position + 50),
            log=guild.add_channel("holdfast-log"),
            welcome=guild.add_channel("welcome"),
        )

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order of the final table."""
        return (self.ada, self.charlie, self.lois, self.nora, self.mallory)

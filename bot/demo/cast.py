"""Who and what the story is about: a server, its people, their wallets, and the NFTs that matter."""

from dataclasses import dataclass
from typing import Self

from bot.demo.moves import Wallet
from bot.demo.stage import Stage
from bot.domain import chia_ids
from bot.domain.networks import Network
from bot.sandbox.discord import Channel, Guild, Role, User
from bot.sandbox.wallet_page import NamedNft, NamedWallet, WalletSite
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet

FRIENDS = chia_ids.encode(chia_ids.COLLECTION_PREFIX, b"holdfast demo: chia friends".ljust(32, b"."))
"""A Chia collection."""


def friend(number: int) -> str:
    """An NFT of that collection; there is one of each number."""
    return chia_ids.encode(chia_ids.NFT_PREFIX, f"holdfast demo: friend no. {number}".encode().ljust(32, b"."))


FRIEND = friend(1)
"""The NFT that the story is about."""
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

    def wallet_site(self, stage: Stage) -> WalletSite:
        """The page on which a visitor signs with the wallets of the story, or with ones that nobody has linked."""
        spare = (
            NamedWallet("spare Chia wallet 1", ChiaTestWallet.from_seed("spare 1")),
            NamedWallet("spare Chia wallet 2", ChiaTestWallet.from_seed("spare 2")),
            NamedWallet("spare Loopring wallet", EthereumTestWallet.from_seed("spare")),
        )
        owned = (NamedWallet(f"{person.name}'s wallet", person.wallet) for person in self.people)
        nfts = [
            NamedNft("friend no. 1", Network.CHIA_MAINNET, FRIEND, FRIENDS),
            *(
                NamedNft(f"friend no. {number}", Network.CHIA_MAINNET, friend(number), FRIENDS)
                for number in range(2, 6)
            ),
            NamedNft("loop pass", Network.LOOPRING, LOOP_PASS),
        ]
        return WalletSite((*spare, *owned), nfts, stage.balances)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order of the final table."""
        return (self.ada, self.charlie, self.lois, self.nora, self.mallory)

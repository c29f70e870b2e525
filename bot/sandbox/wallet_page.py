"""A page of test wallets: sign a text with one, and give it NFTs or take them away."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from aiohttp import web

from bot.domain.addresses import Address
from bot.domain.networks import Family, Network
from bot.sandbox.balances import SandboxBalances
from bot.sandbox.discord.look.markup import choice_box, form, labelled, link, page, table, text_box
from bot.sandbox.discord.look.serving import Given, given, html_answer, one

_PATH = "/sandbox/wallets"


class Signer(Protocol):
    """A wallet that signs."""

    address: Address

    def sign(self, text: str) -> str:
        """Return what the owner would copy out of the wallet after signing."""


@dataclass(frozen=True, slots=True)
class NamedWallet:
    """A wallet with the name that it has on the page."""

    name: str
    wallet: Signer


@dataclass(frozen=True, slots=True)
class NamedNft:
    """An NFT that wallets on its network can be given. `collection` is its `col1…` id on Chia."""

    name: str
    network: Network
    asset: str
    collection: str | None = None


class WalletSite:
    """The page and what can be done on it. It belongs beside the played Discord, which links to it."""

    title = "Test wallets"
    path = _PATH

    def __init__(self, wallets: Sequence[NamedWallet], nfts: Sequence[NamedNft], balances: SandboxBalances) -> None:
        self._wallets = wallets
        self._nfts = nfts
        self._balances = balances

    def address_of(self, name: str) -> str:
        """The address of the wallet with that name, as its owner sees it. Raises `KeyError` for a name that is none."""
        return {wallet.name: wallet.wallet.address.display for wallet in self._wallets}[name]

    def add_to(self, app: web.Application) -> None:
        """Put the routes into a web application."""
        app.router.add_get(_PATH, self._show)
        app.router.add_post(_PATH + "/sign", self._sign)
        app.router.add_post(_PATH + "/give", self._give)
        app.router.add_post(_PATH + "/take", self._take)

    async def _show(self, _request: web.Request) -> web.StreamResponse:
        return html_answer(self._page())

    async def _sign(self, request: web.Request) -> web.StreamResponse:
        fields = await given(request)
        wallet = self._wallet(fields)
        # A browser sends a text of several lines with the line ends of old terminals.
        text = one(fields, "text").replace("\r\n", "\n").strip()
        if not text:
            return html_answer(self._page("There was no text to sign."), 400)
        return html_answer(_signed(wallet, wallet.wallet.sign(text)))

    async def _give(self, request: web.Request) -> web.StreamResponse:
        fields = await given(request)
        wallet, nft = self._wallet(fields), self._nft(fields)
        if nft is None or nft.network is not wallet.wallet.address.network:
            return html_answer(self._page("That NFT is not on the network of that wallet."), 400)
        stand_in = self._balances.stand_in(nft.network)
        if nft.network.family is Family.CHIA:
            self._take_from_all(nft)  # there is one of each
        stand_in.give(wallet.wallet.address, nft.asset, collection_id=nft.collection)
        raise web.HTTPSeeOther(_PATH)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        fields = await given(request)
        address = self._wallet(fields).wallet.address
        try:
            self._balances.stand_in(address.network).take(address, one(fields, "asset"))
        except ValueError:
            return html_answer(self._page("The wallet does not hold that."), 400)
        raise web.HTTPSeeOther(_PATH)

    def _take_from_all(self, nft: NamedNft) -> None:
        stand_in = self._balances.stand_in(nft.network)
        for other in self._wallets:
            address = other.wallet.address
            if address.network is nft.network and any(held.asset == nft.asset for held in stand_in.holdings(address)):
                stand_in.take(address, nft.asset)

    def _wallet(self, fields: Given) -> NamedWallet:
        for wallet in self._wallets:
            if wallet.name == one(fields, "wallet"):
                return wallet
        raise web.HTTPNotFound(text="There is no such wallet.")

    def _nft(self, fields: Given) -> NamedNft | None:
        return next((nft for nft in self._nfts if nft.name == one(fields, "nft")), None)

    def _page(self, problem: str = "") -> str:
        rows = [
            [
                escape(wallet.name),
                f"{escape(wallet.wallet.address.network.label)}<br>{escape(wallet.wallet.address.display)}",
                self._holdings(wallet),
                self._offers(wallet),
            ]
            for wallet in self._wallets
        ]
        names = [(wallet.name, wallet.name) for wallet in self._wallets]
        sign = labelled("wallet", choice_box("wallet", names)) + labelled(
            "text",
            text_box("text", long=True, required=True),
            "exactly as the bot shows it, without the frame around it",
        )
        parts = [
            f'<p class="error">{escape(problem)}</p>' if problem else "",
            "<p>These wallets have real keys and hold nothing but what is played here.</p>",
            "<h2>Sign a text</h2>",
            form(_PATH + "/sign", {}, sign, "Sign", block=True),
            "<h2>What they hold</h2>",
            "<p>The bot sees a change when it reads the wallet next: /wallet refresh or /sweep now.</p>",
            table(["wallet", "address", "holds", ""], rows),
            f"<p>{link('/sandbox', 'Back to the server')}</p>",
        ]
        return page("Test wallets", "".join(parts))

    def _holdings(self, wallet: NamedWallet) -> str:
        address = wallet.wallet.address
        names = {nft.asset: nft.name for nft in self._nfts}
        lines = []
        for owned in self._balances.stand_in(address.network).holdings(address):
            name = names.get(owned.asset, f"{owned.asset[:12]}…")
            hidden = {"wallet": wallet.name, "asset": owned.asset}
            lines.append(f"{owned.amount} × {escape(name)} {form(_PATH + '/take', hidden, '', 'Take away')}<br>")
        return "".join(lines) or "nothing"

    def _offers(self, wallet: NamedWallet) -> str:
        network = wallet.wallet.address.network
        names = [(nft.name, nft.name) for nft in self._nfts if nft.network is network]
        return form(_PATH + "/give", {"wallet": wallet.name}, choice_box("nft", names), "Give") if names else ""


def _signed(wallet: NamedWallet, answer: str) -> str:
    shown = f'<textarea rows="8" readonly>{escape(answer.strip())}</textarea>'
    advice = "Press “Paste signature” below the bot's message, and paste all of it."
    back = f"<p>{link(_PATH, 'Back to the wallets')} · {link('/sandbox', 'Back to the server')}</p>"
    return page(f"What {wallet.name} shows after signing", labelled("the answer", shown, advice) + back)

"""Wallets as a page meets them: objects that an extension puts into it. The keys behind them are real.

What a page asks arrives here in Python, so a test decides how the owner of the wallet reacts.
"""

import asyncio
import itertools
import json
from collections.abc import Mapping, Sequence

from playwright.async_api import BrowserContext

from bot.sandbox.wallets import ChiaForm, ChiaTestWallet, EthereumTestWallet

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%23d9762b'/%3E%3Cpath d='M8 22 16 8l8 14z' fill='%23fff'/%3E%3C/svg%3E"
)
_NUMBERS = itertools.count()

_PROVIDER = """
(() => {
  const ask = async (request) => {
    const answer = JSON.parse(await window[%(asker)s](JSON.stringify(request)));
    if (answer.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
    return answer.result;
  };
  const provider = Object.assign({ request: ask }, %(flags)s);
  const put = () => { %(put)s };
  %(when)s
})();
"""
_AT_ONCE = "put();"
_LATE = "setTimeout(put, %d);"
_ANNOUNCE = """
  const detail = Object.freeze({ info: Object.freeze(%s), provider });
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
"""


class WalletRefusalError(Exception):
    """What a wallet answers instead of doing it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Extension:
    """What both kinds of wallets have in common."""

    def __init__(self, *, after_ms: int = 0) -> None:
        """`after_ms`: how long after the start of the page the wallet appears in it."""
        self._asker = f"__wallet_{next(_NUMBERS)}"
        self._when = _LATE % after_ms if after_ms else _AT_ONCE
        self.asked: list[str] = []
        """The methods that pages have called, in order."""
        self.refusal: WalletRefusalError | None = None
        """What to answer to the next request to sign."""
        self.is_locked = False
        self.owner_decides = asyncio.Event()
        """Signing waits for it."""
        self.owner_decides.set()

    async def install(self, context: BrowserContext) -> None:
        """Put the wallet into every page of a browser."""
        await context.expose_function(self._asker, self._answered)
        flags, put = self.in_page()
        script = {"asker": json.dumps(self._asker), "flags": json.dumps(flags), "put": put, "when": self._when}
        await context.add_init_script(_PROVIDER % script)

    def in_page(self) -> tuple[Mapping[str, bool], str]:
        """Properties of the provider, and the statement that makes `provider` known to the page."""
        raise NotImplementedError

    async def do(self, method: str, params: object) -> object:
        """Answer one request. Raises `WalletRefusalError`."""
        raise NotImplementedError

    async def _answered(self, request: str) -> str:
        asked = json.loads(request)
        self.asked.append(asked["method"])
        try:
            return json.dumps({"result": await self.do(asked["method"], asked.get("params"))})
        except WalletRefusalError as refusal:
            return json.dumps({"error": {"code": refusal.code, "message": refusal.message}})

    async def _owner_agrees(self) -> None:
        await self.owner_decides.wait()
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal


class EthereumExtension(Extension):
    """An EIP-1193 wallet, announced as EIP-6963 says or just standing at `window.ethereum`."""

    def __init__(
        self,
        *wallets: EthereumTestWallet,
        name: str = "MetaMask",
        icon: str = ICON,
        is_announced: bool = True,
        after_ms: int = 0,
    ) -> None:
        super().__init__(after_ms=after_ms)
        self.wallets: Sequence[EthereumTestWallet] = wallets
        self.signs_with: EthereumTestWallet | None = None
        """Signs with this account whatever the page asks for."""
        self._name = name
        self._icon = icon
        self._is_announced = is_announced

    def in_page(self) -> tuple[Mapping[str, bool], str]:
        """See `Extension`."""
        if not self._is_announced:
            return {}, "window.ethereum = provider;"
        info = {"uuid": self._asker, "name": self._name, "icon": self._icon, "rdns": "org.example.wallet"}
        return {}, _ANNOUNCE % json.dumps(info)

    async def do(self, method: str, params: object) -> object:
        """See `Extension`."""
        match method, params:
            case (("eth_requestAccounts" | "eth_accounts"), _):
                return [] if self.is_locked else [wallet.address.display for wallet in self.wallets]
            case "personal_sign", [str(message), str(address)]:
                await self._owner_agrees()
                text = bytes.fromhex(message.removeprefix("0x")).decode()
                return (self.signs_with or self._wallet(address)).sign(text)
            case _:
                raise WalletRefusalError(4200, f"{method} is not supported")

    def _wallet(self, address: str) -> EthereumTestWallet:
        for wallet in self.wallets:
            if wallet.address.text.lower() == address.lower():
                return wallet
        raise WalletRefusalError(4100, "the account is not connected")


class ChiaExtension(Extension):
    """A CHIP-0002 wallet such as Goby, at any place and under any flag."""

    def __init__(
        self,
        *wallets: ChiaTestWallet,
        place: str = "chia",
        flag: str = "isGoby",
        chain: str = "mainnet",
        answers_object: bool = False,
        after_ms: int = 0,
    ) -> None:
        super().__init__(after_ms=after_ms)
        self.wallets: Sequence[ChiaTestWallet] = wallets
        self.chain = chain
        self._place = place
        self._flag = flag
        self._answers_object = answers_object

    def in_page(self) -> tuple[Mapping[str, bool], str]:
        """See `Extension`."""
        return {
            self._flag: True
        }, f"window.{self._place} = provider; window.dispatchEvent(new Event('chia#initialized'));"

    async def do(self, method: str, params: object) -> object:
        """See `Extension`."""
        match method, params:
            case "chainId", _:
                return self.chain
            case "connect", _:
                return True
            case "getPublicKeys", _:
                return [] if self.is_locked else [wallet.public_key.to_bytes().hex() for wallet in self.wallets]
            case "signMessage", {"message": str(message), "publicKey": str(key)}:
                await self._owner_agrees()
                signed = self._wallet(key).sign(bytes.fromhex(message).decode(), ChiaForm.SAGE_JSON)
                signature = json.loads(signed)["signature"]
                return {"signature": signature} if self._answers_object else signature
            case _:
                raise WalletRefusalError(4004, f"{method} is not supported")

    def _wallet(self, key: str) -> ChiaTestWallet:
        for wallet in self.wallets:
            if wallet.public_key.to_bytes().hex() == key:
                return wallet
        raise WalletRefusalError(4005, "no such key")

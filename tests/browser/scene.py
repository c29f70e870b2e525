"""A server with a rule, a member, and a verify page that is really served: what the browser tests play on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.sandbox.discord import InteractionResult, Role, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LOOP_PASS, Server, friend


@dataclass(slots=True)
class Scene:
    """Alice holds an NFT on both networks and has linked nothing yet."""

    server: Server
    alice: User
    holder: Role
    chia: ChiaTestWallet
    loopring: EthereumTestWallet
    origin: str
    log_in_as: Callable[[User], None]
    """Says who is logged in to Discord in the browsers."""
    _invitation: InteractionResult | None = None

    @classmethod
    async def set(cls, server: Server, origin: str, log_in_as: Callable[[User], None]) -> "Scene":
        """Make the rule and hand out the NFTs."""
        alice = server.joined("alice")
        chia, loopring = ChiaTestWallet.from_seed("alice"), EthereumTestWallet.from_seed("alice")
        holder = server.role("Holder")
        server.hand(chia, friend(1))
        server.hand(loopring, LOOP_PASS)
        await server.add_friends()
        await server.add_loop_pass()
        await server.add_rule(holder, "friends or loop_pass")
        log_in_as(alice)
        return cls(server, alice, holder, chia, loopring, origin, log_in_as)

    async def invitation(self, who: User | None = None, *, locale: str = "en-US") -> str:
        """Have a member, Alice unless another is named, ask for a link; returns its address."""
        member = who or self.alice
        member.locale = locale
        self._invitation = await self.server.use(member, "wallet link", network="chia-mainnet")
        return next(url for url in _urls(self._invitation.components) if url.startswith(self.origin))

    async def enter_code(self, code: str) -> InteractionResult:
        """Have whoever asked for the last link type a code into Discord, below the message with it."""
        assert self._invitation is not None
        form = await self._invitation.press("Enter code")
        answer = await form.submit({form.modal.fields[0].label: code})
        return await answer.settled()


def _urls(components: object) -> Iterator[str]:
    if isinstance(components, list | tuple):
        for one in components:
            yield from _urls(one)
    elif isinstance(components, dict):
        if isinstance(url := components.get("url"), str):
            yield url
        yield from _urls(list(components.values()))

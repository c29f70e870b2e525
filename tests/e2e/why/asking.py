"""Asking why, as a member and as an admin."""

from datetime import timedelta

from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock, Server, friend

ALICE, SECOND = ChiaTestWallet.from_seed("alice"), ChiaTestWallet.from_seed("alice's second")
LOIS = EthereumTestWallet.from_seed("lois")
DAY = timedelta(days=1)


async def why(server: Server, member: User) -> str:
    """What the member reads."""
    answer = await server.use(member, "roles why")
    assert answer.ephemeral
    return answer.text


async def why_of(server: Server, member: User) -> str:
    """What an admin reads about the member."""
    answer = await server.use(server.owner, "member why", user=member)
    assert answer.ephemeral
    return answer.text


async def reads(server: Server, member: User, words: str) -> bool:
    return words in await why(server, member)


async def holder(server: Server, member: User, role: Role, wallet: ChiaTestWallet = ALICE) -> None:
    """Let the member hold what is asked for, and have the role."""
    server.hand(wallet, friend(1), friend(2))
    await server.link(member, wallet)
    await server.gives(member, role)


async def sells(server: Server, clock: LeapClock, *left: str, wallet: ChiaTestWallet = ALICE) -> None:
    """Let a wallet hold only what is left, and have that read."""
    server.balances_of(wallet).set_holdings(wallet.address)
    server.hand(wallet, *left)
    clock.leap(timedelta(minutes=2))
    await server.sweep()

"""A server in which Alice holds a role on evidence: two NFTs of `friends`, or a pass on Loopring. No grace anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.demo.moves import Wallet
from bot.sandbox.balances.stand_in import StandIn
from bot.sandbox.discord import Role, User
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LOOP_PASS, LeapClock, Server, friend
from tests.e2e.conftest import server, settings, stage

__all__ = ["server", "settings", "stage"]


class WholeClock(LeapClock):
    """Leaps take the pauses with them that balance APIs asked for."""

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


@pytest.fixture
def clock() -> LeapClock:
    return WholeClock()


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody who has a role because a wallet holds what its rule asks for."""

    server: Server
    clock: LeapClock
    user: User
    wallet: Wallet
    role: Role

    @property
    def balances(self) -> StandIn:
        """The balance API that reads the wallet."""
        return self.server.balances_of(self.wallet)

    @property
    def has_role(self) -> bool:
        """Whether Discord shows the role now."""
        return self.server.has(self.user, self.role)

    @property
    def role_writes(self) -> Sequence[str]:
        """The methods of the role writes that the bot has made."""
        return [write.method for write in self.server.stage.discord.traffic.role_writes]

    async def sweep(self, after: timedelta) -> None:
        """Let time pass, then let a whole sweep do what it can."""
        self.clock.leap(after)
        await self.server.stage.holdfast.sweeper.run_once(everything=True)

    async def a_day_passes(self) -> None:
        """Three sweeps, as far apart as it takes to confirm what the first one saw."""
        for span in (timedelta(minutes=1), timedelta(minutes=31), timedelta(days=1)):
            await self.sweep(span)

    async def sells_everything(self) -> None:
        """The wallet truly holds nothing any more, and the sweeps see it: the role goes."""
        self.balances.set_holdings(self.wallet.address)
        await self.a_day_passes()
        await self.server.takes(self.user, self.role)


@pytest.fixture
async def alice(server: Server, clock: LeapClock) -> Holding:
    """On Chia."""
    wallet = ChiaTestWallet.from_seed("alice")
    server.hand(wallet, friend(1), friend(2))
    await server.add_friends()
    return await _linked(server, clock, wallet, "friends >= 2")


@pytest.fixture
async def lois(server: Server, clock: LeapClock) -> Holding:
    """On Loopring."""
    wallet = EthereumTestWallet.from_seed("lois")
    server.hand(wallet, LOOP_PASS)
    await server.add_loop_pass()
    return await _linked(server, clock, wallet, "loop_pass")


async def _linked(server: Server, clock: LeapClock, wallet: Wallet, expression: str) -> Holding:
    user, role = server.joined("alice"), server.role("Holder")
    await server.add_rule(role, expression, grace="0")
    await server.link(user, wallet)
    await server.gives(user, role)
    return Holding(server, clock, user, wallet, role)

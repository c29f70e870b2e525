"""What end-to-end tests do again and again: open a server, make rules, link wallets, look at roles."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
import pytest
import stamina

from bot.demo import moves
from bot.demo.moves import Wallet
from bot.demo.stage import Stage
from bot.domain import chia_ids
from bot.domain.networks import Family
from bot.providers.clock import SystemClock
from bot.sandbox.balances.stand_in import StandIn
from bot.sandbox.discord import Channel, Guild, InteractionResult, Role, User, Value
from bot.sandbox.discord.faults import Fault

FRIENDS = chia_ids.encode(chia_ids.COLLECTION_PREFIX, bytes([7] * 32))
"""A Chia collection."""
LOOP_PASS = f"0x{7:064x}"
"""A Loopring NFT."""


def friend(number: int) -> str:
    """An NFT for the collection `FRIENDS`."""
    return chia_ids.encode(chia_ids.NFT_PREFIX, number.to_bytes(32))


class LeapClock(SystemClock):
    """The machine's clock, which a test can set forward; waiting is nearly free."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead

    def leap(self, span: timedelta) -> None:
        self.ahead += span

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))


async def eventually(condition: Callable[[], Awaitable[bool]], timeout: float = 30.0) -> None:
    """Wait for what Discord does not show, such as a state in the database. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def struck(fault: Fault, timeout: float = 30.0) -> None:
    """Wait until a request has run into a fault. The sandbox does not tell of that before the request is answered."""

    async def was_hit() -> bool:
        return fault.hits > 0

    await eventually(was_hit, timeout)


@contextmanager
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave out the pauses of libraries, and put back what a bot changes in discord.py for the whole process."""

    async def no_pause(_self: discord.Client, _shard_id: int | None, *, initial: bool = False) -> None:
        """Discord wants five seconds between two log-ins of a shard; the sandbox does not."""

    gateway = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(discord.Client, "before_identify_hook", no_pause)
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(gateway, "DEFAULT_GATEWAY", gateway.DEFAULT_GATEWAY)
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@dataclass(frozen=True, slots=True)
class Server:
    """A server on a stage, with its owner and a channel for the log."""

    stage: Stage
    guild: Guild
    owner: User
    log: Channel

    @classmethod
    def opened(cls, stage: Stage, name: str = "Friends") -> "Server":
        """Open a server with the bot in it. It may be running or not."""
        owner = stage.discord.add_user(f"owner of {name}")
        guild = stage.discord.add_guild(name, owner)
        return cls(stage, guild, owner, guild.add_channel("log"))

    # People and roles

    def joined(self, who: str | User) -> User:
        """Let somebody join; a name makes a new account."""
        user = self.stage.discord.add_user(who) if isinstance(who, str) else who
        self.guild.add_member(user)
        return user

    def role(self, name: str) -> Role:
        """Make a role that the bot can give."""
        return self.guild.add_role(name)

    def has(self, user: User, role: Role) -> bool:
        """Whether Discord shows the role on the member now."""
        return role.id in self.guild.roles_of(user)

    async def gives(self, user: User, role: Role, timeout: float = 30.0) -> None:
        """Wait until Discord shows the role on the member. Raises SandboxError after `timeout` seconds."""
        await self.stage.discord.until(lambda: self.has(user, role), timeout)

    async def takes(self, user: User, role: Role, timeout: float = 30.0) -> None:
        """Wait until Discord does not show the role on the member. Raises SandboxError after `timeout` seconds."""
        await self.stage.discord.until(lambda: not self.has(user, role), timeout)

    async def rests(self) -> None:
        """Wait until nobody's roles are being worked on: what Discord shows is written down as well."""

        async def nobody_is_due() -> bool:
            async with self.stage.holdfast.store.unit() as unit:
                return not await unit.members.due(self.stage.holdfast.services.clock.now(), 1, self.guild.id)

        await eventually(nobody_is_due)

    # The owner

    async def use(self, user: User, command: str, /, **options: Value) -> InteractionResult:
        """Use a slash command and wait until its answer is complete."""
        return await moves.use(self.guild, user, command, **options)

    async def add_friends(self, name: str = "friends", items: str = FRIENDS) -> InteractionResult:
        """Add a Chia collection by command."""
        answer = await self.use(
            self.owner, "collection add", name=name, network="chia-mainnet", kind="chia-collection", items=items
        )
        assert "Collection added" in answer.text, answer.text
        return answer

    async def add_loop_pass(self, name: str = "loop_pass", items: str = LOOP_PASS) -> InteractionResult:
        """Add a Loopring collection by command."""
        answer = await self.use(
            self.owner, "collection add", name=name, network="loopring", kind="nft-data-set", items=items
        )
        assert "Collection added" in answer.text, answer.text
        return answer

    async def add_rule(self, role: Role, expression: str, **options: Value) -> InteractionResult:
        """Make a rule by command."""
        answer = await self.change_rule(self.owner, "rule add", role=role, expression=expression, **options)
        assert "Rule added" in answer.text, answer.text
        return answer

    async def change_rule(self, user: User, command: str, **options: Value) -> InteractionResult:
        """Use a command that changes a rule, and confirm its preview. A refusal has nothing to confirm."""
        return await moves.change_rule(self.guild, user, command, **options)

    async def sweep(self) -> InteractionResult:
        """Have all wallets read now, and wait until that is over and noted as such."""
        answer = await moves.sweep(self.guild, self.owner)
        await eventually(self._sweep_is_noted)
        return answer

    async def _sweep_is_noted(self) -> bool:
        sweep = (await self.stage.holdfast.services.sweeps.status(self.guild.id)).sweep
        return sweep is None or sweep.finished_at is not None

    # Members

    async def link(self, user: User, wallet: Wallet) -> InteractionResult:
        """Link a wallet of any network by command. The bot's last answer is for the test to judge."""
        return await moves.link(self.guild, user, wallet)

    def hand(self, wallet: Wallet, *assets: str, amount: int = 1) -> None:
        """Let a wallet receive NFTs: of the collection `FRIENDS` on Chia."""
        network = wallet.address.network
        collection = FRIENDS if network.family is Family.CHIA else None
        for asset in assets:
            self.balances_of(wallet).give(wallet.address, asset, amount, collection_id=collection)

    def balances_of(self, wallet: Wallet) -> StandIn:
        """The balance API that reads a wallet."""
        return self.stage.balances.stand_in(wallet.address.network)

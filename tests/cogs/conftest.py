"""A server on a stage with the real bot: an owner, Alice with a wallet, a role to earn, a log channel."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest

from bot.demo import moves
from bot.demo.stage import Stage
from bot.domain import chia_ids
from bot.sandbox.discord import Channel, Guild, InteractionResult, Message, Role, SandboxDiscord, User
from bot.sandbox.discord.invocation import Value
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from tests.e2e.acting import LeapClock

FRIENDS = chia_ids.encode("col", bytes([7] * 32))


def nft(number: int) -> str:
    return chia_ids.encode("nft", number.to_bytes(32))


@dataclass(frozen=True, slots=True)
class Scene:
    stage: Stage
    clock: LeapClock
    guild: Guild
    owner: User
    alice: User
    holder: Role
    log: Channel
    wallet: ChiaTestWallet

    @property
    def discord(self) -> SandboxDiscord:
        return self.stage.discord

    def give_friends(self, *numbers: int) -> None:
        for number in numbers:
            self.stage.balances.spacescan.give(self.wallet.address, nft(number), collection_id=FRIENDS)

    async def run(self, user: User, command: str, **options: Value) -> InteractionResult:
        """Use a command and wait until its answer is complete."""
        result = await self.guild.command(user, command, in_channel=None, **options)
        return await result.settled()

    async def make_rule(self, expression: str = "friends >= 2", **options: Value) -> None:
        await self.run(
            self.owner,
            "collection add",
            name="friends",
            network="chia-mainnet",
            kind="chia-collection",
            items=FRIENDS,
        )
        result = await self.change_rule("rule add", role=self.holder, expression=expression, **options)
        assert "Rule added" in result.text

    async def change_rule(self, command: str, **options: Value) -> InteractionResult:
        """Change a rule by command, and confirm its preview."""
        return await moves.change_rule(self.guild, self.owner, command, **options)

    async def link(self, user: User | None = None, wallet: ChiaTestWallet | None = None) -> InteractionResult:
        """Link a wallet by the command, as a member does."""
        request = await self.run(user or self.alice, "wallet link", network="chia-mainnet")
        return await self.answer(request, (wallet or self.wallet).sign(text_to_sign(request.message)))

    async def answer(self, request: InteractionResult, pasted: str) -> InteractionResult:
        """Press the paste button below a signing request and send the form; the request's message shows the result."""
        form = await request.press("Paste signature")
        await (await form.submit({"text": pasted})).settled()
        return await request.until(lambda shown: "Checking" not in shown.text)


def text_to_sign(message: Message) -> str:
    return message.content.split("```\n")[1].removesuffix("\n")


@pytest.fixture
def clock() -> LeapClock:
    return LeapClock()


@pytest.fixture
async def stage(prepared_folder: Path, clock: LeapClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    # The client changes where discord.py looks for Discord; have that put back afterwards.
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(
        discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    )
    stage = Stage(prepared_folder, clock)
    await stage.set_up()
    try:
        yield stage
    finally:
        await stage.close()
        assert stage.discord.traffic.unknown_routes == []
        assert stage.discord.direct_messages == []


@pytest.fixture
async def scene(stage: Stage, clock: LeapClock) -> Scene:
    owner, alice = stage.discord.add_user("owner"), stage.discord.add_user("alice")
    guild = stage.discord.add_guild("Friends", owner)
    guild.add_member(alice)
    holder, log = guild.add_role("Holder"), guild.add_channel("log")
    await stage.start_bot()
    wallet = ChiaTestWallet.from_seed("alice")
    return Scene(stage, clock, guild, owner, alice, holder, log, wallet)


@pytest.fixture
def account() -> EthereumTestWallet:
    return EthereumTestWallet.from_seed("alice")

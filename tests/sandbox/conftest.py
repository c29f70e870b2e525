"""A running sandbox with one server, and the sample bot logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from bot.sandbox.discord import Channel, Guild, Role, SandboxDiscord, User

from .bots import SampleBot, running
from .raw import Client


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with two people, a role that the bot can give, and a log channel."""

    sandbox: SandboxDiscord
    guild: Guild
    owner: User
    alice: User
    holder: Role
    log: Channel


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with SandboxDiscord() as sandbox:
        owner, alice = sandbox.add_user("owner"), sandbox.add_user("alice")
        guild = sandbox.add_guild("Friends", owner)
        guild.add_member(alice)
        holder = guild.add_role("Holder")
        log = guild.add_channel("log")
        yield Scene(sandbox, guild, owner, alice, holder, log)


@pytest.fixture
async def bot(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SampleBot]:
    sample = SampleBot()
    async with running(scene.sandbox, sample, monkeypatch):
        yield sample


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bot {scene.sandbox.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Client(session, scene.sandbox.api_base_url)

"""A running stage, and a server on it. Override `clock` or `settings` in a test module to change them."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from bot.jobs import clockwork
from bot.sandbox.discord import SandboxDiscord
from tests.e2e.acting import LeapClock, Server, hurried
from tests.sandbox.openapi import problems


@pytest.fixture
def clock() -> LeapClock:
    """The time for the bot and for Discord."""
    return LeapClock()


@pytest.fixture
def settings() -> Mapping[str, str]:
    """Settings of the bot, as environment variables, besides those of the stage."""
    return {}


@pytest.fixture
async def stage(
    prepared_folder: Path, clock: LeapClock, settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    discord = SandboxDiscord(clock=lambda: clock.now().timestamp())
    with hurried(monkeypatch):
        async with Stage(prepared_folder, clock, settings=settings, discord=discord) as stage:
            yield stage
            # What still waits for a rate limit of Discord is of no interest any more.
            monkeypatch.setattr(clockwork, "PATIENCE", 0.2)
        assert discord.traffic.unknown_routes == []
        assert discord.direct_messages == []
        assert problems(discord.traffic) == []


@pytest.fixture
def server(stage: Stage) -> Server:
    return Server.opened(stage)

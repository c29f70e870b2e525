"""A small town for single stories: one server, two users, three roles, no random."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fuzz.bench import NO_BRAKE, Ways, bench
from tests.fuzz.town import Town


@pytest.fixture
def brake() -> int:
    """How many removals within a day need nobody's approval; with 0 all wait for an admin."""
    return NO_BRAKE


@pytest.fixture
def ways() -> Ways:
    """How the bot finds out about members and wallets."""
    return Ways()


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brake: int, ways: Ways) -> AsyncIterator[Town]:
    async with bench(tmp_path, monkeypatch) as shared:
        town = Town(shared, servers=1, users=2, roles=3, brake=brake, ways=ways)
        await town.open()
        try:
            yield town
            assert town.witness.violations == []
        finally:
            await town.close()

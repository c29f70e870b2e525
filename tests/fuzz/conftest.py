"""A small town for single stories: one server, two users, two roles, no random."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fuzz.bench import bench
from tests.fuzz.town import Town


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    async with bench(tmp_path, monkeypatch) as shared:
        town = Town(shared, servers=1, users=2, roles=3)
        await town.open()
        try:
            yield town
            assert town.witness.violations == []
        finally:
            await town.close()


@pytest.fixture
async def braked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town where every removal waits for an admin."""
    async with bench(tmp_path, monkeypatch) as shared:
        town = Town(shared, servers=1, users=2, roles=3, brake=0)
        await town.open()
        try:
            yield town
            assert town.witness.violations == []
        finally:
            await town.close()

"""A role for which two friends are asked, and Alice."""

import pytest

from bot.sandbox.discord import Role, User
from tests.e2e.acting import Server


@pytest.fixture
def settings() -> dict[str, str]:
    """A short confirmation, a reading that is soon stale, and a brake that lets a few removals pass."""
    return {"HOLDFAST_SWEEP__CONFIRM_AFTER": "30m", "HOLDFAST_SWEEP__STALE_AFTER": "2d"}


@pytest.fixture
def alice(server: Server) -> User:
    return server.joined("alice")


@pytest.fixture
async def role(server: Server) -> Role:
    """A role for which two friends are asked."""
    role = server.role("Holder")
    await server.add_friends()
    await server.add_rule(role, "friends >= 2", grace="2h")
    return role

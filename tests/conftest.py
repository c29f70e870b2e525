"""Fixtures for all tests."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres"]

# How long an example takes says more about the machine than about the code.
settings.register_profile("holdfast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("holdfast")


@pytest.fixture(autouse=True)
def patient_discord(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds for an answer are much for a bot, but little for a machine that plays many tests at once."""
    if "sandbox" not in request.path.parts:
        monkeypatch.setattr("bot.sandbox.discord.desk.FIRST_ANSWER_WITHIN", 15.0)

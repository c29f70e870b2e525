"""What the doctor says of the verify page."""

import pytest

from bot.config import load_settings
from bot.host_checks.web import check_web
from bot.services.doctor import CheckResult, CheckStatus

PUBLIC = {"WEB__ENABLED": "true", "WEB__PUBLIC_URL": "https://verify.example.org"}
LOG_IN = {"WEB__OAUTH_CLIENT_ID": "1", "WEB__OAUTH_CLIENT_SECRET": "s3cret"}


async def checked(**settings: str) -> CheckResult:
    """The doctor's word on the web server."""
    loaded = load_settings(None, {f"HOLDFAST_{name}": value for name, value in settings.items()})
    return check_web(loaded.web)


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({}, CheckStatus.GOOD, "pasting a signature"),
        ({"WEB__PUBLIC_URL": "https://verify.example.org"}, CheckStatus.GOOD, "named in the texts"),
        (LOG_IN, CheckStatus.WARNING, "a page that is off"),
        ({"WEB__ENABLED": "true"}, CheckStatus.WARNING, "nobody but this machine"),
        ({**PUBLIC, "WEB__PUBLIC_URL": "http://holdfast.lan"}, CheckStatus.WARNING, "not encrypted"),
        (PUBLIC, CheckStatus.WARNING, "do not log in to Discord"),
        ({**PUBLIC, **LOG_IN}, CheckStatus.WARNING, "No reverse proxy is trusted"),
        ({**PUBLIC, **LOG_IN, "WEB__TRUSTED_PROXIES": "10.0.0.0/8"}, CheckStatus.GOOD, "log in to Discord there"),
    ],
)
async def test_the_doctor_names_what_the_web_settings_leave_to_be_desired(
    settings: dict[str, str], status: CheckStatus, words: str
) -> None:
    result = await checked(**settings)
    assert result.status is status
    assert words in result.reason
    assert bool(result.fix) is (status is not CheckStatus.GOOD)
    assert "s3cret" not in f"{result.reason}{result.fix}"

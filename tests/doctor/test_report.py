"""The doctor's findings in a terminal and as JSON, without markup and without secrets."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel, SecretStr

from bot.config import Settings, load_settings
from bot.doctor.redaction import Redactor
from bot.doctor.report import Report, ServerFindings, in_terminal
from bot.domain.markup import moment, plain
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.services.doctor.results import bad, good, warning

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def report(*results: object, servers: tuple[ServerFindings, ...] = (), left_out: int = 0) -> Report:
    host = [result for result in results if isinstance(result, type(good("", "")))]
    return Report("1.2.3", NOW, host, servers, left_out, lambda text: text.replace("s3cret", "[redacted]"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"last seen {moment(NOW - timedelta(hours=3, minutes=20))}", "last seen 3h20m ago (2026-03-01 08:40 UTC)"),
        (f"again {moment(NOW + timedelta(seconds=30))}", "again in 30s (2026-03-01 12:00 UTC)"),
        (f"{moment(NOW)}", "now (2026-03-01 12:00 UTC)"),
        ("post in <#12> by <@34> for <@&56>", "post in channel 12 by user 34 for role 56"),
        (f"“{plain('**a_b** <#5> `x`')}”", "“**a_b** <#5> `x`”"),
        ("two\nlines\x1b[31m", "two lines [31m"),
    ],
)
def test_what_discord_would_show_is_put_into_words(text: str, shown: str) -> None:
    assert in_terminal(text, NOW) == shown


def test_people_read_each_finding_with_its_fix_and_the_sum_at_the_end() -> None:
    found = report(
        good("Database", "It answers."),
        warning("Intents", "Off.", "Switch it on."),
        servers=(ServerFindings(7, "Friends", [bad("Role order", "Too low.", "Drag it up.")]),),
        left_out=3,
    )
    assert found.as_text().splitlines() == [
        "Holdfast 1.2.3: the installation",
        "ok    Database: It answers.",
        "warn  Intents: Off.",
        "      -> Switch it on.",
        "",
        "Server “Friends” (7)",
        "BAD   Role order: Too low.",
        "      -> Drag it up.",
        "",
        "3 more servers were not examined. `/doctor` does it in each of them.",
        "",
        "1 thing needs to be put right, 1 is worth a look.",
    ]
    assert found.has_failures


def test_all_is_well_when_nothing_is_wrong() -> None:
    found = report(good("Database", "It answers."))
    assert found.as_text().endswith("All is well.")
    assert not found.has_failures


def test_programs_read_the_same_with_ids_as_text() -> None:
    server = ServerFindings(1_573_520_583_352_782_849, "Friends", [bad("Rule", "Gone.", "Remove it.")])
    document = json.loads(report(good("Database", "s3cret."), servers=(server,)).as_json())
    assert document["version"] == "1.2.3"
    assert document["examined_at"] == "2026-03-01T12:00:00+00:00"
    assert document["checks"] == [{"label": "Database", "status": "good", "reason": "[redacted].", "fix": ""}]
    assert document["servers"][0]["id"] == "1573520583352782849"
    assert document["servers"][0]["checks"][0]["status"] == "bad"
    assert document["servers_left_out"] == 0


def secret_keys(model: type[BaseModel] = Settings, prefix: str = "HOLDFAST_") -> list[str]:
    """The environment variables of all settings that are secret."""
    found = []
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += secret_keys(kind, f"{prefix}{name.upper()}__")
        elif kind is SecretStr:
            found.append(f"{prefix}{name.upper()}")
    return found


def test_every_secret_there_is_is_taken_out() -> None:
    keys = secret_keys()
    assert {"HOLDFAST_DISCORD__TOKEN", "HOLDFAST_DATABASE__URL"} <= set(keys)
    secrets = {key: f"canary-{number}-secret" for number, key in enumerate(keys)}
    given = dict(secrets)
    for key in keys:
        if key.endswith("URL"):
            given[key] = f"https://host.example/{secrets[key]}"
    given["HOLDFAST_DATABASE__URL"] = f"postgresql+psycopg://user:{secrets['HOLDFAST_DATABASE__URL']}@host/name"
    given["HOLDFAST_WEB__OAUTH_CLIENT_ID"] = "1"
    redactor = Redactor(load_settings(None, given))
    for key, secret in secrets.items():
        assert secret not in redactor.clean(f"it said: {secret}!"), key


def test_wallet_addresses_are_shortened() -> None:
    redactor = Redactor(load_settings(None, {}))
    for address in (ChiaTestWallet.from_seed("a").address, EthereumTestWallet.from_seed("a").address):
        for spelled in (address.text, address.display):
            assert spelled not in redactor.clean(f"Wallet {spelled} is odd.")
            assert redactor.clean(f"Wallet {spelled} is odd.").startswith(f"Wallet {spelled[:8]}…")


def test_what_is_no_secret_stays() -> None:
    redactor = Redactor(load_settings(None, {"HOLDFAST_DATABASE__URL": "sqlite+aiosqlite:///holdfast.db"}))
    assert redactor.clean("Your holdfast.db is fine.") == "Your holdfast.db is fine."

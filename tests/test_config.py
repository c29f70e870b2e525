from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.config import Settings, config_path, load_settings
from bot.domain.errors import ConfigError
from bot.domain.networks import Network


def load(tmp_path: Path, toml: str = "", **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(toml, encoding="utf-8")
    return load_settings(path, environ)


def refusal(tmp_path: Path, toml: str = "", **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, toml, **environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestWhereValuesComeFrom:
    def test_an_empty_file_means_defaults(self, tmp_path: Path) -> None:
        settings = load(tmp_path)
        assert settings.discord.api_base_url == "https://discord.com/api/v10"
        assert settings.sweep.interval == timedelta(hours=6)
        assert settings.providers.loopring.retired is False

    def test_the_environment_wins_over_the_file(self, tmp_path: Path) -> None:
        settings = load(tmp_path, "[sweep]\ninterval = '1h'\ngrace = '2d'", HOLDFAST_SWEEP__INTERVAL="30m")
        assert settings.sweep.interval == timedelta(minutes=30)
        assert settings.sweep.grace == timedelta(days=2)

    def test_secret_files_win_over_the_environment(self, tmp_path: Path) -> None:
        secret = tmp_path / "token"
        secret.write_text("from-file\n", encoding="utf-8")
        settings = load(
            tmp_path,
            "[discord]\ntoken = 'from-toml'",
            HOLDFAST_DISCORD__TOKEN="from-environment",
            HOLDFAST_DISCORD__TOKEN_FILE=str(secret),
        )
        assert settings.discord.token.get_secret_value() == "from-file"

    def test_every_kind_of_value_can_come_from_the_environment(self, tmp_path: Path) -> None:
        settings = load(
            tmp_path,
            HOLDFAST_DISCORD__SHARD_IDS="0, 2",
            HOLDFAST_DISCORD__SHARD_COUNT="4",
            HOLDFAST_DISCORD__MEMBERS_INTENT="false",
            HOLDFAST_SWEEP__CONFIRM_AFTER="90",
            HOLDFAST_PROVIDERS__SPACESCAN__NETWORKS="chia-testnet11",
            HOLDFAST_PROVIDERS__LOOPRING__RETIRED="2026-06-28",
        )
        assert settings.discord.shard_ids == (0, 2)
        assert settings.discord.members_intent is False
        assert settings.sweep.confirm_after == timedelta(seconds=90)
        assert settings.providers.spacescan.networks == (Network.CHIA_TESTNET11,)
        assert settings.providers.loopring.retired == date(2026, 6, 28)

    def test_other_variables_are_none_of_our_business(self, tmp_path: Path) -> None:
        load(tmp_path, PATH="/bin", HOLDFASTER="1", HOLDFAST_CONFIG="somewhere")

    def test_secrets_do_not_show(self, tmp_path: Path) -> None:
        settings = load(tmp_path, "[discord]\ntoken = 'hush-hush'\n[database]\nurl = 'postgresql+psycopg://a:pw@h/d'")
        assert "hush-hush" not in repr(settings)
        assert "pw" not in repr(settings.database)


class TestWhichFile:
    def test_one_that_was_named_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"There is no settings file .*nowhere\.toml"):
            config_path(str(tmp_path / "nowhere.toml"), {})

    def test_the_variable_names_one_too(self, tmp_path: Path) -> None:
        path = tmp_path / "other.toml"
        path.touch()
        assert config_path(None, {"HOLDFAST_CONFIG": str(path)}) == path

    def test_without_any_the_defaults_hold(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert config_path(None, {}) is None
        (tmp_path / "config.toml").touch()
        assert config_path(None, {}) == Path("config.toml")


class TestMistakesAreNamed:
    def test_an_unknown_key(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, "[discord]\ntokn = 'x'")
        assert "Unknown setting discord.tokn" in message
        assert "Did you mean discord.token?" in message

    def test_an_unknown_section(self, tmp_path: Path) -> None:
        assert "Unknown setting gadgets" in refusal(tmp_path, "[gadgets]\na = 1")

    def test_an_unknown_variable(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, HOLDFAST_SWEEP__INTERVALL="1h")
        assert "HOLDFAST_SWEEP__INTERVALL" in message
        assert "Did you mean HOLDFAST_SWEEP__INTERVAL?" in message

    def test_an_unknown_secret_file_variable(self, tmp_path: Path) -> None:
        assert "HOLDFAST_DISCORD__TOKKEN_FILE" in refusal(tmp_path, HOLDFAST_DISCORD__TOKKEN_FILE="/dev/null")

    def test_a_secret_file_that_is_not_there(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, HOLDFAST_DISCORD__TOKEN_FILE=str(tmp_path / "gone"))
        assert "HOLDFAST_DISCORD__TOKEN_FILE" in message
        assert "cannot be read" in message

    def test_broken_toml(self, tmp_path: Path) -> None:
        assert "not valid TOML" in refusal(tmp_path, "[discord")

    @pytest.mark.parametrize(
        ("toml", "expected"),
        [
            ("[sweep]\ninterval = '3 moons'", "sweep.interval"),
            ("[sweep]\ninterval = '4d'", "stale_after must be longer than interval"),
            ("[sweep]\nbrake_percent = 101", "sweep.brake_percent"),
            ("[web]\nport = 70000", "web.port"),
            ("[discord]\napi_base_url = 'discord.com'", "discord.api_base_url"),
            ("[discord]\nshard_ids = [0]", "shard_count"),
            ("[providers.spacescan]\nnetworks = ['loopring']", "providers.spacescan.networks"),
            ("[providers.loopring]\nretired = 'some day'", "providers.loopring.retired"),
            ("[jobs]\nengine = 'clockwork'", "jobs.engine"),
            ("[jobs]\nengine = 'procrastinate'", "PostgreSQL"),
        ],
    )
    def test_a_value_that_does_not_fit(self, tmp_path: Path, toml: str, expected: str) -> None:
        assert expected in refusal(tmp_path, toml)

    def test_a_wrong_value_is_never_repeated_since_it_may_be_a_secret(self, tmp_path: Path) -> None:
        assert "s3cret" not in refusal(tmp_path, "[discord]\ntoken = ['s3cret']")


class TestTheWebServer:
    SECRET = "oauth_client_id = '123'\noauth_client_secret = 's3cret'\n"

    def test_on_a_loopback_address_it_needs_nothing_else(self, tmp_path: Path) -> None:
        for host in ("127.0.0.1", "::1", "localhost"):
            assert load(tmp_path, f"[web]\nenabled = true\nhost = '{host}'").web.enabled

    def test_anywhere_else_it_needs_its_public_address(self, tmp_path: Path) -> None:
        assert "public_url is needed" in refusal(tmp_path, "[web]\nenabled = true\nhost = '0.0.0.0'")
        load(tmp_path, "[web]\nenabled = true\nhost = '0.0.0.0'\npublic_url = 'http://holdfast.lan:8080'")
        load(tmp_path, "[web]\nhost = '0.0.0.0'")

    @pytest.mark.parametrize("path", ["/verify", "?a=b", "/#x"])
    def test_the_public_address_is_a_host_alone(self, tmp_path: Path, path: str) -> None:
        message = refusal(tmp_path, f"[web]\npublic_url = 'https://example.org{path}'")
        assert "web.public_url" in message

    def test_a_slash_at_the_end_of_the_public_address_means_nothing(self, tmp_path: Path) -> None:
        assert load(tmp_path, "[web]\npublic_url = 'https://example.org/'").web.public_url == "https://example.org"

    @pytest.mark.parametrize("key", ["oauth_client_id = '123'", "oauth_client_secret = 's3cret'"])
    def test_the_log_in_needs_both_id_and_secret(self, tmp_path: Path, key: str) -> None:
        message = refusal(tmp_path, f"[web]\n{key}")
        assert "oauth_client_id and oauth_client_secret" in message
        assert "s3cret" not in message

    def test_the_log_in_needs_tls_except_on_loopback(self, tmp_path: Path) -> None:
        insecure = f"[web]\nenabled = true\npublic_url = 'http://example.org'\n{self.SECRET}"
        assert "public_url must begin with https://" in refusal(tmp_path, insecure)
        for host in ("127.0.0.1", "::1"):
            assert load(tmp_path, f"[web]\nenabled = true\nhost = '{host}'\n{self.SECRET}").web.has_log_in
        load(tmp_path, f"[web]\nenabled = true\npublic_url = 'http://127.0.0.1:8080'\n{self.SECRET}")
        load(tmp_path, f"[web]\nenabled = true\npublic_url = 'https://example.org'\n{self.SECRET}")

    def test_proxies_are_networks(self, tmp_path: Path) -> None:
        settings = load(tmp_path, HOLDFAST_WEB__TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,fd00::/8")
        assert [str(network) for network in settings.web.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]
        assert "web.trusted_proxies" in refusal(tmp_path, HOLDFAST_WEB__TRUSTED_PROXIES="my-proxy")


class TestCanaries:
    CHIA = "xch1a6cd558gqsz2hch5pt0l8mx7zhavf32q5lyde09zjtqcmkelr9ns59k0j8"

    def test_a_canary_is_an_address_of_its_own_network(self, tmp_path: Path) -> None:
        spacescan = load(tmp_path, f"[providers.spacescan]\ncanary = '{self.CHIA.upper()}'").providers.spacescan
        assert spacescan.canary == self.CHIA
        for section, key in (("spacescan", "testnet_canary"), ("loopring", "canary")):
            message = refusal(tmp_path, f"[providers.{section}]\n{key} = '{self.CHIA}'")
            assert f"providers.{section}.{key}" in message
            assert "must be the address of a wallet" in message
            assert self.CHIA not in message

    def test_an_empty_variable_means_none(self, tmp_path: Path) -> None:
        assert load(tmp_path, HOLDFAST_PROVIDERS__LOOPRING__CANARY="").providers.loopring.canary is None
